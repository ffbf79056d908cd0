import { WebgfnError } from "@webgfn/tensor";
import { type Checkpoint, replicasOf } from "./checkpoint.js";

/** What was not finite first, in the order of `shaders/trainer/fault.wgsl`. */
export const quantities = ["log reward", "log probability", "loss", "gradient"] as const;
export type Quantity = (typeof quantities)[number];

/** Why a replica is trained no further: the first of its numbers that was not finite. */
export interface Fault {
  quantity: Quantity;
  /** The step that met it, counted from 0; the weights are those before it. */
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

/** What to change so that it does not happen again. */
export function adviceOn({ quantity }: Fault): string {
  return ADVICE[quantity];
}

/**
 * Why replicas of a checkpoint are broken; `undefined` for those that are not.
 *
 * @throws WebgfnError `file` where the tensor `fault` has another shape, or names no quantity.
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
