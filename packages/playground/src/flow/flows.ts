import type { StateGraph } from "./state-graph.js";

/** Flows through a state graph, as parts of Z: those of the initial state are 1. */
export interface Flows {
  /** F(s)/Z of each state; of an object, its probability. */
  readonly states: Float64Array;
  /** F(s) p_F(a|s)/Z of each edge. */
  readonly edges: Float64Array;
}

/**
 * The flows of a policy: F(s′) = Σ_{s → s′} F(s) p_F(s′|s), one state after its parents. F(s)/Z is the probability that a trajectory goes
 * through s.
 *
 * @param policy p_F of each edge.
 */
export function flowsOf({ names, from, to }: StateGraph, policy: ArrayLike<number>): Flows {
  const states = new Float64Array(names.length);
  const edges = new Float64Array(from.length);
  states[0] = 1;
  for (let e = 0; e < edges.length; e++) {
    const flow = (states[from[e] as number] as number) * (policy[e] as number);
    edges[e] = flow;
    const v = to[e] as number;
    states[v] = (states[v] as number) + flow;
  }
  return { states, edges };
}

/** log Z = log Σ_x R(x). */
export function logZOf({ logReward }: StateGraph): number {
  const values = Array.from(logReward).filter((value) => !Number.isNaN(value));
  const highest = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}

/**
 * The flows that the target and p_B define: F(x) = R(x), F(s) p_F(s′|s) = F(s′) p_B(s|s′), from the objects back. A GFlowNet without an error
 * has these.
 *
 * @param backward p_B of each edge. Default: uniform over the parents of a state.
 */
export function targetFlows(graph: StateGraph, backward?: ArrayLike<number> | undefined): Flows {
  const { from, to, logReward } = graph;
  const logZ = logZOf(graph);
  const states = Float64Array.from(logReward, (value) => (Number.isNaN(value) ? 0 : Math.exp(value - logZ)));
  const edges = new Float64Array(from.length);
  for (let e = edges.length - 1; e >= 0; e--) {
    const v = to[e] as number;
    const flow = (states[v] as number) * backwardOf(graph, e, backward);
    edges[e] = flow;
    const u = from[e] as number;
    states[u] = (states[u] as number) + flow;
  }
  return { states, edges };
}

function backwardOf({ parents, to }: StateGraph, edge: number, learned: ArrayLike<number> | undefined): number {
  return learned?.[edge] ?? 1 / (parents[to[edge] as number] as number);
}

/** The policy with these flows: p_F(s′|s) = F(s → s′)/F(s) of each edge; 0 where nothing flows. */
export function policyOf({ from }: StateGraph, { states, edges }: Flows): Float64Array {
  return edges.map((flow, e) => (flow === 0 ? 0 : flow / (states[from[e] as number] as number)));
}

/** L1 = Σ_x |p_T(x) − R(x)/Z|, and the part of the target's mass that is missed: ½ L1. */
export function l1Of(graph: StateGraph, flows: Flows): number {
  const logZ = logZOf(graph);
  return Array.from(graph.logReward).reduce(
    (sum, logReward, x) => (Number.isNaN(logReward) ? sum : sum + Math.abs((flows.states[x] as number) - Math.exp(logReward - logZ))),
    0,
  );
}

/** What is known of a path from the initial state: the factors of p_F and p_B step by step, and their products. */
export interface PathFactors {
  readonly forward: readonly number[];
  readonly backward: readonly number[];
  /** p_F of the path. */
  readonly logForward: number;
  /** p_B of the path, given its last state. */
  readonly logBackward: number;
  /** log R(x)/Z of the object that the path ends with; undefined if it does not end with an object. */
  readonly logTarget: number | undefined;
}

/**
 * @param policy p_F of each edge.
 * @param path edges, each from the state that the one before leads to.
 * @param learned p_B of each edge. Default: uniform over the parents of a state.
 */
export function pathFactors(
  graph: StateGraph,
  policy: ArrayLike<number>,
  path: readonly number[],
  learned?: ArrayLike<number> | undefined,
): PathFactors {
  const forward = path.map((edge) => policy[edge] as number);
  const backward = path.map((edge) => backwardOf(graph, edge, learned));
  const logOf = (factors: readonly number[]) => factors.reduce((sum, factor) => sum + Math.log(factor), 0);
  const logReward = graph.logReward[endOf(graph, path)] as number;
  return {
    forward,
    backward,
    logForward: logOf(forward),
    logBackward: logOf(backward),
    logTarget: Number.isNaN(logReward) ? undefined : logReward - logZOf(graph),
  };
}

/** The state that a path leads to. */
export function endOf({ to }: StateGraph, path: readonly number[]): number {
  const last = path.at(-1);
  return last === undefined ? 0 : (to[last] as number);
}

/**
 * Samples a path from the initial state to an object. A state from which nothing flows ends it.
 *
 * @param edges of {@link edgesFrom}.
 * @param random uniform from 0 to 1.
 */
export function samplePath(
  graph: StateGraph,
  edges: readonly (readonly number[])[],
  policy: ArrayLike<number>,
  random: () => number,
): number[] {
  const path: number[] = [];
  for (;;) {
    const choices = edges[endOf(graph, path)] as readonly number[];
    let left = random() * choices.reduce((sum, edge) => sum + (policy[edge] as number), 0);
    const chosen = choices.find((edge) => {
      left -= policy[edge] as number;
      return left < 0;
    });
    if (chosen === undefined) return path;
    path.push(chosen);
  }
}
