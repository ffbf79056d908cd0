import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { OwnPart } from "@webgfn/runs/internal";
import { WebgfnError } from "@webgfn/tensor";
import type { Job, Worker } from "bullmq";
import type { FromChild } from "../child-messages.js";
import { type RunningChild, startChild } from "../child-process.js";
import { type Ending, failureOf } from "../perform-run.js";
import type { PlannedRun } from "../plan.js";
import type { SweepFollower } from "../run-all.js";
import { isFinished } from "../run-files.js";
import { folderOf } from "../sweep-folder.js";
import type { Connection } from "./connection.js";
import { type AcceptedRun, type QueuedRun, queueNameOf, readQueuedRun } from "./queued-run.js";
import { fetchFolder, newSession, serveFolder } from "./transfer.js";

/**
 * How often a job may be taken from a silent worker. A machine that was switched off is not the run's fault, but a run that crashes every
 * machine must end some time.
 */
const MOST_STALLS = 20;
/** Seconds between two reports of a run's progress to Redis. */
const REPORT = 2;
/** Seconds between two checks whether the queue is empty. */
const LOOK = 1;
/** Seconds for which a stopped or failed run waits to be fetched, and for which a worker waits for a run begun elsewhere. */
const PATIENCE = 60;
/** Seconds between two announcements of a folder that waits to be fetched. */
const ANNOUNCE = 10;
/** Seconds without new jobs after Redis refused a command. */
const REFUSED = 5;
/** Seconds to try to give jobs back at the end while Redis is unreachable. */
const FAREWELL = 10;
/** BullMQ's errors about a job that no longer belongs to this worker. */
const IS_LOST = /Missing lock|Lock mismatch|not in the active state|could not renew lock/;

interface WorkOptions {
  /** The name of the queue, as given on the command line. */
  readonly queue: string;
  /** The folder with a folder for each run; absent if runs are sent back through Redis. */
  readonly out?: string;
  /** Runs at a time. */
  readonly jobs: number;
  /** Seconds without a heartbeat after which another worker takes a run over. */
  readonly lease: number;
  readonly tune: boolean;
  /** Whether to end when the queue is empty. */
  readonly drain: boolean;
  /** Code and commands that the command line names. */
  readonly parts: readonly OwnPart[];
  /** Environment variables that choose an adapter; the processes take them in turn. */
  readonly environments: readonly Readonly<Record<string, string>>[];
  readonly follower: WorkFollower;
  /** Ends the work: runs are stopped with a checkpoint and given back. */
  readonly signal: AbortSignal;
}

/** A listener to a worker. */
export interface WorkFollower extends Pick<SweepFollower, "heard" | "ended"> {
  started(index: number, run: Pick<PlannedRun, "settings">): void;
  /** Receives messages about a job or a connection. */
  say(text: string): void;
}

/** Counts of the runs that a worker took, by their endings. */
interface WorkTally {
  finished: number;
  finishedBefore: number;
  inUse: number;
  /** Failed attempts. */
  failed: number;
  /** Runs given back to the queue, for another worker to resume. */
  again: number;
}

/** The progress of a run in its job, while a worker has it. */
export interface QueueProgress {
  readonly step?: number;
  readonly text?: string;
  /** The session through which its folder can be fetched. */
  readonly offers?: string;
  /** Whether the offered run is finished. */
  readonly finished?: boolean;
  /** The session in which the worker waits for the folder of a begun run. */
  readonly wants?: string;
}

/** The result of a job. */
export interface QueueResult {
  readonly ending: "finished" | "finished-before";
  readonly host: string;
  /** The latest evaluation as text for people. */
  readonly text?: string;
}

/**
 * Carries out the runs of a queue, each in a child process, until the signal or, with `drain`, until the queue is empty.
 *
 * @throws WebgfnError `no-adapter` if this machine has none. Its runs are then given back to the queue.
 */
export async function work(connection: Connection, options: WorkOptions): Promise<WorkTally> {
  const root = options.out ?? mkdtempSync(join(tmpdir(), "webgfn-worker-"));
  try {
    return await new QueueWorker(connection, options, root).work();
  } finally {
    if (options.out === undefined) rmSync(root, { recursive: true, force: true });
  }
}

