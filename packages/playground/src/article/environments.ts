import { exploreStates, type StateGraph } from "../flow/state-graph.js";

interface GridState {
  x: number;
  y: number;
  stopped: boolean;
}

/** A square grid: from the bottom left go right, go up or stop. */
export function gridGraph(side: number, reward: (x: number, y: number) => number): StateGraph {
  return exploreStates<GridState>(
    { x: 0, y: 0, stopped: false },
    ({ x, y, stopped }) => `${x},${y},${stopped}`,
    ({ x, y, stopped }) => {
      if (stopped) return [];
      const right = x < side - 1 ? [{ x: x + 1, y, stopped }] : [];
      const up = y < side - 1 ? [{ x, y: y + 1, stopped }] : [];
      return [...right, ...up, { x, y, stopped: true }];
    },
    ({ x, y, stopped }) => ({ name: `(${x}, ${y})`, cell: [x, y], ...(stopped && { logReward: Math.log(reward(x, y)) }) }),
  );
}

/** Sets of `size` of the items, item by item. */
export function setGraph(items: string, size: number, reward: (members: string) => number): StateGraph {
  return exploreStates<string>(
    "",
    (members) => members,
    (members) => {
      if (members.length === size) return [];
      return [...items].filter((item) => !members.includes(item)).map((item) => [...members, item].sort().join(""));
    },
    (members) => ({ name: `{${[...members].join(", ")}}`, ...(members.length === size && { logReward: Math.log(reward(members)) }) }),
  );
}

/** Every path from the initial state to an object, as edges. */
export function allPaths({ to }: StateGraph, edges: readonly (readonly number[])[]): number[][] {
  const onward = (state: number): number[][] => {
    const choices = edges[state] as readonly number[];
    if (choices.length === 0) return [[]];
    return choices.flatMap((edge) => onward(to[edge] as number).map((rest) => [edge, ...rest]));
  };
  return onward(0);
}

/** R/Z of each cell of a grid, [row from the bottom · side + column]. */
export function targetCells({ cells, logReward }: StateGraph, side: number, target: ArrayLike<number>): Float64Array {
  const values = new Float64Array(side * side);
  Array.from(logReward).forEach((value, state) => {
    const [x, y] = cells?.[state] ?? [0, 0];
    if (!Number.isNaN(value)) values[y * side + x] = target[state] as number;
  });
  return values;
}
