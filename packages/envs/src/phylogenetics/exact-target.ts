import { RandomStream } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import { chosenOfMany } from "../choosing.js";
import { cladeShares, cladesOfState, type SupportedClade } from "./clades.js";
import { treeAt } from "./forests.js";

export interface ExactTarget {
  /** log Σ_x R(x) over all trees. */
  logZ: number;
  /** The largest log R. */
  highest: number;
  /** Σ of R/Z over the trees up to and with this number. */
  cumulative: Float64Array;
}

/** The target from log R of every tree, by number. */
export function exactTarget(logRewards: Float64Array): ExactTarget {
  const cumulative = logRewards.slice();
  const highest = largestOf(cumulative);
  let total = 0;
  cumulative.forEach((value, number) => {
    total += Math.exp(value - highest);
    cumulative[number] = total;
  });
  return { logZ: highest + Math.log(total), highest, cumulative: cumulative.map((value) => value / total) };
}

/** Trees drawn from R/Z by inverting the cumulative distribution. */
export function sampleTrees(count: number, seed: number, taxa: number, { cumulative }: ExactTarget): Uint32Array {
  const random = new RandomStream(seed, 0x74726565);
  const states = new Uint32Array(count * (taxa + 1));
  for (let n = 0; n < count; n++) {
    states.set(treeAt(chosenOfMany(cumulative, random.uniform()), taxa), n * (taxa + 1));
  }
  return states;
}

/** The probability of each clade under R/Z, the most probable ones first. */
export function exactClades(taxa: number, { cumulative }: ExactTarget): SupportedClade[] {
  return cladeShares(weighted(taxa, cumulative));
}

function* weighted(taxa: number, cumulative: Float64Array): Generator<{ clades: ReturnType<typeof cladesOfState>; weight: number }> {
  for (let number = 0; number < cumulative.length; number++) {
    const weight = (cumulative[number] as number) - (number === 0 ? 0 : (cumulative[number - 1] as number));
    yield { clades: cladesOfState(treeAt(number, taxa)), weight };
  }
}
