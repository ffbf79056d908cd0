import { describe, expect, it } from "vitest";
import {
  allowedActions,
  allStates,
  allTrajectories,
  logBackward,
  phylogenetics,
  type ReferenceEnvironment,
  statesAlong,
  sum,
  terminalState,
  terminalStates,
  treeLogLikelihood,
  written,
} from "./index.js";

describe("phylogenetics", () => {
  it.each([
    { taxa: 3, forests: 7, trees: 3 },
    { taxa: 4, forests: 37, trees: 15 },
    { taxa: 5, forests: 266, trees: 105 },
    { taxa: 6, forests: 2431, trees: 945 },
  ])("has $forests forests and $trees trees on $taxa leaves", ({ taxa, forests, trees }) => {
    const env = phylogenetics({ sequences: Array<string>(taxa).fill("A"), rate: 0.3 });
    const states = allStates(env);
    expect(states.length).toBe(forests);
    expect(states.filter((state) => env.isTerminal(state)).length).toBe(trees);
    expect(new Set(states.filter((state) => !env.isTerminal(state)).map((state) => env.featuresOf(state).join())).size).toBe(
      forests - trees,
    );
  });

  // Joining random pairs: n!(n−1)!/2^(n−1) histories.
  it.each([
    { taxa: 4, histories: 18 },
    { taxa: 5, histories: 180 },
  ])("has $histories histories on $taxa leaves, whose backward probabilities sum to 1 for each tree", ({ taxa, histories }) => {
    const env = phylogenetics({ sequences: Array<string>(taxa).fill("A"), rate: 0.3 });
    const trajectories = allTrajectories(env);
    expect(trajectories.length).toBe(histories);
    const into = new Map<string, number>();
    for (const actions of trajectories) {
      const key = env.key(terminalState(env, actions));
      into.set(key, (into.get(key) ?? 0) + Math.exp(logBackward(env, actions)));
    }
    for (const total of into.values()) expect(total).toBeCloseTo(1, 12);
  });

  it("has as parents exactly the edges of the forward mask", () => {
    const env: ReferenceEnvironment<unknown> = phylogenetics({ sequences: ["A", "A", "A", "A", "A"], rate: 0.3 }) as never;
    const states = allStates(env);
    const edge = (from: unknown, action: number, to: unknown): string => `${env.key(from)} -${action}-> ${env.key(to)}`;
    const forward = states.flatMap((s) => allowedActions(env, s).map((a) => edge(s, a, env.apply(s, a))));
    const backward = states.flatMap((s) => env.parents(s).map((p) => edge(p.state, p.action, s)));
    expect(backward.sort()).toEqual(forward.sort());
  });

  it("lays out actions and features as documented", () => {
    const env = phylogenetics({ sequences: ["A", "A", "A", "A"], rate: 0.3 });
    // 2 and 3 join, then 0 and 1, then these two.
    const states = statesAlong(env, [5, 0, 1]);
    expect(states).toEqual([
      [0, 1, 2, 3],
      [0, 1, [2, 3]],
      [
        [0, 1],
        [2, 3],
      ],
      [
        [
          [0, 1],
          [2, 3],
        ],
      ],
    ]);
    expect(env.featuresOf(states[1]!)).toEqual([0, 0, 0, 0, 0, 1, ...[0, 0, 0], ...[0, 0, 0], ...[1, 0, 0]]);
    expect(env.featuresOf(states[3]!)).toEqual([1, 1, 0, 0, 0, 1, ...[1, 0, 0], ...[0, 1, 0], ...[1, 0, 0]]);
    expect(env.parents(states[2]!)).toHaveLength(2);
    expect(written(states[3]![0]!, ["a", "b", "c", "d"])).toBe("((a,b),(c,d))");
  });

  const rate = 0.3;
  const s = 1 / 4 + (3 / 4) * Math.exp(-4 * rate);
  const d = 1 / 4 - (1 / 4) * Math.exp(-4 * rate);

  it("has the likelihood of a tree of three leaves that is worked out by hand", () => {
    // ((A, A), C): below the inner node A: s², else d². The root sums that over its end of the branch, and the branch to C.
    const inner = { A: s * s, other: d * d };
    const atRoot = [
      { inner: s * inner.A + 3 * d * inner.other, toC: d }, // root A
      { inner: d * inner.A + (s + 2 * d) * inner.other, toC: s }, // root C
      { inner: d * inner.A + (s + 2 * d) * inner.other, toC: d }, // root G
      { inner: d * inner.A + (s + 2 * d) * inner.other, toC: d }, // root T
    ];
    const likelihood = sum(atRoot.map((root) => root.inner * root.toC)) / 4;
    expect(treeLogLikelihood([[0, 1], 2], { sequences: ["A", "A", "C"], rate })).toBeCloseTo(Math.log(likelihood), 12);
  });

  it("has the likelihood of a tree of four leaves that is the sum over the bases of its inner nodes", () => {
    const leaves = { G: 2, T: 3, C: 1 };
    const p = (from: number, to: number): number => (from === to ? s : d);
    let likelihood = 0;
    for (let root = 0; root < 4; root++) {
      for (let left = 0; left < 4; left++) {
        for (let right = 0; right < 4; right++) {
          // ((G, T), (G, C))
          likelihood +=
            (1 / 4) * p(root, left) * p(left, leaves.G) * p(left, leaves.T) * p(root, right) * p(right, leaves.G) * p(right, leaves.C);
        }
      }
    }
    const tree = [
      [0, 1],
      [2, 3],
    ] as const;
    expect(treeLogLikelihood(tree, { sequences: ["G", "T", "G", "C"], rate })).toBeCloseTo(Math.log(likelihood), 12);
    expect(treeLogLikelihood(tree, { sequences: ["GG", "TT", "GG", "CC"], rate })).toBeCloseTo(2 * Math.log(likelihood), 12);
  });

  it("sums over what an ambiguous letter may be, and a gap says nothing", () => {
    const at = (letters: string): number => Math.exp(treeLogLikelihood([[0, 1], 2], { sequences: [...letters], rate }));
    expect(at("ARC")).toBeCloseTo(at("AAC") + at("AGC"), 12);
    expect(at("ABC")).toBeCloseTo(at("ACC") + at("AGC") + at("ATC"), 12);
    // Two leaves are a branch of length 2 apart: same s² + 3d².
    expect(at("AAN")).toBeCloseTo((s * s + 3 * d * d) / 4, 12);
    expect(at("NNN")).toBeCloseTo(1, 12);
  });

  it("prefers the tree that the data were made for", () => {
    const env = phylogenetics({ sequences: ["ACGTA", "ACGTC", "CATTG", "CATTT"], rate: 0.3 });
    const best = terminalStates(env).sort((a, b) => env.logReward(b) - env.logReward(a))[0]!;
    expect(env.key(best)).toBe("[[[0,1],[2,3]]]");
  });
});
