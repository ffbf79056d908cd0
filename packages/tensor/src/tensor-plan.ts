import { bufferExcess, type Excess } from "./limits.js";
import type { Tensor, TensorOptions, TypedArray } from "./tensor.js";
import type { GpuLimits } from "./webgpu.js";

/** A tensor to be made later: it is checked against the limits before anything is allocated. */
export interface TensorPlan extends TensorOptions {
  shape: readonly number[];
  label: string;
  /** Its first values; zeros unless given. Called when the tensor is made. */
  values?: () => TypedArray;
}

/** Tensors to make together, by name. */
export type TensorPlans = Readonly<Record<string, TensorPlan>>;

/** The limit that the first tensor which does not fit exceeds, if there is such a tensor. */
export function tensorExcess(limits: GpuLimits, plans: TensorPlans): Excess | undefined {
  for (const plan of Object.values(plans)) {
    const bytes = 4 * plan.shape.reduce((product, extent) => product * extent, 1);
    const excess = bufferExcess(limits, plan.label, bytes, plan.apart ? bytes / (plan.shape[0] ?? 1) : bytes);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

/** Frees tensors that were made together. */
export function disposeTensors(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** The result of `work`; if it fails, `free` is called first, so that nothing half-made stays on the device. */
export async function orFree<T>(work: Promise<T>, free: () => void): Promise<T> {
  try {
    return await work;
  } catch (error) {
    free();
    throw error;
  }
}
