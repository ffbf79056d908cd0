/**
 * The sets of at most `most` parents of a node, with the same numbering for every node: smaller sets first, and sets of one size by the
 * combinatorial number system. With the other nodes at positions 0 … d − 2 (nodes after this one move up by one), the set p₁ < p₂ < … < p_k
 * has the number Σ_{i<k} C(d − 1, i) + Σ_i C(p_i, i).
 */
export class ParentSets {
  readonly variables: number;
  readonly most: number;
  /** Number of sets. */
  readonly count: number;
  /** [n][k]: C(n, k) for n < d and k ≤ most. */
  readonly binomials: readonly Float64Array[];
  /** [k]: number of the first set of size k. */
  readonly starts: Float64Array;

  constructor(variables: number, most: number) {
    this.variables = variables;
    this.most = most;
    const binomials = Array.from({ length: variables }, () => new Float64Array(most + 1));
    for (const [n, row] of binomials.entries()) {
      row[0] = 1;
      for (let k = 1; k <= most && n > 0; k++) row[k] = (binomials[n - 1]?.[k] as number) + (binomials[n - 1]?.[k - 1] as number);
    }
    this.binomials = binomials;
    this.starts = new Float64Array(most + 1);
    const bySize = binomials[variables - 1] as Float64Array;
    for (let k = 1; k <= most; k++) this.starts[k] = (this.starts[k - 1] as number) + (bySize[k - 1] as number);
    this.count = (this.starts[most] as number) + (bySize[most] as number);
  }

  /** The number of a set of parents in ascending order. */
  numberOf(child: number, parents: readonly number[]): number {
    return parents.reduce((sum, parent, i) => {
      const position = parent - (parent > child ? 1 : 0);
      return sum + (this.binomials[position]?.[i + 1] as number);
    }, this.starts[parents.length] as number);
  }

  /** All sets of at most `most` nodes, each in ascending order; a set is valid until the next one. */
  *all(): Generator<readonly number[]> {
    const set: number[] = [];
    yield set;
    for (;;) {
      const next = (set.at(-1) ?? -1) + 1;
      if (set.length < this.most && next < this.variables) set.push(next);
      else {
        while (set.length > 0 && set.at(-1) === this.variables - 1) set.pop();
        if (set.length === 0) return;
        set.push((set.pop() as number) + 1);
      }
      yield set;
    }
  }
}
