import type { Configuration } from "@webgfn/runs";
import { RunFolder } from "@webgfn/runs/node";
import type { Queue } from "bullmq";
import type { PlannedRun } from "../plan.js";
import { isFinished } from "../run-files.js";
import { folderOf } from "../sweep-folder.js";
import type { Connection } from "./connection.js";
import { JOB, jobIdOf, type QueuedRun, queuedRun, queueNameOf } from "./queued-run.js";
import type { QueueResult } from "./worker.js";

/** Jobs that are sent at a time. */
const CHUNK = 100;
/** Milliseconds until a failed run is tried again; each further pause is twice as long. */
const BACKOFF = 5000;
/** Seconds for which Redis remembers jobs that are over. */
const MEMORY = { completed: 7 * 24 * 3600, failed: 30 * 24 * 3600 };

export type RunQueue = Queue<QueuedRun, QueueResult>;

export interface SubmitOptions {
  /** The name of the queue, as given on the command line. */
  readonly queue: string;
  readonly out: string;
  readonly runs: readonly PlannedRun[];
  /** Completes the configuration of a run. */
  readonly configure: (run: PlannedRun) => Promise<Configuration>;
  /** Attempts per run. A run with invalid settings gets only one. */
  readonly attempts: number;
  /** Whether the folders are sent back through Redis. */
  readonly collects: boolean;
}

/** Numbers of runs that were submitted now, were already in the queue, or are finished. */
export interface Submission {
  submitted: number;
  queued: number;
  finishedBefore: number;
}

/** Opens the queue of runs. Its errors are those of the connection, which reports them. */
export function openQueue({ bull, client }: Connection, name: string, collects: boolean): RunQueue {
  const queue: RunQueue = new bull.Queue(queueNameOf(name, collects), { connection: client });
  queue.on("error", () => {});
  return queue;
}

/** Adds a job for each run that is not finished. A run that is already in the queue is added again only if it failed. */
export async function submitRuns(connection: Connection, options: SubmitOptions): Promise<Submission> {
  const queue = openQueue(connection, options.queue, options.collects);
  const submission: Submission = { submitted: 0, queued: 0, finishedBefore: 0 };
  const indices = options.runs.map((_, index) => index);
  for (let first = 0; first < indices.length; first += CHUNK) {
    const ways = await Promise.all(indices.slice(first, first + CHUNK).map((index) => submitRun(queue, options, index)));
    for (const way of ways) submission[way]++;
  }
  return submission;
}

export async function submitRun(
  queue: RunQueue,
  { out, runs, configure, attempts, collects }: SubmitOptions,
  index: number,
): Promise<keyof Submission> {
  const run = runs[index] as PlannedRun;
  const folder = folderOf(out, run);
  if (isFinished(folder)) return "finishedBefore";
  const jobId = jobIdOf(run);
  const state = await queue.getJobState(jobId);
  const isOver = state === "completed" || state === "failed";
  if (!isOver && state !== "unknown") return "queued";
  if (isOver) await queue.remove(jobId);
  const configuration = await configure(run);
  await queue.add(JOB, queuedRun(index, run.settings, configuration, collects && RunFolder.holdsRun(folder)), {
    jobId,
    attempts,
    backoff: { type: "exponential", delay: BACKOFF },
    removeOnComplete: { age: MEMORY.completed },
    removeOnFail: { age: MEMORY.failed },
    stackTraceLimit: 0,
  });
  return "submitted";
}
