/** A decomposable score of a DAG: Σ_j local(j, parents of j). */
export interface LocalScores {
  /** The score of the graph without edges, Σ_j local(j, ∅). */
  emptyGraph: number;
  /** local(child, parents) − local(child, ∅). Bit i of `parents` says whether node i is a parent; the child's own bit is 0. */
  gain(child: number, parents: number): number;
}

/** The scores in the environment's data, relative to the best graph. */
export interface ScoreTable {
  /** [child][2^variables]: local(child, parents) minus the child's local score in the best graph; 0 if the child is its own parent. */
  table: Float32Array;
  /** The largest score of a graph: the score of any graph is log R + best. */
  best: number;
}

/**
 * Tabulates the local score of every child and set of parents, minus the child's local score in the best graph. So log R is 0 for the best
 * graph, and the digits of float32 represent the differences between likely graphs. Scores themselves may be in the hundred thousands.
 */
export function scoreTable(scores: LocalScores, variables: number): ScoreTable {
  const sets = 2 ** variables;
  const gains = Array.from({ length: variables }, (_, child) =>
    Float64Array.from({ length: sets }, (_, parents) => ((parents >>> child) & 1 ? Number.NEGATIVE_INFINITY : scores.gain(child, parents))),
  );
  const atBest = bestGraph(gains).map((parents, child) => (gains[child] as Float64Array)[parents] as number);
  const table = new Float32Array(variables * sets);
  for (const [child, own] of gains.entries()) {
    own.forEach((gain, parents) => {
      if (Number.isFinite(gain)) table[child * sets + parents] = gain - (atBest[child] as number);
    });
  }
  return { table, best: scores.emptyGraph + atBest.reduce((sum, gain) => sum + gain, 0) };
}

/**
 * The best graph by dynamic programming over sets of variables (Silander and Myllymäki, UAI 2006): a graph on a set has a node
 * without children, whose parents are the best set among the others.
 *
 * @param gains [child][parents as bits]: local scores, −∞ where they may not be.
 * @returns [child]: its parents as bits.
 */
function bestGraph(gains: readonly Float64Array[]): number[] {
  const sets = 2 ** gains.length;
  // [child][set]: the child's best parents within the set.
  const bestParents = gains.map((own, child) => {
    const best = new Uint32Array(sets);
    for (let set = 1; set < sets; set++) {
      if ((set >>> child) & 1) continue;
      best[set] = set;
      for (let v = 0; v < gains.length; v++) {
        const smaller = (set >>> v) & 1 ? (best[set & ~(1 << v)] as number) : set;
        if ((own[smaller] as number) > (own[best[set] as number] as number)) best[set] = smaller;
      }
    }
    return best;
  });
  const total = new Float64Array(sets).fill(Number.NEGATIVE_INFINITY);
  const last = new Uint8Array(sets);
  total[0] = 0;
  for (let set = 1; set < sets; set++) {
    for (const [child, own] of gains.entries()) {
      if (((set >>> child) & 1) === 0) continue;
      const others = set & ~(1 << child);
      const value = (total[others] as number) + (own[bestParents[child]?.[others] as number] as number);
      if (value > (total[set] as number)) {
        total[set] = value;
        last[set] = child;
      }
    }
  }
  const parents = new Array<number>(gains.length).fill(0);
  for (let set = sets - 1; set !== 0; ) {
    const child = last[set] as number;
    set &= ~(1 << child);
    parents[child] = bestParents[child]?.[set] as number;
  }
  return parents;
}
