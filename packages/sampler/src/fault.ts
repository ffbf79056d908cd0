import { WebgfnError } from "@webgfn/tensor";
import { type Checkpoint, replicasOf } from "./checkpoint.js";

/** Quantities that training tests for NaN and infinity, in the order of `shaders/trainer/fault.wgsl`. */
export const quantities = ["log reward", "log probability", "loss", "gradient"] as const;
/** A quantity that training tests for NaN and infinity. */
export type Quantity = (typeof quantities)[number];

/** The reason why training of a replica stopped: the first of its numbers that was not finite. */
export interface Fault {
  /** The quantity that was not finite. */
  quantity: Quantity;
  /** The step at which the number appeared, counted from 0. The replica keeps its weights from before this step. */
  step: number;
}

const ADVICE: Readonly<Record<Quantity, string>> = {
  "log reward": "check the environment's log_reward, or scale the rewards down",
  "log probability": "the policy's weights have grown too large: lower the learning rate, or clip the gradient",
  loss: "choose an alpha nearer to 1, scale the rewards down, or lower the learning rate",
  gradient: "lower the learning rate, choose an alpha nearer to 1, or scale the rewards down",
};

/** `replica 1 met a gradient that is not finite at step 37` */
export function faultOf(who: string, { quantity, step }: Fault): string {
  return `${who} met a ${quantity} that is not finite at step ${step}`;
}

/** `replica 1 (seed 8) met a gradient that is not finite at step 37` */
export function describeFault(fault: Fault, replica: number, seed: number): string {
  return faultOf(`replica ${replica} (seed ${seed})`, fault);
}

/** Advice on how to avoid a fault. */
export function adviceOn({ quantity }: Fault): string {
  return ADVICE[quantity];
}

/**
 * Reads the faults of the replicas in a checkpoint; `undefined` for a replica without one.
 *
 * @throws WebgfnError `file` if the tensor `fault` has another shape, or names no quantity.
 */
export function faultsOf({ tensors }: Pick<Checkpoint, "tensors">, replicas: number): (Fault | undefined)[] {
  if (!Object.hasOwn(tensors, "fault")) return new Array<undefined>(replicas).fill(undefined);
  return replicasOf(tensors, "fault", [replicas, 2]).map(([code = 0, step = 0], r) => {
    if (code === 0) return undefined;
    const quantity = quantities[code - 1];
    if (quantity !== undefined) return { quantity, step };
    throw new WebgfnError(
      "file",
      `the checkpoint's "fault" of replica ${r} is ${code}, which stands for none of: ${quantities.join(", ")}`,
    );
  });
}
