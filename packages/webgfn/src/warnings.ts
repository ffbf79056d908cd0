import { type LoadedRun, tell } from "@webgfn/runs/node/internal";
import type { Fault } from "@webgfn/trainer";
import { adviceOn, describeFault, faultsOf } from "@webgfn/trainer/internal";

/** Writes one line to standard error for every broken replica: what went wrong at which step, and what to change. */
export function warnOfFaults(replicas: readonly { seed: number; fault?: Fault | undefined }[]): void {
  replicas.forEach(({ seed, fault }, r) => {
    if (fault !== undefined) tell(`webgfn: ${describeFault(fault, r, seed)}; ${adviceOn(fault)}\n`);
  });
}

/**
 * Writes a line to standard error if the replica to be read is broken.
 *
 * @param consequence what is made with its last sound weights, such as "these objects are sampled".
 */
export function warnOfBrokenReplica(
  { checkpoint, configuration, replica }: Pick<LoadedRun, "checkpoint" | "configuration" | "replica">,
  consequence: string,
): void {
  const fault = faultsOf(checkpoint, configuration.replicas)[replica];
  if (fault === undefined) return;
  const what = describeFault(fault, replica, configuration.seed + replica);
  tell(`webgfn: ${what}; ${consequence} with its last sound weights; ${adviceOn(fault)}\n`);
}
