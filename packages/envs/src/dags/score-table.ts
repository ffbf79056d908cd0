import { largestOf } from "@webgfn/tensor/internal";
import type { LocalScore } from "./local-score.js";
import { ParentSets } from "./parent-sets.js";
import { MOST_EXACT_VARIABLES } from "./posterior.js";
import type { StructurePrior } from "./structure-prior.js";

/** The local scores of all nodes and sets of parents. */
export interface ScoreTable {
  readonly sets: ParentSets;
  /** [child][number of the set]: log w(child, parents) minus a constant for each child. */
  readonly relative: readonly Float64Array[];
  /**
   * The sum of these constants: the score of a graph is log R + offset. With up to 12 variables it is the score of the best graph, else the
   * sum of the best local scores. So log R is at most 0, and float32 resolves the differences between likely graphs.
   */
  readonly offset: number;
  /** The score of the graph without edges. */
  readonly emptyGraph: number;
}

/** Tabulates a score, with a prior over graphs, for at most `most` parents of each node. */
export function scoreTable(score: LocalScore, variables: number, most: number, prior: StructurePrior): ScoreTable {
  const sets = new ParentSets(variables, most);
  const scores = Array.from({ length: variables }, () => new Float64Array(sets.count));
  for (const parents of sets.all()) {
    const local = score.given(parents);
    const ofPrior = prior(parents.length);
    for (let child = 0, next = 0; child < variables; child++) {
      if (child === parents[next]) next++;
      else (scores[child] as Float64Array)[sets.numberOf(child, parents)] = local(child) + ofPrior;
    }
  }
  const emptyGraph = scores.reduce((sum, own) => sum + (own[0] as number), 0);
  const constants = variables <= MOST_EXACT_VARIABLES ? scoresOfBestGraph(scoresByBits(sets, scores)) : scores.map((own) => largestOf(own));
  return {
    sets,
    relative: scores.map((own, child) => own.map((value) => value - (constants[child] as number))),
    offset: constants.reduce((sum, value) => sum + value, 0),
    emptyGraph,
  };
}

/** The same scores as [child][parents as bits]; −∞ for sets that are too large or contain the child. */
export function scoresByBits(sets: ParentSets, scores: readonly Float64Array[]): Float64Array[] {
  const byBits = scores.map(() => new Float64Array(2 ** sets.variables).fill(Number.NEGATIVE_INFINITY));
  for (const parents of sets.all()) {
    const bits = parents.reduce((sum, parent) => sum | (1 << parent), 0);
    for (const [child, own] of scores.entries()) {
      if (((bits >>> child) & 1) === 0) (byBits[child] as Float64Array)[bits] = own[sets.numberOf(child, parents)] as number;
    }
  }
  return byBits;
}

/**
 * The local scores of the best graph, by dynamic programming over sets of variables (Silander and Myllymäki, UAI 2006): a graph on a set has a
 * node without children, whose parents are the best set among the others.
 *
 * @param scores [child][parents as bits]: local scores, −∞ for sets that are not allowed.
 */
function scoresOfBestGraph(scores: readonly Float64Array[]): number[] {
  const sets = 2 ** scores.length;
  // [child][set]: the best score of a set of parents within the set.
  const bestWithin = scores.map((own, child) => {
    const best = own.slice();
    for (let set = 1; set < sets; set++) {
      if ((set >>> child) & 1) continue;
      for (let rest = set; rest !== 0; rest &= rest - 1) {
        const smaller = best[set & ~(rest & -rest)] as number;
        if (smaller > (best[set] as number)) best[set] = smaller;
      }
    }
    return best;
  });
  const total = new Float64Array(sets).fill(Number.NEGATIVE_INFINITY);
  const last = new Uint8Array(sets);
  total[0] = 0;
  for (let set = 1; set < sets; set++) {
    for (const [child, best] of bestWithin.entries()) {
      if (((set >>> child) & 1) === 0) continue;
      const others = set & ~(1 << child);
      const value = (total[others] as number) + (best[others] as number);
      if (value > (total[set] as number)) {
        total[set] = value;
        last[set] = child;
      }
    }
  }
  const atBest = new Array<number>(scores.length).fill(0);
  for (let set = sets - 1; set !== 0; ) {
    const child = last[set] as number;
    set &= ~(1 << child);
    atBest[child] = bestWithin[child]?.[set] as number;
  }
  return atBest;
}
