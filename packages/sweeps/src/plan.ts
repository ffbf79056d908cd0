import type { Environment } from "@webgfn/envs";
import type { Configuration, PartialConfiguration, Parts } from "@webgfn/runs";
import { environmentOf, ownParts } from "@webgfn/runs/internal";
import { loadOwnFiles, type OwnFiles, withParameterFiles } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { configurationHash } from "./configuration-hash.js";
import { combined, type Settings, type SweepDescription, settingsAt, sizeOf } from "./description.js";

/** A run of a sweep. */
export interface PlannedRun {
  /** Name of its folder. */
  readonly hash: string;
  /** Which combination of the sweep file it is. */
  readonly at: number;
  /** What is particular about it. */
  readonly settings: Settings;
}

/** A combination that is no run, and why. */
export interface RefusedRun {
  readonly at: number;
  readonly settings: Settings;
  readonly message: string;
}

export interface Plan {
  readonly runs: readonly PlannedRun[];
  readonly refused: readonly RefusedRun[];
  /** Combinations that are equal to an earlier one. */
  readonly repeated: number;
}

/** A complete configuration, with the objects of one's own files that it names. */
export interface CompleteRun {
  readonly configuration: Configuration;
  readonly parts: Parts & { readonly environment: Environment };
}

/** Completes configurations, and remembers what many of them share: own files and environments. */
export class Completion {
  readonly #files = new Map<string, Promise<OwnFiles>>();
  readonly #environments = new Map<string, Environment>();

  /** @throws WebgfnError `argument` for a value that is not acceptable. */
  async complete(given: PartialConfiguration): Promise<CompleteRun> {
    const own = ownParts(given, false);
    const ownKey = JSON.stringify(own);
    const loading = this.#files.get(ownKey) ?? loadOwnFiles(own);
    this.#files.set(ownKey, loading);
    const { parts, files } = await loading;
    const { files: _, ...settings } = given;
    const wanted = { ...settings, ...(Object.keys(files).length > 0 && { files }) };
    const { environment, env, reward, rewardTable, rewardNetwork, rewardParameters, beta } = given;
    const key = JSON.stringify([environment, env, reward, rewardTable, rewardNetwork, rewardParameters, beta]);
    const known = this.#environments.get(key);
    if (known !== undefined)
      return { configuration: withParameterFiles(wanted, { ...parts, environment: known }), parts: { ...parts, environment: known } };
    const configuration = withParameterFiles(wanted, parts);
    const made = environmentOf(configuration, parts);
    this.#environments.set(key, made);
    return { configuration, parts: { ...parts, environment: made } };
  }
}

/** Plans all runs of a sweep: what will run, and what is refused. Nothing is started or written. */
export async function planSweep(description: SweepDescription): Promise<Plan> {
  const completion = new Completion();
  const runs: PlannedRun[] = [];
  const refused: RefusedRun[] = [];
  const hashes = new Set<string>();
  const size = sizeOf(description);
  for (let at = 0; at < size; at++) {
    const settings = settingsAt(description, at);
    try {
      const { configuration } = await completion.complete(combined(description, settings));
      const hash = configurationHash(configuration);
      if (!hashes.has(hash)) runs.push({ hash, at, settings });
      hashes.add(hash);
    } catch (cause) {
      if (!(cause instanceof WebgfnError)) throw cause;
      refused.push({ at, settings, message: cause.fix === undefined ? cause.message : `${cause.message}; ${cause.fix}` });
    }
  }
  return { runs, refused, repeated: size - runs.length - refused.length };
}
