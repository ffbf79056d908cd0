/** Independent sets of a graph: vertices without an edge between them; log R = size / temperature. */
import type { ReferenceEnvironment } from "./environment.js";

/**
 * A state: whether each vertex is in the set, and whether the stop action was taken; `stopped` is always false if trajectories end by
 * themselves.
 */
export interface VertexSetState {
  members: boolean[];
  stopped: boolean;
}

export interface IndependentSetOptions {
  vertices: number;
  edges: (readonly [number, number])[];
  /** Whether a trajectory ends when no vertex can join; otherwise it ends with a stop action at any time. */
  maximal: boolean;
  /** Size of the largest independent set, or a bound. */
  largest: number;
  temperature: number;
}

/** Action v adds vertex v, and action `vertices` stops. */
export function independentSet(options: IndependentSetOptions): ReferenceEnvironment<VertexSetState> {
  const { vertices, edges, maximal, largest, temperature } = options;
  const isNextToMember = ({ members }: VertexSetState, vertex: number): boolean =>
    edges.some(([a, b]) => (a === vertex && members[b]) || (b === vertex && members[a]));
  const isFree = (state: VertexSetState, vertex: number): boolean => !state.members[vertex] && !isNextToMember(state, vertex);
  const numbers = Array.from({ length: vertices }, (_, vertex) => vertex);
  const isTerminal = (state: VertexSetState): boolean => (maximal ? numbers.every((vertex) => !isFree(state, vertex)) : state.stopped);
  return {
    name: `independent sets of ${vertices} vertices`,
    actions: maximal ? vertices : vertices + 1,
    ...(!maximal && { stop: vertices }),
    features: 2 * vertices,
    horizon: maximal ? largest : largest + 1,
    initial: () => ({ members: numbers.map(() => false), stopped: false }),
    isTerminal,
    allowed: (state) => {
      const free = numbers.map((vertex) => !isTerminal(state) && isFree(state, vertex));
      return maximal ? free : [...free, !state.stopped];
    },
    ...vertexMoves(vertices),
    featuresOf: (state) => [...state.members.map(Number), ...numbers.map((vertex) => Number(isNextToMember(state, vertex)))],
    logReward: ({ members }) => members.filter(Boolean).length / temperature,
  };
}

/** The moves of environments that add one of `size` things at a time, and stop with the action `size`. */
export function vertexMoves(size: number): Pick<ReferenceEnvironment<VertexSetState>, "apply" | "parents" | "key"> {
  const withMember = ({ members }: VertexSetState, changed: number, member: boolean): VertexSetState => ({
    members: members.map((own, i) => (i === changed ? member : own)),
    stopped: false,
  });
  return {
    apply: (state, action) => (action === size ? { ...state, stopped: true } : withMember(state, action, true)),
    parents: (state) =>
      state.stopped
        ? [{ state: { ...state, stopped: false }, action: size }]
        : state.members.flatMap((member, i) => (member ? [{ state: withMember(state, i, false), action: i }] : [])),
    key: ({ members, stopped }) => `${members.map(Number).join("")}${stopped ? "." : ""}`,
  };
}
