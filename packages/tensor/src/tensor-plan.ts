import { bufferExcess, type Excess } from "./limits.js";
import type { Tensor, TensorOptions, TypedArray } from "./tensor.js";
import type { GpuLimits } from "./webgpu.js";

/** A tensor to be made later. It is checked against the limits before any allocation. */
export interface TensorPlan extends TensorOptions {
  shape: readonly number[];
  label: string;
  /** Returns its initial values; called when the tensor is made. Default: zeros. */
  values?: () => TypedArray;
}

/** Tensors to make together, by name. */
export type TensorPlans = Readonly<Record<string, TensorPlan>>;

/** The limit that is exceeded by the first tensor that does not fit; `undefined` if all fit. */
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

/** The result of `work`; if it fails, `free` is called first, so that nothing incomplete stays on the device. */
export async function orFree<T>(work: Promise<T>, free: () => void): Promise<T> {
  try {
    return await work;
  } catch (error) {
    free();
    throw error;
  }
}
