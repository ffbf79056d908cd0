import {
  allowedActions,
  allStates,
  allTrajectories,
  dags,
  logBackward,
  logForward,
  logProbabilities,
  logZ,
  type Mlp,
  mulberry32,
  phylogenetics,
  type ReferenceEnvironment,
  sequences,
  statesAlong,
  targetDistribution,
  terminatingDistribution,
  tinyHypergrid,
  tinyPolicy,
  tinySets,
} from "@webgfn/reference";
import { describe, expect, it } from "vitest";
import { endOf, flowsOf, l1Of, logZOf, pathFactors, policyOf, samplePath, targetFlows } from "./flows.js";
import { edgesFrom, exploreStates, type StateGraph } from "./state-graph.js";

/** An environment with a random policy, as a graph with p_F of each edge. */
interface Case {
  title: string;
  graph: StateGraph;
  policy: number[];
  terminating: Map<string, number>;
  target: Map<string, number>;
  logZ: number;
  /** Every trajectory as its states, with log p_F and log p_B. */
  trajectories: { states: string[]; logForward: number; logBackward: number }[];
}

function caseOf<S>(title: string, env: ReferenceEnvironment<S>): Case {
  const mlp: Mlp = tinyPolicy(env, 3);
  const graph = exploreStates(
    env.initial(),
    env.key,
    (state) => allowedActions(env, state).map((action) => env.apply(state, action)),
    (state) => ({ name: env.key(state), ...(env.isTerminal(state) && { logReward: env.logReward(state) }) }),
  );
  const states = new Map(allStates(env).map((state) => [env.key(state), state]));
  const policy = graph.names.flatMap((name) => {
    const state = states.get(name) as S;
    const logs = env.isTerminal(state) ? [] : logProbabilities(mlp, env.featuresOf(state), env.allowed(state));
    return allowedActions(env, state).map((action) => Math.exp(logs[action] as number));
  });
  const trajectories = allTrajectories(env).map((actions) => ({
    states: statesAlong(env, actions).map(env.key),
    logForward: logForward(env, mlp, actions),
    logBackward: logBackward(env, actions),
  }));
  return {
    title,
    graph,
    policy,
    terminating: terminatingDistribution(env, mlp),
    target: targetDistribution(env),
    logZ: logZ(env),
    trajectories,
  };
}

const CASES = [
  caseOf("sets", tinySets()),
  caseOf("hypergrid", tinyHypergrid()),
  caseOf("sequences", sequences({ length: 2, values: [0.4, -0.7] })),
  caseOf("DAGs", dags({ nodes: 3, score: (node, parents) => 0.3 * node - 0.5 * parents.length })),
  caseOf("trees", phylogenetics({ sequences: ["ACGT", "ACGA", "AGGA", "TCGA"], rate: 0.3 })),
];

describe.each(CASES)("flows of $title", ({ graph, policy, terminating, target, logZ: exact, trajectories }) => {
  const flows = flowsOf(graph, policy);
  const place = new Map(graph.names.map((name, state) => [name, state]));
  const edgeOf = (from: string, to: string) => graph.names.indexOf(from) + 1e6 * graph.names.indexOf(to);
  const through = { states: new Map<string, number>(), edges: new Map<number, number>() };
  const targetThrough = { states: new Map<string, number>(), edges: new Map<number, number>() };
  for (const { states, logForward: s, logBackward: b } of trajectories) {
    for (const [sums, probability] of [
      [through, Math.exp(s)],
      [targetThrough, Math.exp(b) * (target.get(states.at(-1) as string) as number)],
    ] as const) {
      states.forEach((state, n) => {
        sums.states.set(state, (sums.states.get(state) ?? 0) + probability);
        if (n === 0) return;
        const edge = edgeOf(states[n - 1] as string, state);
        sums.edges.set(edge, (sums.edges.get(edge) ?? 0) + probability);
      });
    }
  }
  const close = (found: number, exactly: number) => expect(Math.abs(found - exactly)).toBeLessThan(1e-12);

  it("are the sums of p_F over the trajectories through each state and each edge", () => {
    graph.names.forEach((name, state) => {
      close(flows.states[state] as number, through.states.get(name) as number);
    });
    Array.from(graph.from).forEach((from, edge) => {
      close(
        flows.edges[edge] as number,
        through.edges.get(edgeOf(graph.names[from] as string, graph.names[graph.to[edge] as number] as string)) as number,
      );
    });
  });

  it("end in the terminating distribution, whose distance to the target is L1", () => {
    for (const [name, probability] of terminating) close(flows.states[place.get(name) as number] as number, probability);
    const distance = [...target].reduce((sum, [name, share]) => sum + Math.abs(share - (terminating.get(name) as number)), 0);
    close(l1Of(graph, flows), distance);
    close(logZOf(graph), exact);
  });

  it("of the target are the sums of p_B R/Z, and those of a policy that reaches the target", () => {
    const wanted = targetFlows(graph);
    graph.names.forEach((name, state) => {
      close(wanted.states[state] as number, targetThrough.states.get(name) as number);
    });
    Array.from(graph.from).forEach((from, edge) => {
      close(
        wanted.edges[edge] as number,
        targetThrough.edges.get(edgeOf(graph.names[from] as string, graph.names[graph.to[edge] as number] as string)) as number,
      );
    });
    const reached = flowsOf(graph, policyOf(graph, wanted));
    close(l1Of(graph, reached), 0);
  });

  it("multiply along a path", () => {
    for (const { states, logForward: s, logBackward: b } of trajectories.slice(0, 20)) {
      const path = states.slice(1).map((state, n) => {
        const [u, v] = [place.get(states[n] as string), place.get(state)];
        return Array.from(graph.from).findIndex((from, edge) => from === u && graph.to[edge] === v);
      });
      const factors = pathFactors(graph, policy, path);
      close(factors.logForward, s);
      close(factors.logBackward, b);
      close(factors.logTarget as number, Math.log(target.get(states.at(-1) as string) as number));
      expect(pathFactors(graph, policy, path.slice(0, -1)).logTarget).toBeUndefined();
    }
  });

  it("are sampled", () => {
    const random = mulberry32(5);
    const edges = edgesFrom(graph);
    const draws = 20_000;
    const counts = new Map<number, number>();
    for (let n = 0; n < draws; n++) {
      const end = endOf(graph, samplePath(graph, edges, policy, random));
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
    for (const [name, probability] of terminating) {
      const share = (counts.get(place.get(name) as number) ?? 0) / draws;
      expect(Math.abs(share - probability)).toBeLessThan(5 * Math.sqrt(probability / draws));
    }
  });
});
