import type { Device, Tensor } from "@webgfn/tensor";

/** Words of an entry: entries lie as far apart as every WebGPU adapter wants. */
const STRIDE = 64;

/**
 * A uniform for each of many dispatches, in one buffer: [entry, 64]. `at(index)` of it is what one of them binds.
 *
 * @param entries the words of each, at most 64.
 */
export function uniformTable(device: Device, entries: readonly (readonly number[])[], label: string): Tensor {
  const words = new Uint32Array(entries.length * STRIDE);
  entries.forEach((entry, index) => {
    words.set(entry, index * STRIDE);
  });
  return device.tensorFrom(words, [entries.length, STRIDE], label);
}
