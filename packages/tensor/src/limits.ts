import type { GpuLimits } from "./webgpu.js";

/** A size that exceeds one of an adapter's limits. */
export interface Excess {
  /** The label of the thing that needs it. */
  what: string;
  needs: string;
  limit: "maxStorageBufferBindingSize" | "maxBufferSize" | "maxComputeWorkgroupsPerDimension";
}

/** The limit that a buffer exceeds, if any, when `bound` of its bytes are bound at once. */
export function bufferExcess(limits: GpuLimits, what: string, bytes: number, bound: number): Excess | undefined {
  if (bound > limits.maxStorageBufferBindingSize) return { what, needs: `${bound} bytes`, limit: "maxStorageBufferBindingSize" };
  if (bytes > limits.maxBufferSize) return { what, needs: `${bytes} bytes`, limit: "maxBufferSize" };
  return undefined;
}

/** The largest whole number up to `most` that fits, or 0 if none does. A size below one that fits must fit, too. */
export function largestThatFits(most: number, fits: (size: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
