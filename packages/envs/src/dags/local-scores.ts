/** A decomposable score of a DAG: Σ_j local(j, parents of j). */
export interface LocalScores {
  /** The score of the graph without edges, Σ_j local(j, ∅). */
  emptyGraph: number;
  /** local(child, parents) − local(child, ∅); `parents` as bits, without the child's. */
  gain(child: number, parents: number): number;
}

/** What the environment's data holds of the scores. */
export interface ScoreTable {
  /** [child][2^variables]: local(child, parents) less the child's best local score, so at most 0. Entries of a child that is its own parent are 0. */
  table: Float32Array;
  /** Σ_j of the best local scores: the table's log R plus this is the score. */
  best: number;
}

/**
 * The local scores of every child and set of parents, each less the child's best one: float32 keeps its digits for what likely
 * graphs differ in, while the score itself may be in the hundred thousands.
 */
export function scoreTable(scores: LocalScores, variables: number): ScoreTable {
  const table = new Float32Array(variables * 2 ** variables);
  let best = scores.emptyGraph;
  for (let child = 0; child < variables; child++) {
    const sets = Array.from({ length: 2 ** variables }, (_, parents) => parents).filter((parents) => ((parents >>> child) & 1) === 0);
    const gains = sets.map((parents) => scores.gain(child, parents));
    const highest = gains.reduce((high, gain) => Math.max(high, gain), Number.NEGATIVE_INFINITY);
    for (const [n, parents] of sets.entries()) table[child * 2 ** variables + parents] = (gains[n] as number) - highest;
    best += highest;
  }
  return { table, best };
}
