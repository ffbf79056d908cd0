import type { TensorPlan } from "@webgfn/tensor/internal";

/** Words of an entry: entries lie as far apart as every WebGPU adapter wants. */
const STRIDE = 64;

/**
 * A uniform for each of many dispatches, in one buffer: [entry, 64]. `at(index)` of it is what one of them binds.
 *
 * @param entry the words of each, at most 64.
 */
export function uniformTable(entries: number, entry: (index: number) => readonly number[], label: string): TensorPlan {
  const values = () => {
    const words = new Uint32Array(entries * STRIDE);
    for (let index = 0; index < entries; index++) words.set(entry(index), index * STRIDE);
    return words;
  };
  return { shape: [entries, STRIDE], dtype: "u32", label, values };
}
