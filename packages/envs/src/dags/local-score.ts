/**
 * A score of graphs that is a sum over the nodes, log w(G) = Σ_v log w(v, Pa_v). `given` prepares a set of parents, in ascending order; the
 * function that it returns gives log w(child, parents) for any child that is not among them.
 */
export interface LocalScore {
  given(parents: readonly number[]): (child: number) => number;
}

/** Samples of numbers or of levels, and where one variable of a sample was set by an experiment instead of its parents. */
export interface Samples {
  readonly names: readonly string[];
  /** [sample][variable]: numbers, or numbers of levels. */
  readonly rows: readonly Float64Array[];
  /** [variable]: the names of its levels, if the values are levels. */
  readonly levels?: readonly (readonly string[])[];
  /** [sample]: the variable that was intervened on, or −1. A variable's local score leaves such samples out. */
  readonly interventions?: Int32Array;
}

/**
 * What the samples say of each variable given its parents, from those in which nobody set it: by variable, and the same for all where there were no
 * interventions.
 */
export function ofObserved<T>({ names, rows, interventions }: Samples, make: (rows: readonly Float64Array[]) => T): (child: number) => T {
  if (interventions === undefined) {
    const ofAll = make(rows);
    return () => ofAll;
  }
  const byChild = names.map((_, child) => make(rows.filter((__, n) => interventions[n] !== child)));
  return (child) => byChild[child] as T;
}
