/** Cuts of a graph: vertices leave one side for the other until a stop; log R = weight of the edges between the sides / temperature. */
import type { ReferenceEnvironment } from "./environment.js";
import { type VertexSetState, vertexMoves } from "./independent-set.js";
import { sum } from "./vectors.js";

export interface MaxCutOptions {
  vertices: number;
  edges: { a: number; b: number; weight: number }[];
  temperature: number;
}

/** Action v moves vertex v, and action `vertices` stops. */
export function maxCut({ vertices, edges, temperature }: MaxCutOptions): ReferenceEnvironment<VertexSetState> {
  return {
    name: `cuts of ${vertices} vertices`,
    actions: vertices + 1,
    stop: vertices,
    features: vertices,
    horizon: vertices + 1,
    initial: () => ({ members: Array<boolean>(vertices).fill(false), stopped: false }),
    isTerminal: ({ stopped }) => stopped,
    allowed: ({ members, stopped }) => [...members.map((member) => !member && !stopped), !stopped],
    ...vertexMoves(vertices),
    featuresOf: ({ members }) => members.map(Number),
    logReward: ({ members }) => sum(edges.map(({ a, b, weight }) => (members[a] === members[b] ? 0 : weight))) / temperature,
  };
}
