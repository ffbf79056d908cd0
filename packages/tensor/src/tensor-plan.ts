import type { Tensor, TensorOptions, TypedArray } from "./tensor.js";
import type { GpuLimits } from "./webgpu.js";

/** A tensor that is yet to be made: whether it fits is known before anything is allocated. */
export interface TensorPlan extends TensorOptions {
  shape: readonly number[];
  label: string;
  /** What it holds at first; zeros unless given. Asked for where the tensor is made. */
  values?: () => TypedArray;
}

/** Tensors to make together, by name. */
export type TensorPlans = Readonly<Record<string, TensorPlan>>;

/** A need beyond one of an adapter's limits. */
export interface Excess {
  /** What needs it. */
  what: string;
  needs: string;
  limit: "maxStorageBufferBindingSize" | "maxBufferSize" | "maxComputeWorkgroupsPerDimension";
}

/** What a buffer needs beyond the limits, if anything, when `bound` of its bytes are bound at once. */
export function bufferExcess(limits: GpuLimits, what: string, bytes: number, bound: number): Excess | undefined {
  if (bound > limits.maxStorageBufferBindingSize) return { what, needs: `${bound} bytes`, limit: "maxStorageBufferBindingSize" };
  if (bytes > limits.maxBufferSize) return { what, needs: `${bytes} bytes`, limit: "maxBufferSize" };
  return undefined;
}

/** What the first of these tensors that does not fit needs, if there is one. */
export function tensorExcess(limits: GpuLimits, plans: TensorPlans): Excess | undefined {
  for (const plan of Object.values(plans)) {
    const bytes = 4 * plan.shape.reduce((product, extent) => product * extent, 1);
    const excess = bufferExcess(limits, plan.label, bytes, plan.apart ? bytes / (plan.shape[0] ?? 1) : bytes);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

/** The largest whole number up to `most` that fits; 0 where none does. What fits also fits with less. */
export function largestThatFits(most: number, fits: (size: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Frees tensors that were made together. */
export function disposeTensors(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** What `work` resolves to; where it fails, `free` is called first, so that nothing half-made stays on the device. */
export async function orFree<T>(work: Promise<T>, free: () => void): Promise<T> {
  try {
    return await work;
  } catch (error) {
    free();
    throw error;
  }
}
