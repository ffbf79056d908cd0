import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { FolderLock, isFileThere } from "@webgfn/runs/node/internal";
import type { Settings } from "./description.js";
import type { PlannedRun } from "./plan.js";
import { isFinished, readFailure } from "./run-files.js";
import { folderOf } from "./sweep-folder.js";

/**
 * The state of a run. `done`: all steps are taken. `running`: a process carries it out. `failed`: the latest attempt failed. `waiting`: not
 * begun, or stopped with a checkpoint.
 */
export type RunState = "done" | "running" | "failed" | "waiting";

/** The status of a run of a sweep. */
export interface RunStatus {
  /** Its index in the plan. */
  readonly index: number;
  /** The name of its folder. */
  readonly hash: string;
  /** What is particular about it. */
  readonly settings: Settings;
  /** Its state. */
  readonly state: RunState;
  /** Step of the latest evaluation; absent if there is none. */
  readonly step?: number;
  /** Training steps of the whole run. */
  readonly steps?: number;
  /** Seconds of training until then. */
  readonly seconds?: number;
  /** The process that carries it out. */
  readonly holder?: string;
  /** Why the latest attempt failed. */
  readonly failure?: string;
  /** Failed attempts. */
  readonly attempts?: number;
}

/** The status of a sweep. */
export interface SweepStatus {
  /** Number of runs whose steps are all taken. */
  readonly done: number;
  /** Number of runs that a process carries out. */
  readonly running: number;
  /** Number of runs whose latest attempt failed. */
  readonly failed: number;
  /** Number of runs that are not begun, or stopped with a checkpoint. */
  readonly waiting: number;
  /** Estimated seconds until all runs are done, with as many at a time as now; absent if unknown. */
  readonly secondsLeft?: number;
  /** Every run, in the order of the plan. */
  readonly runs: readonly RunStatus[];
}

/** Most bytes of an evaluation in metrics.jsonl; a longer one is not read as progress. */
const TAIL = 2 ** 16;

/**
 * Reads the status of a sweep from its folders only. It opens nothing for writing.
 *
 * @example
 * ```ts
 * import { planSweep, readSweepFile, sweepStatus } from "@webgfn/sweeps";
 * const { runs } = await planSweep(await readSweepFile("grid.json"));
 * const { done, running, failed, waiting } = sweepStatus("sweeps/grid", runs);
 * console.log(done, running, failed, waiting);
 * ```
 */
export function sweepStatus(out: string, runs: readonly PlannedRun[]): SweepStatus {
  const all = runs.map((run, index) => runStatus(out, run, index));
  const count = (state: RunState) => all.filter((run) => run.state === state).length;
  const secondsLeft = timeLeft(all);
  return {
    done: count("done"),
    running: count("running"),
    failed: count("failed"),
    waiting: count("waiting"),
    ...(secondsLeft !== undefined && { secondsLeft }),
    runs: all,
  };
}

function runStatus(out: string, run: PlannedRun, index: number): RunStatus {
  const folder = folderOf(out, run);
  const known = { index, hash: run.hash, settings: run.settings };
  if (!existsSync(folder)) return { ...known, state: "waiting" };
  const progress = latest(folder);
  if (isFinished(folder)) return { ...known, state: "done", ...progress };
  const holder = FolderLock.holder(folder);
  if (holder?.alive) return { ...known, state: "running", ...progress, holder: `${holder.host} (process ${holder.pid})` };
  const failure = readFailure(folder);
  if (failure === undefined) return { ...known, state: "waiting", ...progress };
  return { ...known, state: "failed", ...progress, failure: failure.message, attempts: failure.attempts };
}

/** The step and the seconds of the latest evaluation, and the planned number of steps. */
function latest(folder: string): { step?: number; steps?: number; seconds?: number } {
  const [config, metrics] = [join(folder, "config.json"), join(folder, "metrics.jsonl")];
  try {
    if (!isFileThere(config) || !isFileThere(metrics)) return {};
    const { steps } = JSON.parse(readFileSync(config, "utf8")) as { steps?: number };
    // A line that is still being written has no end.
    const line = tailOf(metrics).split("\n").at(-2);
    const { step, seconds } = JSON.parse(line ?? "{}") as { step?: number; seconds?: number };
    return { ...(step !== undefined && { step }), ...(steps !== undefined && { steps }), ...(seconds !== undefined && { seconds }) };
  } catch {
    return {};
  }
}

function tailOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(file);
  }
}

/** Estimates the remaining time: every run costs as much as the finished ones, and as many run side by side as now. */
function timeLeft(runs: readonly RunStatus[]): number | undefined {
  const done = runs.filter(({ state, seconds }) => state === "done" && seconds !== undefined);
  const running = runs.filter(({ state }) => state === "running");
  if (done.length === 0 || running.length === 0) return undefined;
  const mean = done.reduce((sum, { seconds = 0 }) => sum + seconds, 0) / done.length;
  const shares = runs
    .filter(({ state }) => state === "running" || state === "waiting")
    .map(({ step = 0, steps }) => 1 - (steps === undefined ? 0 : step / steps));
  return (mean * shares.reduce((sum, share) => sum + share, 0)) / running.length;
}
