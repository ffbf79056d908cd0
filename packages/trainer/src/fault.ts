import records from "@webgfn/shaders/objectives/records.wgsl";
import source from "@webgfn/shaders/trainer/fault.wgsl";
import { WebgfnError } from "@webgfn/tensor";
import { Struct } from "@webgfn/tensor/internal";

/** What was not finite first, in the order of `shaders/trainer/fault.wgsl`. */
export const quantities = ["log reward", "log probability", "loss", "gradient"] as const;
export type Quantity = (typeof quantities)[number];

/** Why a replica is trained no further: the first of its numbers that was not finite. */
export interface Fault {
  quantity: Quantity;
  /** The step that met it, counted from 0; the weights are those before it. */
  step: number;
}

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

const ADVICE: Readonly<Record<Quantity, string>> = {
  "log reward": "check the environment's log_reward, or scale the rewards down",
  "log probability": "the policy's weights have grown too large: lower the learning rate, or clip the gradient",
  loss: "choose an alpha nearer to 1, scale the rewards down, or lower the learning rate",
  gradient: "lower the learning rate, choose an alpha nearer to 1, or scale the rewards down",
};

/** `replica 1 (seed 8) met a gradient that is not finite at step 37` */
export function describeFault({ quantity, step }: Fault, replica: number, seed: number): string {
  return `replica ${replica} (seed ${seed}) met a ${quantity} that is not finite at step ${step}`;
}

/** What to change so that it does not happen again. */
export function adviceOn({ quantity }: Fault): string {
  return ADVICE[quantity];
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
