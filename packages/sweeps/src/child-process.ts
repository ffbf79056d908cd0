import { fork } from "node:child_process";
import type { FromChild, Job } from "./child-messages.js";
import { STOP_SIGNALS } from "./exit-status.js";
import { type Ending, recordFailure } from "./perform-run.js";

/** Last letters of a child's standard error to keep, for the message about a crash. */
const KEPT = 2000;

/** A run in a child process. */
export interface RunningChild {
  /** Resolves when the process has ended; it never rejects. */
  readonly ending: Promise<Ending>;
  /** Asks it to stop with a checkpoint. */
  stop(): void;
}

/**
 * Carries out a run in a child process, so that a driver's crash ends only this run.
 *
 * @param environment variables of the process in addition to this one's.
 * @param listen receives its messages.
 */
export function startChild(job: Job, environment: Readonly<Record<string, string>>, listen: (message: FromChild) => void): RunningChild {
  const child = fork(new URL("./child.js", import.meta.url), {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, ...environment },
    execArgv: [],
    serialization: "advanced",
  });
  let ended: Ending | undefined;
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-KEPT);
  });
  child.on("message", (message: FromChild) => {
    if (message.kind === "ended") ended = message.ending;
    listen(message);
  });
  const ending = new Promise<Ending>((resolve) => {
    const crash = (how: string) => {
      if (ended !== undefined) return resolve(ended);
      const last = complaints.trim().split("\n").at(-1) ?? "";
      const failed = { kind: "failed", code: "crash", message: `its process ${how}${last === "" ? "" : `: ${last}`}` } as const;
      recordFailure(job.folder, failed);
      resolve(failed);
    };
    child.once("error", ({ message }) => crash(`did not start: ${message}`));
    child.once("close", (code, signal) => {
      // Until the child handles signals itself, a stop signal kills it.
      if (ended === undefined && signal !== null && signal in STOP_SIGNALS) resolve({ kind: "again", step: 0 });
      else crash(signal === null ? `ended with status ${code}` : `was ended by ${signal}`);
    });
  });
  child.send(job, () => {});
  return { ending, stop: () => child.kill("SIGTERM") };
}
