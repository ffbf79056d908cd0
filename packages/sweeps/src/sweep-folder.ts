import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { commandLine, readText, writeText } from "@webgfn/runs/node/internal";
import { rules, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { HASH_LENGTH } from "./configuration-hash.js";
import type { Plan, PlannedRun } from "./plan.js";

const PLAN = "sweep.json";
const VERSION = 1;
const isHash = (text: unknown): text is string => typeof text === "string" && new RegExp(`^[0-9a-f]{${HASH_LENGTH}}$`).test(text);

/** The plan recorded in a sweep's folder. */
export interface RecordedPlan {
  /** The sweep file of the plan, as named on the command line. */
  readonly file: string;
  /** Most seeds per run, if the command line set it. */
  readonly replicas?: number;
  /** The runs, in their order. */
  readonly runs: readonly PlannedRun[];
}

/** The differences between a new plan and the recorded one. */
interface PlanChange {
  /** Runs that only the new plan has. */
  readonly added: number;
  /** Runs that only the recorded plan has. */
  readonly gone: number;
  /** Whether common runs have other indices. */
  readonly moved: boolean;
}

/** The path of a run's folder. */
export function folderOf(out: string, { hash }: Pick<PlannedRun, "hash">): string {
  return join(out, hash);
}

/** The plan recorded in a sweep's folder; `undefined` if there is none yet. @throws WebgfnError `file` for a damaged one. */
export function findPlan(out: string): RecordedPlan | undefined {
  const file = join(out, PLAN);
  if (!existsSync(file)) return undefined;
  let plan: unknown;
  try {
    plan = JSON.parse(readText(file));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  if (!isPlan(plan)) {
    throw new WebgfnError("file", `${file} is no plan of a sweep`, {
      fix: `plan again: ${commandLine("sweep", "plan", "FILE", "--out", out, "--update")}`,
    });
  }
  return plan;
}

/**
 * The plan that the folder of a sweep records.
 *
 * @param out the folder.
 * @throws WebgfnError `file` if the folder has no plan.
 *
 * @example
 * ```ts
 * import { readPlan, sweepStatus } from "@webgfn/sweeps";
 * const { runs } = readPlan("sweeps/grid");
 * console.log(sweepStatus("sweeps/grid", runs).done, runs.length);
 * ```
 */
export function readPlan(out: string): RecordedPlan {
  const plan = findPlan(out);
  if (plan !== undefined) return plan;
  throw new WebgfnError("file", existsSync(out) ? `${out} is not the folder of a sweep: it has no ${PLAN}` : `${out} does not exist`, {
    fix: "give the folder that a `webgfn sweep plan --out` wrote",
  });
}

/** Records a plan atomically: a reader sees the old one or the new one. */
export function writePlan(out: string, { file, replicas, runs }: RecordedPlan): void {
  const head = JSON.stringify({ version: VERSION, file, ...(replicas !== undefined && { replicas }) });
  // One run per line, for people and version control.
  writeText(join(out, PLAN), `${head.slice(0, -1)},"runs":[\n${runs.map((run) => JSON.stringify(run)).join(",\n")}\n]}\n`);
}

function isPlan(value: unknown): value is RecordedPlan {
  if (typeof value !== "object" || value === null) return false;
  const { version, file, replicas, runs } = value as Record<string, unknown>;
  const isRun = (run: unknown): boolean => {
    if (typeof run !== "object" || run === null) return false;
    const { hash, at, settings } = run as Record<string, unknown>;
    return isHash(hash) && rules.whole(0).accepts(at) && typeof settings === "object" && settings !== null;
  };
  return (
    version === VERSION &&
    typeof file === "string" &&
    (replicas === undefined || rules.whole(1).accepts(replicas)) &&
    Array.isArray(runs) &&
    runs.every(isRun)
  );
}

/** Compares a plan with the recorded one. */
export function changeOf(recorded: readonly PlannedRun[], planned: Plan["runs"]): PlanChange {
  const before = new Set(recorded.map(({ hash }) => hash));
  const now = new Set(planned.map(({ hash }) => hash));
  return {
    added: planned.filter(({ hash }) => !before.has(hash)).length,
    gone: recorded.filter(({ hash }) => !now.has(hash)).length,
    moved: recorded.some(({ hash }, k) => now.has(hash) && planned[k]?.hash !== hash),
  };
}

/** Whether nothing is different. */
export function isSame({ added, gone, moved }: PlanChange): boolean {
  return added === 0 && gone === 0 && !moved;
}

/**
 * Folders in a sweep's folder that are not its runs.
 *
 * @throws WebgfnError `argument` if the folder itself is a run.
 */
export function foreignFolders(out: string, runs: readonly PlannedRun[]): string[] {
  const kind = statSync(out, { throwIfNoEntry: false });
  if (kind === undefined) return [];
  if (!kind.isDirectory()) throw argumentError(`${out} is not a folder`, "choose another --out");
  if (existsSync(join(out, "config.json"))) throw argumentError(`${out} is the folder of a run, not of a sweep`, "choose another --out");
  const planned = new Set(runs.map(({ hash }) => hash));
  return readdirSync(out, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !planned.has(entry.name))
    .map(({ name }) => name);
}
