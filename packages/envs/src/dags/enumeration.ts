/** Largest number of variables with enumerated DAGs: 29,281 DAGs. The 3,781,503 DAGs on 6 are too many states for exact evaluation. */
export const MOST_ENUMERATED_VARIABLES = 5;

const listed = new Map<number, Uint32Array>();

/**
 * Children of each node, as bits, of the graph with this number. The number consists of the bits of the adjacency matrix without its
 * diagonal, `variables` − 1 per node (`graph_number` in `shaders/envs/dags.wgsl`).
 */
export function childrenOf(number: number, variables: number): number[] {
  const row = 2 ** (variables - 1) - 1;
  return Array.from({ length: variables }, (_, node) => withDiagonal((number >>> (node * (variables - 1))) & row, node));
}

/** Inserts a 0 for the node's own bit into a row without diagonal. */
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

/** Numbers of all DAGs on up to 5 nodes, in increasing order. */
export function dagNumbers(variables: number): Uint32Array {
  let numbers = listed.get(variables);
  if (numbers === undefined) {
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
        if (isAcyclic(children)) extend(node - 1, number + bits * 2 ** (node * (variables - 1)));
      }
      children[node] = 0;
    };
    extend(variables - 1, 0);
    numbers = Uint32Array.from(found);
    listed.set(variables, numbers);
  }
  return numbers;
}

/** The descendants of each node, as bits, by Warshall's algorithm. */
export function descendantsOf(children: readonly number[]): number[] {
  const closed = [...children];
  for (let through = 0; through < closed.length; through++) {
    for (let node = 0; node < closed.length; node++) {
      if ((((closed[node] as number) >>> through) & 1) === 1) closed[node] = (closed[node] as number) | (closed[through] as number);
    }
  }
  return closed;
}
