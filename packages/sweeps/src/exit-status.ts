import type { Signals } from "@webgfn/runs/node/internal";
import type { Ending } from "./perform-run.js";

/** Exit status of a run that was stopped with a checkpoint: start it again. It is EX_TEMPFAIL of sysexits.h. */
export const AGAIN = 75;
/** Exit status of a run that its user ended by Ctrl-C. */
const INTERRUPTED = 130;
/** The signals that stop a run with a checkpoint. SLURM sends USR1 before a task's time is over. */
export const STOP_SIGNALS: Signals = { SIGINT: INTERRUPTED, SIGTERM: AGAIN, SIGHUP: AGAIN, SIGUSR1: AGAIN };
const FAILED = 1;
/** Exit status of a failure that no further attempt can fix: an invalid setting. */
const BAD_USAGE = 2;

/** The exit status that tells a scheduler what to do: 0 nothing more, 75 start it again, 1 it failed, 2 it will always fail. */
export function exitStatus(ending: Ending): number {
  if (ending.kind === "again") return AGAIN;
  if (ending.kind === "failed") return ending.code === "argument" ? BAD_USAGE : FAILED;
  return 0;
}
