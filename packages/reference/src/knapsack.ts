/** The 0-1 knapsack: sets of items with a largest weight and a largest number; log R = value / temperature. */
import type { ReferenceEnvironment } from "./environment.js";
import { type VertexSetState, vertexMoves } from "./independent-set.js";
import { sum } from "./vectors.js";

export interface KnapsackOptions {
  weights: number[];
  values: number[];
  capacity: number;
  most: number;
  temperature: number;
}

/** Action d adds item d, and the last action stops. */
export function knapsack({ weights, values, capacity, most, temperature }: KnapsackOptions): ReferenceEnvironment<VertexSetState> {
  const items = weights.length;
  const total = ({ members }: VertexSetState, of: number[]): number => sum(of.filter((_, i) => members[i]));
  /** Sums of decimal weights may be off in the last digit. */
  const fits = (state: VertexSetState, item: number): boolean =>
    total(state, weights) + weights[item]! <= capacity + 1e-9 && state.members.filter(Boolean).length < most;
  const lightest = [...weights].sort((a, b) => a - b).slice(0, most);
  const mostThatFit = lightest.filter((_, n) => sum(lightest.slice(0, n + 1)) <= capacity + 1e-9).length;
  return {
    name: `knapsack of ${items} items`,
    actions: items + 1,
    stop: items,
    features: items,
    horizon: mostThatFit + 1,
    initial: () => ({ members: Array<boolean>(items).fill(false), stopped: false }),
    isTerminal: ({ stopped }) => stopped,
    allowed: (state) => [...state.members.map((member, i) => !member && !state.stopped && fits(state, i)), !state.stopped],
    ...vertexMoves(items),
    featuresOf: ({ members }) => members.map(Number),
    logReward: (state) => total(state, values) / temperature,
  };
}
