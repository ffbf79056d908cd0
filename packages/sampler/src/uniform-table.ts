import type { TensorPlan } from "@webgfn/tensor/internal";

/** Words of an entry: a multiple of the alignment that every WebGPU adapter accepts. */
const STRIDE = 64;

/**
 * A uniform for each of many dispatches, in one buffer: [entry, 64]. A dispatch binds `at(index)` of it.
 *
 * @param entry returns the words of an entry, at most 64.
 */
export function uniformTable(entries: number, entry: (index: number) => readonly number[], label: string): TensorPlan {
  const values = () => {
    const words = new Uint32Array(entries * STRIDE);
    for (let index = 0; index < entries; index++) words.set(entry(index), index * STRIDE);
    return words;
  };
  return { shape: [entries, STRIDE], dtype: "u32", label, values };
}
