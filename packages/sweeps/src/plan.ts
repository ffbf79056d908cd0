import type { Environment } from "@webgfn/envs";
import type { Configuration, PartialConfiguration, Parts } from "@webgfn/runs";
import { environmentOf, ownParts, SETTINGS, type Setting } from "@webgfn/runs/internal";
import { loadOwnFiles, type OwnFiles, withParameterFiles } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";
import { configurationHash } from "./configuration-hash.js";
import { combined, type Settings, type SweepDescription, settingsAt, sizeOf } from "./description.js";

/** A run of a sweep. */
export interface PlannedRun {
  /** Name of its folder. */
  readonly hash: string;
  /** Its index among all combinations of the sweep file, from 0. */
  readonly at: number;
  /** What is particular about it. */
  readonly settings: Settings;
}

/** A combination that cannot run, and the reason. */
export interface RefusedRun {
  /** Its index among all combinations, from 0. */
  readonly at: number;
  /** What is particular about it. */
  readonly settings: Settings;
  /** Why it is refused. */
  readonly message: string;
}

/** The plan of a sweep. */
export interface Plan {
  /** The runs, in their order. */
  readonly runs: readonly PlannedRun[];
  /** The combinations that cannot run. */
  readonly refused: readonly RefusedRun[];
  /** Combinations that are equal to an earlier one. */
  readonly repeated: number;
}

/** A complete configuration, with the objects from the user's files that it names. */
export interface CompleteRun {
  readonly configuration: Configuration;
  readonly parts: Parts & { readonly environment: Environment };
}

/** Fields that only their own rules restrict: configurations that differ only in these are completed together. */
const INDEPENDENT = ["seed", "learningRate", "logZLearningRate", "decayPower", "logZDecayPower"] as const;

/** Completes configurations, and caches their shared parts: user files, environments, and all fields except the independent ones. */
export class Completion {
  readonly #files = new Map<string, Promise<OwnFiles>>();
  readonly #environments = new Map<string, Environment>();
  readonly #complete = new Map<string, CompleteRun>();

  /** Completes combination `at` of a sweep. @throws WebgfnError `argument` for settings that do not fit together. */
  completeAt(description: SweepDescription, at: number): Promise<CompleteRun> {
    return this.complete(combined(description, settingsAt(description, at)));
  }

  /** Completes a configuration. @throws WebgfnError `argument` for an invalid value. */
  async complete(given: PartialConfiguration): Promise<CompleteRun> {
    const shared: PartialConfiguration = { ...given };
    const own: PartialConfiguration = {};
    for (const field of INDEPENDENT) {
      if (given[field] === undefined) continue;
      requireRule(field, given[field], (SETTINGS[field] as Setting).rule);
      Object.assign(own, { [field]: given[field] });
      // Defaults depend on whether the field is given at all.
      Object.assign(shared, { [field]: PRESENT });
    }
    const key = JSON.stringify(shared);
    const known = this.#complete.get(key) ?? (await this.#completeAll(given));
    this.#complete.set(key, known);
    return { ...known, configuration: { ...known.configuration, ...own } as Configuration };
  }

  async #completeAll(given: PartialConfiguration): Promise<CompleteRun> {
    const { files: _, ...settings } = given;
    const own = await this.#ownFiles(given);
    const configured = { ...settings, ...(Object.keys(own.files).length > 0 && { files: own.files }) };
    const { environment, env, reward, rewardTable, rewardNetwork, rewardParameters, beta } = given;
    const key = JSON.stringify([environment, env, reward, rewardTable, rewardNetwork, rewardParameters, beta]);
    const known = this.#environments.get(key);
    const parts = { ...own.parts, ...(known && { environment: known }) };
    const configuration = withParameterFiles(configured, parts);
    const made = known ?? environmentOf(configuration, own.parts);
    this.#environments.set(key, made);
    return { configuration, parts: { ...own.parts, environment: made } };
  }

  #ownFiles(given: PartialConfiguration): Promise<OwnFiles> {
    const own = ownParts(given, false);
    const key = JSON.stringify(own);
    const files = this.#files.get(key) ?? loadOwnFiles(own);
    this.#files.set(key, files);
    return files;
  }
}

/** Stands for any value of an independent field. */
const PRESENT = 1;

/**
 * Plans all runs of a sweep: lists the runs, and the refused combinations with reasons. It starts and writes nothing.
 *
 * @example
 * ```ts
 * import { planSweep, readSweepFile } from "@webgfn/sweeps";
 * const { runs, refused } = await planSweep(await readSweepFile("grid.json"));
 * console.log(`${runs.length} runs`, refused.map(({ message }) => message));
 * ```
 */
export async function planSweep(description: SweepDescription): Promise<Plan> {
  const completion = new Completion();
  const runs: PlannedRun[] = [];
  const refused: RefusedRun[] = [];
  const hashes = new Set<string>();
  const size = sizeOf(description);
  for (let at = 0; at < size; at++) {
    const settings = settingsAt(description, at);
    try {
      const { configuration } = await completion.completeAt(description, at);
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
