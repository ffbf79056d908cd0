import type { Device, Resource, Tensor } from "@webgfn/tensor";

/** Distance of uniforms in a buffer, in words: what every WebGPU adapter allows. */
const STRIDE = 64;

/**
 * A uniform for each of many dispatches, in one buffer: [entry, 64].
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

/** One uniform of a table, to bind. */
export function uniformOf({ buffer }: Tensor, index: number): Resource {
  return { buffer, offset: 4 * STRIDE * index, size: 4 * STRIDE };
}
