/**
 * Directed acyclic graphs (method.md section 4): from the empty graph add edges that close no cycle, or stop.
 * log R(G) = sum over nodes of a local score of the node given its parents.
 */
import type { ReferenceEnvironment } from "./environment.js";
import { sum } from "./vectors.js";

export interface DagState {
  /** adjacency[i][j]: there is an edge i -> j. */
  adjacency: boolean[][];
  stopped: boolean;
}

/** The score of a node given its parents, which are in increasing order. */
export type LocalScore = (node: number, parents: number[]) => number;

/** Depth first, with the path walked so far: a node met again on its own path closes a cycle. */
export function hasCycle(adjacency: boolean[][]): boolean {
  const done = new Set<number>();
  const visit = (node: number, path: number[]): boolean => {
    if (path.includes(node)) return true;
    if (done.has(node)) return false;
    const found = adjacency[node]!.some((edge, child) => edge && visit(child, [...path, node]));
    done.add(node);
    return found;
  };
  return adjacency.some((_, node) => visit(node, []));
}

export function edgesOf(adjacency: boolean[][]): [number, number][] {
  return adjacency.flatMap((row, i) => row.flatMap((edge, j) => (edge ? [[i, j] as [number, number]] : [])));
}

/** Robinson's recurrence (1973): the number of labelled DAGs on n nodes. */
export function countDags(n: number): number {
  const choose = (total: number, k: number): number => (k === 0 ? 1 : (choose(total - 1, k - 1) * total) / k);
  if (n === 0) return 1;
  const terms = Array.from({ length: n }, (_, i) => i + 1);
  return sum(terms.map((k) => (-1) ** (k + 1) * choose(n, k) * 2 ** (k * (n - k)) * countDags(n - k)));
}

/** Action i * n + j adds i -> j; action n * n stops; the backward policy removes any edge. */
export function dags({
  nodes,
  mostParents = nodes - 1,
  score,
}: {
  nodes: number;
  mostParents?: number;
  score: LocalScore;
}): ReferenceEnvironment<DagState> {
  const stop = nodes * nodes;
  const changed = ({ adjacency }: DagState, action: number, edge: boolean): DagState => ({
    adjacency: adjacency.map((row, i) => row.map((present, j) => (i * nodes + j === action ? edge : present))),
    stopped: false,
  });
  const numbers = Array.from({ length: nodes }, (_, node) => node);
  return {
    name: `DAGs on ${nodes} nodes`,
    actions: nodes * nodes + 1,
    stop: nodes * nodes,
    features: nodes * nodes,
    horizon: sum(numbers.map((before) => Math.min(before, mostParents))) + 1,
    initial: () => ({ adjacency: numbers.map(() => numbers.map(() => false)), stopped: false }),
    isTerminal: (state) => state.stopped,
    allowed: (state) => [
      ...state.adjacency.flatMap((row, i) =>
        row.map((present, j) => {
          const parents = state.adjacency.filter((other) => other[j]).length;
          return !state.stopped && !present && parents < mostParents && !hasCycle(changed(state, i * nodes + j, true).adjacency);
        }),
      ),
      !state.stopped,
    ],
    apply: (state, action) => (action === stop ? { ...state, stopped: true } : changed(state, action, true)),
    parents: (state) => {
      if (state.stopped) return [{ state: { ...state, stopped: false }, action: stop }];
      return edgesOf(state.adjacency).map(([i, j]) => ({ state: changed(state, i * nodes + j, false), action: i * nodes + j }));
    },
    featuresOf: (state) => state.adjacency.flatMap((row) => row.map(Number)),
    logReward: (state) =>
      sum(
        numbers.map((node) =>
          score(
            node,
            numbers.filter((i) => state.adjacency[i]![node]),
          ),
        ),
      ),
    key: (state) => edgesOf(state.adjacency).join(" ") + (state.stopped ? " stopped" : ""),
  };
}
