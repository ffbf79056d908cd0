import { setTimeout as pause } from "node:timers/promises";
import { line } from "@webgfn/runs/internal";
import { WebgfnError } from "@webgfn/tensor";
import type { Job } from "bullmq";
import type { PlannedRun } from "../plan.js";
import type { SweepFollower } from "../run-all.js";
import { isFinished } from "../run-files.js";
import { folderOf } from "../sweep-folder.js";
import type { Connection } from "./connection.js";
import { jobIdOf, type QueuedRun } from "./queued-run.js";
import { openQueue, type RunQueue, type SubmitOptions, submitRun } from "./submit.js";
import { fetchFolder, isSession, serveFolder } from "./transfer.js";
import type { QueueProgress, QueueResult } from "./worker.js";

/** Fewest and most seconds between two checks of the queue. Within these limits, checks take at most a tenth of the time. */
const LOOK = 1;
const LONGEST_LOOK = 10;
const SHARE = 10;
/** Runs that are checked at a time. */
const CHUNK = 500;
/** Folders that are fetched or sent at a time: Redis holds one piece of each. */
const TRANSFERS = 4;

/** How submitted runs ended. */
interface Awaited {
  finished: number;
  failed: number;
  /** Number of runs that are finished, but not in this folder: the workers write elsewhere. */
  elsewhere: number;
  /** Number of runs that were not over at the end. */
  pending: number;
}

export interface AwaitOptions extends SubmitOptions {
  readonly follower: SweepFollower;
  /** Receives messages that concern more than one run. */
  readonly note: (text: string) => void;
  /** Ends the waiting; the runs continue. */
  readonly signal: AbortSignal;
}

/** Waits until all runs are over, or until the signal. Fetches the folders that workers offer, and submits runs again that Redis has lost. */
export async function awaitRuns(connection: Connection, options: AwaitOptions): Promise<Awaited> {
  return await new Waiting(connection, options).wait();
}

type RunJob = Job<QueuedRun, QueueResult>;
type Client = ReturnType<Connection["duplicate"]>;

/** A worker's report about a run. It comes from Redis, and may be anything. */
function progressOf({ progress }: RunJob): Partial<Record<keyof QueueProgress, unknown>> {
  return typeof progress === "object" && progress !== null ? progress : {};
}

function sessionsOf(job: RunJob): { offers?: string; wants?: string } {
  const { offers, wants } = progressOf(job);
  return { ...(isSession(offers) && { offers }), ...(isSession(wants) && { wants }) };
}

class Waiting {
  readonly #connection: Connection;
  readonly #options: AwaitOptions;
  readonly #queue: RunQueue;
  /** Index of each run that is not over, by the id of its job. */
  readonly #pending = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Ids of the jobs whose folder is being transferred. */
  readonly #transfers = new Set<string>();
  /** Sessions in which workers now offer a folder or wait for one. */
  #sessions = new Set<string>();
  readonly #said = new Set<string>();
  readonly #awaited: Awaited = { finished: 0, failed: 0, elsewhere: 0, pending: 0 };

  constructor(connection: Connection, options: AwaitOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#queue = openQueue(connection, options.queue, options.collects);
  }

