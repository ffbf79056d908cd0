import type { Fault } from "@webgfn/sampler";
import { adviceOn, describeFault, quantities } from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/objectives/records.wgsl";
import source from "@webgfn/shaders/trainer/fault.wgsl";
import { WebgfnError } from "@webgfn/tensor";
import { Struct } from "@webgfn/tensor/internal";

/** The GPU's record of a replica's fault: `Fault` of `shaders/trainer/fault.wgsl`. */
export const faultRecord = new Struct<"quantity" | "step" | "stopped" | "log_z" | "before">(records + source, "Fault");

/**
 * Packs the GPU's table of faults.
 *
 * @param faults one per replica; `undefined` for a replica without a fault.
 * @param logZ [replica][3]: log Z and its two Adam moments.
 */
export function packFaults(faults: readonly (Fault | undefined)[], logZ: readonly Float32Array[]): Uint32Array {
  return faultRecord.pack(
    faults.map((fault, r) => ({
      ...(fault !== undefined && { quantity: 1 + quantities.indexOf(fault.quantity), step: fault.step, stopped: 1 }),
      log_z: logZ[r] ?? [],
    })),
  );
}

/** Reads every replica's fault from the GPU's table; `undefined` for a replica without one. */
export function unpackFaults(words: Uint32Array): (Fault | undefined)[] {
  return Array.from({ length: words.length / faultRecord.words }, (_, r) => {
    const quantity = quantities[faultRecord.get(words, r, "quantity") - 1];
    return quantity === undefined ? undefined : { quantity, step: faultRecord.get(words, r, "step") };
  });
}

/**
 * @param problem a description of the host's reward value, if it was not a finite number.
 * @throws WebgfnError `numbers` if every replica is broken, so that nothing is left to train.
 */
export function requireSound(replicas: readonly { seed: number; fault?: Fault }[], problem?: string): void {
  const broken = replicas.flatMap(({ seed, fault }, r) => (fault === undefined ? [] : [{ fault, text: describeFault(fault, r, seed) }]));
  const [first] = broken;
  if (first === undefined || broken.length < replicas.length) return;
  const said = broken.map(({ text }) => text).join(", ");
  if (problem !== undefined) throw new WebgfnError("numbers", `${said}: ${problem}`);
  throw new WebgfnError("numbers", said, { fix: adviceOn(first.fault) });
}