class QueueWorker {
  readonly #connection: Connection;
  readonly #options: WorkOptions;
  readonly #root: string;
  readonly #worker: Worker<QueuedRun, QueueResult>;
  readonly #children = new Map<string, RunningChild>();
  /** Free places for runs. */
  readonly #places: number[];
  /** Jobs that another worker may have taken. */
  readonly #lost = new Set<string>();
  readonly #tally: WorkTally = { finished: 0, finishedBefore: 0, inUse: 0, failed: 0, again: 0 };
  readonly #closed: Promise<void>;
  #tellClosed: () => void = () => {};
  #closing: Promise<void> | undefined;
  /** The latest reported refusal of Redis. */
  #refused = "";
  /** Why this worker cannot go on. */
  #trouble: unknown;

  constructor(connection: Connection, options: WorkOptions, root: string) {
    const { jobs, lease, queue, out, follower } = options;
    this.#connection = connection;
    this.#options = options;
    this.#root = root;
    this.#closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    this.#places = Array.from({ length: jobs }, (_, place) => jobs - 1 - place);
    this.#worker = new connection.bull.Worker(queueNameOf(queue, out === undefined), (job) => this.#carryOut(job), {
      connection: connection.client,
      autorun: false,
      concurrency: jobs,
      // Equal to the lease of the run's folder: a worker that takes a job earlier would find the folder in use.
      lockDuration: 1000 * lease,
      // An expired lock is found after at most half a lease more.
      stalledInterval: 500 * lease,
      maxStalledCount: MOST_STALLS,
    });
    this.#worker.on("lockRenewalFailed", (ids) => {
      for (const id of ids) this.#lose(id);
    });
    this.#worker.on("stalled", (id) => follower.say(`the worker of ${id} gives no sign of life; another one takes it`));
    this.#worker.on("error", (error) => this.#hearError(error));
  }

  async work(): Promise<WorkTally> {
    const { signal, drain } = this.#options;
    const stop = () => this.#stop();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      this.#worker.run().catch((cause: unknown) => this.#despair(cause));
      if (drain) this.#stopWhenEmpty().catch((cause: unknown) => this.#despair(cause));
      await Promise.race([this.#closed, this.#givesUp()]);
    } finally {
      signal.removeEventListener("abort", stop);
      this.#connection.close();
    }
    if (this.#trouble !== undefined) throw this.#trouble;
    return this.#tally;
  }

  /** Takes no more jobs, and stops running ones with a checkpoint. */
  #stop(): void {
    this.#closing ??= this.#worker.close().then(this.#tellClosed);
    for (const child of this.#children.values()) child.stop();
  }

  /** Stops, because this worker cannot go on. */
  #despair(cause: unknown): void {
    if (this.#closing === undefined) this.#trouble = cause;
    this.#stop();
  }

  /** Resolves some time after the end of the last run if Redis is unreachable: others find the jobs because this worker is silent. */
  async #givesUp(): Promise<void> {
    for (let waited = 0; waited < FAREWELL; ) {
      await pause(1000, undefined, { ref: false });
      waited = this.#closing !== undefined && this.#children.size === 0 && this.#connection.isDown() ? waited + 1 : 0;
    }
    this.#options.follower.say("Redis is away; other workers take over when they miss this one");
  }

  async #stopWhenEmpty(): Promise<void> {
    const { client, bull } = this.#connection;
    const queue = new bull.Queue(this.#worker.name, { connection: client });
    queue.on("error", () => {});
    while (this.#closing === undefined) {
      const counts = await queue.getJobCounts("wait", "prioritized", "delayed", "active");
      if (Object.values(counts).every((count) => count === 0)) this.#stop();
      else await pause(1000 * LOOK);
    }
  }

  #hearError(error: Error): void {
    // The connection reports system errors, and lost jobs are reported when they are found.
    if ("syscall" in error || this.#connection.isDown() || this.#closing !== undefined) return;
    const message = error.message.replace(/ script: .*/s, "");
    if (IS_LOST.test(message) || message.includes("Connection is closed")) return;
    if (message !== this.#refused) this.#options.follower.say(`Redis: ${message}`);
    this.#refused = message;
    if (error.name !== "ReplyError" || this.#worker.isPaused()) return;
    // BullMQ would ask again at once, forever if Redis has no memory left, for example, or is loading its data.
    void this.#worker.pause(true);
    setTimeout(() => void this.#worker.resume(), 1000 * REFUSED).unref();
  }

  /**
   * Handles a job whose lock was lost. On a shared disk its run continues, because it holds its folder; otherwise two workers might do the
   * same work.
   */
  #lose(id: string): void {
    if (this.#lost.has(id)) return;
    this.#lost.add(id);
    this.#options.follower.say(`${id} may be another worker's by now: this one was silent for longer than its lease`);
    if (this.#options.out === undefined) this.#children.get(id)?.stop();
  }

  async #carryOut(job: Job<QueuedRun, QueueResult>): Promise<QueueResult> {
    const { follower, parts } = this.#options;
    const { bull } = this.#connection;
    const id = job.id as string;
    let run: AcceptedRun;
    try {
      run = readQueuedRun(id, job.data, parts);
    } catch (cause) {
      const { message } = failureOf(cause);
      this.#tally.failed++;
      follower.say(`${id} is refused: ${message}`);
      throw new bull.UnrecoverableError(message);
    }
    const place = this.#places.pop() ?? 0;
    try {
      this.#refused = "";
      follower.started(run.index, run);
      const report = reporter(job);
      let text: string | undefined;
      const ending = await this.#attempt(job, run, place, (message) => {
        if (message.kind === "evaluated") text = message.text;
        follower.heard(run.index, message);
        report(message);
      });
      follower.ended(run.index, ending);
      return { ...(await this.#settle(job, run, ending)), ...(text !== undefined && { text }) };
    } finally {
      this.#places.push(place);
      this.#lost.delete(id);
    }
  }

  async #attempt(job: Job<QueuedRun, QueueResult>, run: AcceptedRun, place: number, listen: (message: FromChild) => void): Promise<Ending> {
    const { out, lease, tune, environments } = this.#options;
    const folder = folderOf(this.#root, run);
    const isRemote = out === undefined;
    if (isRemote) {
      rmSync(folder, { recursive: true, force: true });
      if (run.isBegun) await this.#fetchBegun(job, folder);
    } else if (isFinished(folder)) return { kind: "finished-before" };
    if (this.#closing !== undefined) return { kind: "again", step: 0 };
    const { configuration } = run;
    const id = job.id as string;
    const child = startChild({ folder, configuration, lease, tune }, environments[place % environments.length] ?? {}, listen);
    this.#children.set(id, child);
    if (this.#closing !== undefined) child.stop();
    const ending = await child.ending;
    this.#children.delete(id);
    if (isRemote && ending.kind !== "in-use") {
      const isFetched = await this.#offer(job, folder, ending);
      rmSync(folder, { recursive: true, force: true });
      if (!isFetched && ending.kind === "finished") return { kind: "again", step: 0 };
    }
    return ending;
  }

  /** Tells BullMQ the result of the job. */
  async #settle(job: Job<QueuedRun, QueueResult>, { index }: AcceptedRun, ending: Ending): Promise<QueueResult> {
    const { bull } = this.#connection;
    switch (ending.kind) {
      case "finished":
      case "finished-before":
        this.#tally[ending.kind === "finished" ? "finished" : "finishedBefore"]++;
        return { ending: ending.kind, host: hostname() };
      case "in-use":
        this.#tally.inUse++;
        await this.#giveBack(job, () => job.moveToDelayed(Date.now() + 1000 * this.#options.lease, job.token));
        throw new bull.DelayedError();
      case "again":
        // A repeatedly lost device is a failure.
        if (ending.why !== undefined && this.#closing === undefined) throw this.#failed(ending.why);
        this.#tally.again++;
        this.#options.follower.say(`run ${index} goes back to the queue at step ${ending.step}`);
        await this.#giveBack(job, () => job.moveToWait(job.token));
        throw new bull.WaitingError();
      case "failed":
        if (ending.code === "argument") {
          this.#tally.failed++;
          throw new bull.UnrecoverableError(ending.message);
        }
        if (ending.code !== "no-adapter") throw this.#failed(ending.message);
        // This machine would fail every run of the queue.
        this.#despair(new WebgfnError("no-adapter", ending.message));
        await this.#giveBack(job, () => job.moveToWait(job.token));
        throw new bull.WaitingError();
    }
  }

  #failed(message: string): Error {
    this.#tally.failed++;
    const error = new Error(message);
    // A job stores the stack of its error; people should read only the message.
    error.stack = message;
    return error;
  }

  /** Gives a job back to the queue, unless another worker has taken it. */
  async #giveBack({ id }: Job, move: () => Promise<unknown>): Promise<void> {
    try {
      await move();
    } catch (cause) {
      const { message } = cause as Error;
      if (IS_LOST.test(message)) this.#lose(id as string);
      else if (!this.#connection.isDown()) this.#options.follower.say(message);
    }
  }

  /** Fetches a run that another worker has begun. If nobody sends it, the run starts from the beginning. */
  async #fetchBegun(job: Job<QueuedRun, QueueResult>, folder: string): Promise<void> {
    const client = this.#connection.duplicate();
    const disconnect = () => client.disconnect();
    this.#options.signal.addEventListener("abort", disconnect);
    try {
      const wants = newSession();
      await job.updateProgress({ wants } satisfies QueueProgress);
      await fetchFolder(client, wants, folder);
    } catch (cause) {
      rmSync(folder, { recursive: true, force: true });
      if (this.#closing === undefined) this.#options.follower.say(`${job.id} begins again: ${(cause as Error).message}`);
    } finally {
      this.#options.signal.removeEventListener("abort", disconnect);
      client.disconnect();
    }
  }

  /**
   * Offers a run's folder until it is fetched. A finished run waits as long as this worker may run; any other can be done again, and waits
   * only a little.
   *
   * @returns whether it was fetched.
   */
  async #offer(job: Job<QueuedRun, QueueResult>, folder: string, ending: Ending): Promise<boolean> {
    if (!existsSync(folder) || this.#lost.has(job.id as string)) return false;
    const { follower } = this.#options;
    const client = this.#connection.duplicate();
    const offers = newSession();
    const isFinished = ending.kind === "finished" || ending.kind === "finished-before";
    const begin = performance.now();
    let announced = Number.NEGATIVE_INFINITY;
    let announcements = 0;
    let stoppedAt: number | undefined;
    const goesOn = async (): Promise<boolean> => {
      const now = performance.now();
      if (this.#closing !== undefined) stoppedAt ??= now;
      const since = isFinished ? (stoppedAt ?? now) : begin;
      if (now - since > 1000 * PATIENCE || this.#lost.has(job.id as string)) return false;
      if (now - announced < 1000 * ANNOUNCE) return true;
      announced = now;
      if (++announcements === 2) follower.say(`${job.id} waits until \`webgfn sweep submit --collect\` fetches it`);
      return await job.updateProgress({ offers, finished: isFinished } satisfies QueueProgress).then(
        () => true,
        // Redis has lost the job.
        () => false,
      );
    };
    try {
      const isFetched = await serveFolder(client, offers, folder, goesOn);
      if (!isFetched) follower.say(`${job.id} was not fetched, and is lost: it begins again`);
      return isFetched;
    } finally {
      client.disconnect();
    }
  }
}

/** Reports a run's progress to Redis from time to time. */
function reporter(job: Job<QueuedRun, QueueResult>): (message: FromChild) => void {
  let reported = Number.NEGATIVE_INFINITY;
  let text: string | undefined;
  return (message) => {
    if (message.kind === "evaluated") text = message.text;
    if (message.kind !== "stepped" || performance.now() - reported < 1000 * REPORT) return;
    reported = performance.now();
    const progress: QueueProgress = { step: message.step, ...(text !== undefined && { text }) };
    // If the job is lost or Redis is unreachable, the next report contains the same.
    void job.updateProgress(progress).catch(() => {});
  };
}
