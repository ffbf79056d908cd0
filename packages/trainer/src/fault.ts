import type { Fault } from "@webgfn/sampler";
import { adviceOn, describeFault, quantities } from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/objectives/records.wgsl";
import source from "@webgfn/shaders/trainer/fault.wgsl";
import { WebgfnError } from "@webgfn/tensor";
import { Struct } from "@webgfn/tensor/internal";

/** See `Fault` in `shaders/trainer/fault.wgsl`. */
export const faultRecord = new Struct<"quantity" | "step" | "stopped" | "log_z" | "before">(records + source, "Fault");

/** The GPU's table, from every replica's fault and its log Z with two moments. */
export function packFaults(faults: readonly (Fault | undefined)[], logZ: readonly Float32Array[]): Uint32Array {
  return faultRecord.pack(
    faults.map((fault, r) => ({
      ...(fault !== undefined && { quantity: 1 + quantities.indexOf(fault.quantity), step: fault.step, stopped: 1 }),
      log_z: logZ[r] ?? [],
    })),
  );
}

/** The reverse of {@link packFaults}. */
export function unpackFaults(words: Uint32Array): (Fault | undefined)[] {
  return Array.from({ length: words.length / faultRecord.words }, (_, r) => {
    const quantity = quantities[faultRecord.get(words, r, "quantity") - 1];
    return quantity === undefined ? undefined : { quantity, step: faultRecord.get(words, r, "step") };
  });
}

/**
 * @throws WebgfnError `numbers` when every replica is broken: there is nothing left to train.
 */
export function requireSound(replicas: readonly { seed: number; fault?: Fault }[]): void {
  const broken = replicas.flatMap(({ seed, fault }, r) => (fault === undefined ? [] : [{ fault, text: describeFault(fault, r, seed) }]));
  const [first] = broken;
  if (first === undefined || broken.length < replicas.length) return;
  throw new WebgfnError("numbers", broken.map(({ text }) => text).join(", "), { fix: adviceOn(first.fault) });
}
