import type { SitePatterns } from "./site-patterns.js";

/**
 * A plausible tree, relative to which log R is measured: UPGMA (Sokal and Michener 1958) joins the two closest trees until one is left. Their
 * distance is the mean share of sites that differ between their leaves.
 *
 * @returns its joins, as slot and leaf in turn, in the format of `joinsOf`.
 */
export function referenceTree({ bases, weights }: SitePatterns): Uint8Array {
  const taxa = bases[0]?.length ?? 0;
  const distances = Array.from({ length: taxa }, () => new Array<number>(taxa).fill(0));
  for (let i = 0; i < taxa; i++) {
    for (let j = 0; j < i; j++) setDistance(distances, i, j, differences(bases, weights, i, j));
  }
  const sizes = new Array<number>(taxa).fill(1);
  const slots = Array.from({ length: taxa }, (_, leaf) => leaf);
  const joins: number[] = [];
  while (slots.length > 1) {
    const [into, leaf] = closest(slots, distances);
    const [size, other] = [sizes[into] as number, sizes[leaf] as number];
    slots.splice(slots.indexOf(leaf), 1);
    for (const k of slots) {
      const mean = (size * (distances[into]?.[k] as number) + other * (distances[leaf]?.[k] as number)) / (size + other);
      setDistance(distances, into, k, mean);
    }
    sizes[into] = size + other;
    joins.push(into, leaf);
  }
  return Uint8Array.from(joins);
}

function setDistance(distances: readonly number[][], i: number, j: number, distance: number): void {
  (distances[i] as number[])[j] = distance;
  (distances[j] as number[])[i] = distance;
}

/** Number of sites at which two leaves have no base in common. */
function differences(bases: readonly Uint8Array[], weights: readonly number[], i: number, j: number): number {
  return bases.reduce((sum, column, p) => sum + (((column[i] as number) & (column[j] as number)) === 0 ? (weights[p] as number) : 0), 0);
}

/** The two closest slots, the smaller one first. */
function closest(slots: readonly number[], distances: readonly (readonly number[])[]): [into: number, leaf: number] {
  let best: [number, number] = [slots[0] as number, slots[1] as number];
  for (const [n, j] of slots.entries()) {
    for (const i of slots.slice(0, n)) {
      if ((distances[i]?.[j] as number) < (distances[best[0]]?.[best[1]] as number)) best = [i, j];
    }
  }
  return best;
}
