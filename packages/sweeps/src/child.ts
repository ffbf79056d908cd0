// A process that carries out one run: `run-all` and `sweep worker` start it, so that a driver's crash ends one run only. It receives a job
// through its channel to the parent, reports its progress there, and sends the ending last.

import { describeProgress, type Follower, Interruption, watchStrays } from "@webgfn/runs/node/internal";
import type { FromChild, Job } from "./child-messages.js";
import { configurationHash } from "./configuration-hash.js";
import { STOP_SIGNALS } from "./exit-status.js";
import { type Ending, failureOf, performRun, recordFailure } from "./perform-run.js";
import { Completion } from "./plan.js";

const interruption = new Interruption(STOP_SIGNALS);

process.once("message", (job: Job) => {
  void carry(job);
});
// Without its parent, nobody waits for the run: it stops with a checkpoint.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));

async function carry({ folder, configuration, lease, tune, log }: Job): Promise<void> {
  const stopWatching = watchStrays((cause) => {
    const failed = failureOf(cause);
    recordFailure(folder, failed);
    tellParent({ kind: "ended", ending: failed }, () => process.exit(1));
  });
  // The open channel must not keep the process alive.
  process.channel?.unref();
  let ending: Ending;
  try {
    const load = () => new Completion().complete(configuration);
    ending = await performRun(folder, configurationHash(configuration), load, {
      lease,
      tune,
      follower,
      signal: interruption.signal,
      ...(log && { log }),
    });
  } catch (cause) {
    ending = failureOf(cause);
  }
  stopWatching();
  interruption.dispose();
  process.removeAllListeners("disconnect");
  tellParent({ kind: "ended", ending }, () => process.disconnect?.());
}

const follower: Follower = {
  say: (text) => tellParent({ kind: "says", text }),
  evaluated: (progress, columns) => tellParent({ kind: "evaluated", step: progress.step, text: describeProgress(progress, columns) }),
  stepped: (step) => tellParent({ kind: "stepped", step }),
  note: (text) => tellParent({ kind: "notes", text }),
  clear: () => {},
};

function tellParent(message: FromChild, then?: () => void): void {
  // Do not send messages to a parent that has ended.
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
  else then?.();
}
