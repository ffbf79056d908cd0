/**
 * The states of an environment and the steps between them, as plain data that a worker can send. States are in an order in which every state
 * comes after all of its parents; the initial one is first. Edges are in the order of the states that they start from.
 */
export interface StateGraph {
  /** The name of each state, such as `{0, 3}`. An object made by a stop action has the name of the state before it. */
  readonly names: readonly string[];
  /** Number of actions that lead to each state. */
  readonly levels: ArrayLike<number>;
  /** Number of states that lead to each state in one step; p_B is uniform over them. */
  readonly parents: ArrayLike<number>;
  /** log R of each object; NaN for a state that is not an object. */
  readonly logReward: ArrayLike<number>;
  /** The state that each edge starts from. */
  readonly from: ArrayLike<number>;
  /** The state that each edge leads to. */
  readonly to: ArrayLike<number>;
  /** The cell of each state, [column, row] from the bottom left, if the environment is a grid. */
  readonly cells?: readonly (readonly [column: number, row: number])[];
}

/** A state of {@link exploreStates}. */
interface Described {
  name: string;
  /** log R of an object; left out for other states. */
  logReward?: number;
  cell?: readonly [column: number, row: number];
}

/**
 * Lists the states that can be reached, by breadth-first search. All paths to a state must have the same length.
 *
 * @param key returns a text that is different for different states.
 * @param children returns the states that a state's actions lead to; none for an object.
 */
export function exploreStates<S>(
  initial: S,
  key: (state: S) => string,
  children: (state: S) => readonly S[],
  describe: (state: S) => Described,
): StateGraph {
  const states = [initial];
  const places = new Map([[key(initial), 0]]);
  const levels = [0];
  const parents = [0];
  const from: number[] = [];
  const to: number[] = [];
  // The loop appends to the list that it iterates over.
  for (const [u, state] of states.entries()) {
    for (const child of children(state)) {
      const name = key(child);
      let v = places.get(name);
      if (v === undefined) {
        v = states.push(child) - 1;
        places.set(name, v);
        levels.push((levels[u] as number) + 1);
        parents.push(0);
      }
      parents[v] = (parents[v] as number) + 1;
      from.push(u);
      to.push(v);
    }
  }
  const described = states.map(describe);
  const cells = described.flatMap(({ cell }) => (cell === undefined ? [] : [cell]));
  return {
    names: described.map(({ name }) => name),
    levels,
    parents,
    logReward: described.map(({ logReward = Number.NaN }) => logReward),
    from,
    to,
    ...(cells.length === states.length && { cells }),
  };
}

/** Whether the edge is a stop action: its object has the same name as the state before. */
export function isStop({ names, from, to }: StateGraph, edge: number): boolean {
  return names[from[edge] as number] === names[to[edge] as number];
}

/** The edges that start from each state. */
export function edgesFrom({ names, from }: StateGraph): number[][] {
  const edges: number[][] = names.map(() => []);
  Array.from(from).forEach((u, edge) => {
    (edges[u] as number[]).push(edge);
  });
  return edges;
}
