/** A decomposable score of a DAG: Σ_j local(j, parents of j). */
export interface LocalScores {
  /** The score of the graph without edges, Σ_j local(j, ∅). */
  emptyGraph: number;
  /** local(child, parents) − local(child, ∅). Bit i of `parents` says whether node i is a parent; the child's own bit is 0. */
  gain(child: number, parents: number): number;
}

/**
 * A table [child][2^variables] of gains over no parents. Entries that name the child as its own parent are 0 and never
 * read.
 *
 * Gains keep float32's digits for what graphs differ in: the score itself is in the thousands.
 */
export function scoreTable(scores: LocalScores, variables: number): Float32Array {
  const table = new Float32Array(variables * 2 ** variables);
  for (let child = 0; child < variables; child++) {
    for (let parents = 0; parents < 2 ** variables; parents++) {
      if (((parents >>> child) & 1) === 0) table[child * 2 ** variables + parents] = scores.gain(child, parents);
    }
  }
  return table;
}
