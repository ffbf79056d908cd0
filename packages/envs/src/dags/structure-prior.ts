/** log of a node's factor in a prior over graphs, by its number of parents, up to a constant. */
export type StructurePrior = (parents: number) => number;

/** Priors over graphs by name. `edges` is the expected number of edges per node, for the priors that have one. */
export const STRUCTURE_PRIORS: Readonly<Record<string, (variables: number, edges: number) => StructurePrior>> = {
  /** All graphs are equally likely. */
  uniform: () => () => 0,
  /** Every edge exists with the same probability, 2·edges/(d − 1), before graphs with cycles are left out. */
  "erdos-renyi": (variables, edges) => {
    const probability = Math.min((2 * edges) / (variables - 1), 1 - 1e-9);
    return (parents) => parents * Math.log(probability / (1 - probability));
  },
  /** All numbers of parents are equally likely, and so are the sets of one size (Friedman and Koller 2003). */
  fair: (variables) => (parents) => -logChoose(variables - 1, parents),
};

function logChoose(n: number, k: number): number {
  let value = 0;
  for (let i = 1; i <= k; i++) value += Math.log((n - k + i) / i);
  return value;
}