  async wait(): Promise<Awaited> {
    const { runs, signal, follower } = this.#options;
    for (const [index, run] of runs.entries()) {
      if (this.#isFinished(index)) {
        this.#awaited.finished++;
        follower.passed(index);
      } else this.#pending.set(jobIdOf(run), index);
    }
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (this.#pending.size > 0 && !signal.aborted) {
      const begin = performance.now();
      // A check never returns while Redis is unreachable.
      await Promise.race([this.#look(), aborted]);
      const rest = Math.min(1000 * LONGEST_LOOK, Math.max(1000 * LOOK, SHARE * (performance.now() - begin)));
      if (this.#pending.size > 0) await Promise.race([pause(rest, undefined, { ref: false }), aborted]);
    }
    this.#awaited.pending = this.#pending.size;
    return this.#awaited;
  }

  #folder(index: number): string {
    return folderOf(this.#options.out, this.#options.runs[index] as PlannedRun);
  }

  #isFinished(index: number): boolean {
    return isFinished(this.#folder(index));
  }

  async #look(): Promise<void> {
    const active = (await this.#queue.getJobs(["active"])).filter((job) => job?.id !== undefined && this.#pending.has(job.id)) as RunJob[];
    this.#sessions = new Set(active.flatMap((job) => Object.values(sessionsOf(job))));
    for (const job of active) this.#hear(job);
    const ids = new Set(active.map(({ id }) => id));
    const others = [...this.#pending.keys()].filter((id) => !ids.has(id));
    for (let first = 0; first < others.length; first += CHUNK) {
      await Promise.all(others.slice(first, first + CHUNK).map((id) => this.#lookAt(id)));
    }
  }

  /** Handles a run that a worker has. */
  #hear(job: RunJob): void {
    const { follower } = this.#options;
    const id = job.id as string;
    const index = this.#pending.get(id) as number;
    this.#start(id, index);
    const { step, text, finished } = progressOf(job);
    if (typeof step === "number") {
      follower.heard(index, typeof text === "string" ? { kind: "evaluated", step, text } : { kind: "stepped", step });
    }
    if (!this.#options.collects || this.#transfers.has(id) || this.#transfers.size >= TRANSFERS) return;
    const { offers, wants } = sessionsOf(job);
    if (offers !== undefined) this.#transfer(id, (client) => this.#fetch(client, job, offers, finished === true));
    else if (wants !== undefined) this.#transfer(id, (client) => this.#serve(client, index, wants));
  }

  /** Handles a run that no worker has. */
  async #lookAt(id: string): Promise<void> {
    const index = this.#pending.get(id) as number;
    const state = await this.#queue.getJobState(id);
    if (state === "completed" || (state === "unknown" && this.#isFinished(index))) {
      this.#awaited[this.#isFinished(index) ? "finished" : "elsewhere"]++;
      const { text } = (await this.#queue.getJob(id))?.returnvalue ?? {};
      // It may have started and ended between two checks.
      this.#start(id, index);
      if (typeof text === "string") this.#options.follower.heard(index, { kind: "evaluated", step: 0, text });
      this.#end(id, index, { kind: "finished" });
    } else if (state === "failed") {
      const { failedReason: message = "" } = (await this.#queue.getJob(id)) ?? {};
      this.#awaited.failed++;
      this.#end(id, index, { kind: "failed", code: "error", message });
    } else if (state === "unknown") {
      this.#say("Redis has lost jobs; they are submitted again");
      await submitRun(this.#queue, this.#options, index);
    } else this.#running.delete(id);
  }

  #start(id: string, index: number): void {
    if (!this.#running.has(id)) this.#options.follower.started(index, this.#options.runs[index] as PlannedRun);
    this.#running.add(id);
  }

  #end(id: string, index: number, ending: Parameters<SweepFollower["ended"]>[1]): void {
    this.#pending.delete(id);
    this.#running.delete(id);
    this.#options.follower.ended(index, ending);
  }

  #transfer(id: string, act: (client: Client) => Promise<void>): void {
    const client = this.#connection.duplicate();
    this.#transfers.add(id);
    void act(client)
      .catch((cause: Error) => this.#say(`${id}: ${cause.message}`))
      .finally(() => {
        this.#transfers.delete(id);
        client.disconnect();
      });
  }

  async #fetch(client: Client, job: RunJob, session: string, finished: boolean): Promise<void> {
    const folder = this.#folder(this.#pending.get(job.id as string) as number);
    await fetchFolder(client, session, folder, {
      ...(finished && { result: (text) => movedTo(folder, text) }),
      received: async () => {
        if (!finished) await job.updateData({ ...job.data, isBegun: true });
      },
    });
  }

  async #serve(client: Client, index: number, session: string): Promise<void> {
    await serveFolder(client, session, this.#folder(index), () => this.#sessions.has(session));
  }

  /** Reports a message once. */
  #say(text: string): void {
    if (!this.#said.has(text) && !this.#options.signal.aborted) this.#options.note(text);
    this.#said.add(text);
  }
}

/** Corrects the folder in the text of a result. */
function movedTo(folder: string, text: string): string {
  try {
    return line({ ...(JSON.parse(text) as object), folder });
  } catch {
    throw new WebgfnError("redis", `the result of ${folder} that a worker has sent is damaged`);
  }
}
