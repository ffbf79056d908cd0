import type { Configuration } from "@webgfn/runs";
import type { LogFormat } from "@webgfn/runs/node/internal";
import type { FromChild } from "./child-messages.js";
import { type RunningChild, startChild } from "./child-process.js";
import { type Ending, logFinished } from "./perform-run.js";
import type { PlannedRun } from "./plan.js";
import { isFinished } from "./run-files.js";
import { folderOf } from "./sweep-folder.js";

/** A listener to the runs of a sweep. */
export interface SweepFollower {
  /** The run was finished before. */
  passed(index: number): void;
  started(index: number, run: PlannedRun): void;
  heard(index: number, message: FromChild): void;
  ended(index: number, ending: Ending): void;
}

interface RunAllOptions {
  /** Runs at a time. */
  readonly jobs: number;
  /** Attempts per run: a failed run is tried again, unless its settings are invalid. */
  readonly attempts: number;
  readonly lease: number;
  readonly tune: boolean;
  /** A format in which evaluations are also written, for another program. */
  readonly log?: LogFormat;
  /** Environment variables that choose an adapter; the processes take them in turn. */
  readonly environments: readonly Readonly<Record<string, string>>[];
  readonly follower: SweepFollower;
  /** Ends all runs with a checkpoint. */
  readonly signal: AbortSignal;
}

/** Counts of runs by their endings. */
export interface Tally {
  finished: number;
  finishedBefore: number;
  inUse: number;
  failed: number;
  /** Stopped with a checkpoint, or not started before the stop. */
  again: number;
}

/**
 * Carries out all unfinished runs of a sweep on this machine, each in a child process. Other processes may work on the same folder: this one
 * leaves their runs to them.
 *
 * @param configure completes the configuration of a run.
 */
export async function runAll(
  out: string,
  runs: readonly PlannedRun[],
  configure: (run: PlannedRun) => Promise<Configuration>,
  options: RunAllOptions,
): Promise<Tally> {
  const { jobs, attempts, lease, tune, log, environments, follower, signal } = options;
  const tally: Tally = { finished: 0, finishedBefore: 0, inUse: 0, failed: 0, again: 0 };
  const children = new Set<RunningChild>();
  const stop = () => {
    for (const child of children) child.stop();
  };
  signal.addEventListener("abort", stop);

  async function attempt(index: number, place: number): Promise<Ending> {
    const run = runs[index] as PlannedRun;
    const configuration = await configure(run);
    const listen = (message: FromChild) => follower.heard(index, message);
    const child = startChild(
      { folder: folderOf(out, run), configuration, lease, tune, ...(log && { log }) },
      environments[place % environments.length] ?? {},
      listen,
    );
    children.add(child);
    if (signal.aborted) child.stop();
    const ending = await child.ending;
    children.delete(child);
    return ending;
  }

  async function carryOut(index: number, place: number): Promise<Ending> {
    for (let k = 1; ; k++) {
      const ending = await attempt(index, place);
      const isOver = ending.kind !== "again" && (ending.kind !== "failed" || ending.code === "argument");
      if (isOver || k >= attempts || signal.aborted) return ending;
    }
  }

  let next = 0;
  async function work(place: number): Promise<void> {
    for (let index = next++; index < runs.length; index = next++) {
      const run = runs[index] as PlannedRun;
      const folder = folderOf(out, run);
      if (isFinished(folder)) {
        if (log !== undefined) await logFinished(folder, lease);
        tally.finishedBefore++;
        follower.passed(index);
        continue;
      }
      if (signal.aborted) {
        tally.again++;
        continue;
      }
      follower.started(index, run);
      const ending = await carryOut(index, place);
      tally[FIELDS[ending.kind]]++;
      follower.ended(index, ending);
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(jobs, runs.length) }, (_, place) => work(place)));
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return tally;
}

const FIELDS = {
  finished: "finished",
  "finished-before": "finishedBefore",
  "in-use": "inUse",
  failed: "failed",
  again: "again",
} as const satisfies Record<Ending["kind"], keyof Tally>;
