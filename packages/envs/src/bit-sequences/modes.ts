import type { RandomStream } from "@webgfn/tensor";

/** Bits of a block: modes are strings of blocks. */
export const BLOCK = 8;

/** The blocks of which modes are made: H of Malkin and others, "Trajectory balance", NeurIPS 2022. */
export const BLOCKS: readonly string[] = ["00000000", "11111111", "11110000", "00001111", "00111100"];

/** A mode by the numbers of its blocks. */
export type Mode = readonly number[];

/** The number of different modes of this many blocks. */
export const mostModes = (blocks: number): number => BLOCKS.length ** blocks;

/** Draws different modes, each a string of blocks that are drawn uniformly. */
export function drawModes(count: number, blocks: number, random: RandomStream): Mode[] {
  const modes = new Map<string, Mode>();
  while (modes.size < count) {
    const mode = Array.from({ length: blocks }, () => Math.floor(random.uniform() * BLOCKS.length));
    modes.set(mode.join(), mode);
  }
  return [...modes.values()];
}

/** The bits of a mode, from left to right. */
export function bitsOf(mode: Mode): number[] {
  return [...mode.map((block) => BLOCKS[block]).join("")].map(Number);
}

/** Number of different bits. */
export function hammingDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) distance++;
  return distance;
}

/** The test set of the benchmark: for each mode and each i below the number of bits, the mode with i random bits flipped. */
export function makeTestSet(modes: readonly (readonly number[])[], random: RandomStream): number[][] {
  return modes.flatMap((mode) =>
    mode.map((_, flips) => {
      const bits = [...mode];
      const order = Array.from(mode.keys());
      for (let n = 0; n < flips; n++) {
        const other = n + Math.floor(random.uniform() * (order.length - n));
        const chosen = order[other] as number;
        order[other] = order[n] as number;
        bits[chosen] = 1 - (bits[chosen] as number);
      }
      return bits;
    }),
  );
}
