import { RandomStream } from "@webgfn/tensor";
import { drawListed, type ListedTarget } from "../listed-target.js";
import { cladeShares, cladesOfState, type SupportedClade } from "./clades.js";
import { treeAt } from "./forests.js";

/** Trees drawn from R/Z, by their numbers. */
export function sampleTrees(count: number, seed: number, taxa: number, target: ListedTarget): Uint32Array {
  return drawListed(target, { count, stateWords: taxa + 1, random: new RandomStream(seed, 0x74726565) }, (number) => treeAt(number, taxa));
}

/** The probability of each clade under R/Z, the most probable ones first. */
export function exactClades(taxa: number, { cumulative }: ListedTarget): SupportedClade[] {
  return cladeShares(weighted(taxa, cumulative));
}

function* weighted(taxa: number, cumulative: Float64Array): Generator<{ clades: ReturnType<typeof cladesOfState>; weight: number }> {
  for (let number = 0; number < cumulative.length; number++) {
    const weight = (cumulative[number] as number) - (number === 0 ? 0 : (cumulative[number - 1] as number));
    yield { clades: cladesOfState(treeAt(number, taxa)), weight };
  }
}
