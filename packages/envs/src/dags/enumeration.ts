/** Largest number of variables with enumerated DAGs: 29,281 DAGs. The 3,781,503 DAGs on 6 are too many states for exact evaluation. */
export const MOST_ENUMERATED_VARIABLES = 5;

/** Inserts a 0 for the node's own bit into a row of an adjacency matrix without diagonal. */
function withDiagonal(bits: number, node: number): number {
  const below = 2 ** node - 1;
  return (bits & below) | ((bits & ~below) << 1);
}

/** Repeatedly removes nodes whose children were all removed. The graph is acyclic if no node is left. */
function isAcyclic(children: readonly number[]): boolean {
  let left = 2 ** children.length - 1;
  for (let before = 0; before !== left; ) {
    before = left;
    for (let node = 0; node < children.length; node++) if (((children[node] as number) & left) === 0) left &= ~(1 << node);
  }
  return left === 0;
}

/** Whether no node has more than `most` parents. */
function hasFewParents(children: readonly number[], most: number): boolean {
  return children.every((_, child) => children.reduce((sum, bits) => sum + ((bits >>> child) & 1), 0) <= most);
}

/**
 * Numbers of all DAGs on up to 5 nodes with at most `mostParents` parents of each, in increasing order. The number consists of the bits of the
 * adjacency matrix without its diagonal, `variables` − 1 per node (`graph_number` in `shaders/envs/dags.wgsl`).
 */
export function dagNumbers(variables: number, mostParents: number): Uint32Array {
  const found: number[] = [];
  const children = new Array<number>(variables).fill(0);
  // Rows go from the last node, with the highest bits, to the first. Skip a partial graph as soon as it has a cycle.
  const extend = (node: number, number: number): void => {
    if (node < 0) {
      found.push(number);
      return;
    }
    for (let bits = 0; bits < 2 ** (variables - 1); bits++) {
      children[node] = withDiagonal(bits, node);
      if (isAcyclic(children) && hasFewParents(children, mostParents)) extend(node - 1, number + bits * 2 ** (node * (variables - 1)));
    }
    children[node] = 0;
  };
  extend(variables - 1, 0);
  return Uint32Array.from(found);
}
