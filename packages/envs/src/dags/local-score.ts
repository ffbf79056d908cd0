/**
 * A score of graphs that is a sum over the nodes, log w(G) = Σ_v log w(v, Pa_v). `given` prepares a set of parents, in ascending order. The
 * function that it returns computes log w(child, parents) for any child outside this set.
 */
export interface LocalScore {
  given(parents: readonly number[]): (child: number) => number;
}

/** Samples of numbers or of levels. In some samples an experiment may have set one variable (an intervention). */
export interface Samples {
  readonly names: readonly string[];
  /** [sample][variable]: numbers, or numbers of levels. */
  readonly rows: readonly Float64Array[];
  /** [variable]: the names of its levels, if the values are levels. */
  readonly levels?: readonly (readonly string[])[];
  /** [sample]: the variable that was intervened on, or −1. A variable's local score leaves such samples out. */
  readonly interventions?: Int32Array;
}

/** Applies `make`, for each variable, to the samples without an intervention on it. Without interventions, all variables share one result. */
export function ofObserved<T>({ names, rows, interventions }: Samples, make: (rows: readonly Float64Array[]) => T): (child: number) => T {
  if (interventions === undefined) {
    const ofAll = make(rows);
    return () => ofAll;
  }
  const byChild = names.map((_, child) => make(rows.filter((__, n) => interventions[n] !== child)));
  return (child) => byChild[child] as T;
}
