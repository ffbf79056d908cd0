import { tell } from "@webgfn/runs/node/internal";
import type { Fault } from "@webgfn/trainer";
import { adviceOn, describeFault } from "@webgfn/trainer/internal";

/** Writes one line to standard error for every broken replica: what went wrong at which step, and what to change. */
export function warnOfFaults(replicas: readonly { seed: number; fault?: Fault | undefined }[]): void {
  replicas.forEach(({ seed, fault }, r) => {
    if (fault !== undefined) tell(`webgfn: ${describeFault(fault, r, seed)}; ${adviceOn(fault)}\n`);
  });
}
