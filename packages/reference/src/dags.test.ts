import { describe, expect, it } from "vitest";
import {
  allowedActions,
  allStates,
  allTrajectories,
  bgeScore,
  countDags,
  type DagState,
  dags,
  hasCycle,
  logBackward,
  logForward,
  logGamma,
  mulberry32,
  normalWishartEvidence,
  regressionScore,
  solve,
  sum,
  terminalState,
  terminalStates,
  tinyPolicy,
} from "./index.js";

const random = mulberry32(21);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** 0 -> 1 -> 2, away from zero. */
const rows = Array.from({ length: 40 }, () => {
  const first = 1 + normal();
  const second = 0.7 * first + 0.5 * normal();
  return [first, second, -0.9 * second + 0.6 * normal() - 2];
});

function graph(nodes: number, edges: [number, number][]): DagState {
  const adjacency = Array.from({ length: nodes }, (_, i) =>
    Array.from({ length: nodes }, (_, j) => edges.some(([a, b]) => a === i && b === j)),
  );
  return { adjacency, stopped: true };
}

describe("the reference's DAGs", () => {
  const env = dags({ nodes: 3, score: (node, parents) => node - 0.3 * parents.length ** 2 });

  it("are as many as Robinson's recurrence says", () => {
    expect([1, 2, 3, 4, 5, 6].map(countDags)).toEqual([1, 3, 25, 543, 29_281, 3_781_503]);
    for (const nodes of [1, 2, 3, 4]) {
      const found = allStates(dags({ nodes, score: () => 0 }));
      expect(found.length).toBe(2 * countDags(nodes));
      expect(found.some(({ adjacency }) => hasCycle(adjacency))).toBe(false);
    }
  });

  it("know cycles of every length, and what is none", () => {
    expect(hasCycle(graph(3, [[0, 0]]).adjacency)).toBe(true);
    expect(
      hasCycle(
        graph(3, [
          [0, 1],
          [1, 0],
        ]).adjacency,
      ),
    ).toBe(true);
    expect(
      hasCycle(
        graph(4, [
          [3, 1],
          [1, 2],
          [2, 3],
        ]).adjacency,
      ),
    ).toBe(true);
    expect(
      hasCycle(
        graph(4, [
          [0, 1],
          [0, 2],
          [1, 3],
          [2, 3],
        ]).adjacency,
      ),
    ).toBe(false);
  });

  it("have k! trajectories to a DAG of k edges, and probabilities that sum to 1", () => {
    const trajectories = allTrajectories(env);
    const factorial = [1, 1, 2, 6];
    expect(trajectories.length).toBe(sum(terminalStates(env).map(({ adjacency }) => factorial[adjacency.flat().filter(Boolean).length]!)));
    expect(Math.max(...trajectories.map((actions) => actions.length))).toBe(env.horizon);
    const mlp = tinyPolicy(env, 4);
    expect(sum(trajectories.map((actions) => Math.exp(logForward(env, mlp, actions))))).toBeCloseTo(1, 12);
    const into = new Map<string, number>();
    for (const actions of trajectories) {
      const key = env.key(terminalState(env, actions));
      into.set(key, (into.get(key) ?? 0) + Math.exp(logBackward(env, actions)));
    }
    expect(into.size).toBe(25);
    for (const total of into.values()) expect(total).toBeCloseTo(1, 12);
  });

  it("have as parents exactly the edges of the forward mask", () => {
    const states = allStates(env);
    const forward = states.flatMap((s) => allowedActions(env, s).map((a) => `${env.key(s)} ${a} ${env.key(env.apply(s, a))}`));
    const backward = states.flatMap((s) => env.parents(s).map((p) => `${env.key(p.state)} ${p.action} ${env.key(s)}`));
    expect(backward.sort()).toEqual(forward.sort());
  });

  it("add up local scores over parents", () => {
    expect(
      env.logReward(
        graph(3, [
          [0, 2],
          [1, 2],
        ]),
      ),
    ).toBeCloseTo(0 + 1 + 2 - 0.3 * 4, 12);
  });
});

describe("the reference's scores", () => {
  it("solve linear systems, rows exchanged where needed", () => {
    const solution = solve(
      [
        [0, 2, 1],
        [1, 1, 0],
        [3, 0, 1],
      ],
      [7, 3, 6],
    );
    expect(solution.map((x) => Math.round(x * 1e12) / 1e12)).toEqual([1, 2, 3]);
  });

  it("have log Gamma", () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 12);
    expect(logGamma(30.5)).toBeCloseTo(logGamma(29.5) + Math.log(29.5), 11);
  });

  it("have regressions whose likelihood no other weights exceed", () => {
    const best = regressionScore(rows)(2, [1]);
    const likelihood = (slope: number, intercept: number): number => {
      const residuals = rows.map((row) => row[2]! - slope * row[1]! - intercept);
      const variance = sum(residuals.map((r) => r * r)) / rows.length;
      return (-rows.length / 2) * (Math.log(2 * Math.PI * variance) + 1);
    };
    let highest = -Infinity;
    for (let slope = -2; slope <= 0; slope += 0.01) {
      for (let intercept = -3; intercept <= -1; intercept += 0.01) highest = Math.max(highest, likelihood(slope, intercept));
    }
    expect(best).toBeGreaterThanOrEqual(highest);
    expect(best - highest).toBeLessThan(0.01);
  });

  it("have an evidence that is a density: of one sample it is Student's t", () => {
    // One variable, alpha_mu = 1, 3 degrees of freedom, t = 1/2: location 0, scale sqrt(1/2 * 2/3).
    const scale = Math.sqrt(1 / 3);
    const x = 0.8;
    const density = (2 / (Math.PI * Math.sqrt(3))) * (1 + (x / scale) ** 2 / 3) ** -2;
    expect(normalWishartEvidence([[x]], [0], { mean: 1, degrees: 3, t: 0.5 })).toBeCloseTo(Math.log(density / scale), 12);
    const prior = { mean: 1, degrees: 4, t: 0.5 };
    expect(normalWishartEvidence(rows, [0, 1], prior)).toBeCloseTo(normalWishartEvidence([...rows].reverse(), [0, 1], prior), 9);
  });

  it("give graphs with the same independences the same score, and others another", () => {
    for (const score of [regressionScore(rows), bgeScore(rows)]) {
      const of = (edges: [number, number][]): number => dags({ nodes: 3, score }).logReward(graph(3, edges));
      const chain = of([
        [0, 1],
        [1, 2],
      ]);
      expect(
        of([
          [2, 1],
          [1, 0],
        ]),
      ).toBeCloseTo(chain, 8);
      expect(
        of([
          [1, 0],
          [1, 2],
        ]),
      ).toBeCloseTo(chain, 8);
      expect(
        Math.abs(
          of([
            [0, 1],
            [2, 1],
          ]) - chain,
        ),
      ).toBeGreaterThan(1);
    }
  });
});
