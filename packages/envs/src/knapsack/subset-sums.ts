import type { RandomStream } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import { setBit } from "../bit-set.js";
import { chosenOfMany } from "../choosing.js";

/** A knapsack in whole units of weight. */
export interface Packing {
  readonly weights: readonly number[];
  readonly values: readonly number[];
  /** [item]: its contribution to log R. */
  readonly gains: Float32Array;
  readonly capacity: number;
  /** Most items of a set. */
  readonly most: number;
}

/** Totals over all sets of items that fit. */
export interface PackingTotals {
  readonly logZ: number;
  /** Number of sets that fit. */
  readonly count: number;
  /** The largest value of a set that fits. */
  readonly best: number;
  /** Draws a set from R/Z, as the bits of its items. */
  draw(random: RandomStream): Uint32Array;
}

/** Most entries of all tables together: 64 MiB. */
export const MOST_ENTRIES = 2 ** 22;

/**
 * The possible sums of sets of the first items, in ascending order. A sum is the weight, or, if the number of items is limited, weight ·
 * (most + 1) + number of items.
 */
interface Sums {
  readonly keys: Float64Array;
  /** log Σ R over the sets with this sum. */
  readonly logMasses: Float64Array;
}

/**
 * Adds up the rewards of all sets that fit, item by item, by dynamic programming over the sums that occur: at most capacity + 1 of them for
 * each number of items, and at most as many as there are sets. Undefined if the tables have more than 2^22 entries.
 */
export function packingTotals({ weights, values, gains, capacity, most }: Packing): PackingTotals | undefined {
  const items = weights.length;
  const width = most < items ? most + 1 : 1;
  const steps = weights.map((weight) => weight * width + (width > 1 ? 1 : 0));
  const fits = (key: number, item: number): boolean =>
    Math.floor(key / width) + (weights[item] as number) <= capacity && (width === 1 || key % width < most);
  const tables: Sums[] = [{ keys: Float64Array.of(0), logMasses: Float64Array.of(0) }];
  let counts = Float64Array.of(1);
  let bests = Float64Array.of(0);
  let entries = 1;
  for (let item = 0; item < items; item++) {
    const { keys, logMasses } = tables[item] as Sums;
    const [step, gain, value] = [steps[item] as number, gains[item] as number, values[item] as number];
    // The sums to which the item can be added, and the merged list of sums without and with it.
    const joinable = Uint32Array.from(keys.keys()).filter((n) => fits(keys[n] as number, item));
    const size = keys.length + joinable.length;
    const next = { keys: new Float64Array(size), logMasses: new Float64Array(size) };
    const nextCounts = new Float64Array(size);
    const nextBests = new Float64Array(size);
    let at = 0;
    for (let without = 0, n = 0; without < keys.length || n < joinable.length; at++) {
      const source = joinable[n] ?? keys.length;
      const withItem = (keys[source] ?? Number.POSITIVE_INFINITY) + step;
      const key = Math.min(keys[without] ?? Number.POSITIVE_INFINITY, withItem);
      next.keys[at] = key;
      next.logMasses[at] = Number.NEGATIVE_INFINITY;
      nextBests[at] = Number.NEGATIVE_INFINITY;
      if (keys[without] === key) {
        next.logMasses[at] = logMasses[without] as number;
        nextCounts[at] = counts[without] as number;
        nextBests[at] = bests[without] as number;
        without++;
      }
      if (withItem === key) {
        next.logMasses[at] = logAddExp(next.logMasses[at] as number, (logMasses[source] as number) + gain);
        nextCounts[at] = (nextCounts[at] as number) + (counts[source] as number);
        nextBests[at] = Math.max(nextBests[at] as number, (bests[source] as number) + value);
        n++;
      }
    }
    tables.push({ keys: next.keys.slice(0, at), logMasses: next.logMasses.slice(0, at) });
    counts = nextCounts.slice(0, at);
    bests = nextBests.slice(0, at);
    entries += at;
    if (entries > MOST_ENTRIES) return undefined;
  }
  const last = tables[items] as Sums;
  const highest = largestOf(last.logMasses);
  let total = 0;
  const ends = last.logMasses.map((mass) => {
    total += Math.exp(mass - highest);
    return total;
  });
  return {
    logZ: highest + Math.log(total),
    count: counts.reduce((sum, count) => sum + count, 0),
    best: largestOf(bests),
    draw(random) {
      const set = new Uint32Array(Math.ceil(items / 32));
      let at = chosenOfMany(ends, random.uniform() * total);
      for (let item = items - 1; item >= 0; item--) {
        const { keys, logMasses } = tables[item + 1] as Sums;
        const before = tables[item] as Sums;
        const [key, uniform] = [keys[at] as number, random.uniform()];
        const source = indexOf(before.keys, key - (steps[item] as number));
        // The share of sets with the item among the sets with this sum.
        const isIn =
          source >= 0 &&
          fits(before.keys[source] as number, item) &&
          Math.log(uniform) < (before.logMasses[source] as number) + (gains[item] as number) - (logMasses[at] as number);
        const without = isIn ? -1 : indexOf(before.keys, key);
        if (without < 0) setBit(set, item);
        at = without < 0 ? source : without;
      }
      return set;
    },
  };
}

/** The index of a number in an ascending list, or −1. */
function indexOf(ascending: Float64Array, value: number): number {
  let low = 0;
  for (let high = ascending.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value ? low : -1;
}

function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
