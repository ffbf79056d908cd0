import { describe, expect, it } from "vitest";
import {
  allowedActions,
  allStates,
  allTrajectories,
  finiteDifference,
  flatten,
  hypergrid,
  isBand,
  isOuter,
  l1,
  logBackward,
  logForward,
  logZ,
  mulberry32,
  type ReferenceEnvironment,
  sampleActions,
  sets,
  setsLogZ,
  statesAlong,
  sum,
  targetDistribution,
  terminalState,
  terminalStates,
  terminatingDistribution,
  tinyHypergrid,
  tinyPolicy,
  tinySets,
  trajectoryScore,
  unflatten,
} from "./index.js";

/** What holds in every environment. */
function shared<S>(env: ReferenceEnvironment<S>, counts: { states: number; terminal: number; trajectories: number }) {
  describe(env.name, () => {
    const states = allStates(env);
    const trajectories = allTrajectories(env);
    const mlp = tinyPolicy(env, 5);

    it("has the expected states and trajectories, none longer than the horizon", () => {
      expect(states.length).toBe(counts.states);
      expect(terminalStates(env).length).toBe(counts.terminal);
      expect(trajectories.length).toBe(counts.trajectories);
      expect(new Set(states.map((state) => env.key(state))).size).toBe(states.length);
      expect(Math.max(...trajectories.map((actions) => actions.length))).toBe(env.horizon);
    });

    it("lists a state after its parents", () => {
      const position = new Map(states.map((state, i) => [env.key(state), i]));
      for (const state of states) {
        for (const parent of env.parents(state)) {
          expect(position.get(env.key(parent.state))).toBeLessThan(position.get(env.key(state))!);
        }
      }
    });

    it("has as parents exactly the edges of the forward mask", () => {
      const edge = (from: S, action: number, to: S): string => `${env.key(from)} -${action}-> ${env.key(to)}`;
      const forward = states.flatMap((s) => allowedActions(env, s).map((a) => edge(s, a, env.apply(s, a))));
      const backward = states.flatMap((s) => env.parents(s).map((p) => edge(p.state, p.action, s)));
      expect(backward.sort()).toEqual(forward.sort());
    });

    it("has features and masks of the declared length, and features that tell unfinished states apart", () => {
      const unfinished = states.filter((state) => !env.isTerminal(state));
      for (const state of states) {
        expect(env.allowed(state).length).toBe(env.actions);
        expect(env.featuresOf(state).length).toBe(env.features);
        expect(env.allowed(state).includes(true)).toBe(!env.isTerminal(state));
      }
      expect(new Set(unfinished.map((state) => env.featuresOf(state).join())).size).toBe(unfinished.length);
    });

    it("has forward probabilities that sum to 1 over trajectories", () => {
      expect(sum(trajectories.map((actions) => Math.exp(logForward(env, mlp, actions))))).toBeCloseTo(1, 12);
    });

    it("has backward probabilities that sum to 1 over the trajectories into each object", () => {
      const into = new Map<string, number>();
      for (const actions of trajectories) {
        const key = env.key(terminalState(env, actions));
        into.set(key, (into.get(key) ?? 0) + Math.exp(logBackward(env, actions)));
      }
      expect(into.size).toBe(counts.terminal);
      for (const total of into.values()) expect(total).toBeCloseTo(1, 12);
    });

    it("has a terminating distribution equal to the sum over trajectories", () => {
      const summed = new Map<string, number>();
      for (const actions of trajectories) {
        const key = env.key(terminalState(env, actions));
        summed.set(key, (summed.get(key) ?? 0) + Math.exp(logForward(env, mlp, actions)));
      }
      expect(l1(terminatingDistribution(env, mlp), summed)).toBeLessThan(1e-12);
    });

    it("has a target that sums to 1 in proportion to the reward", () => {
      const target = targetDistribution(env);
      expect(sum([...target.values()])).toBeCloseTo(1, 12);
      for (const state of terminalStates(env)) {
        expect(target.get(env.key(state))).toBeCloseTo(Math.exp(env.logReward(state) - logZ(env)), 12);
      }
    });

    it("has a trajectory score equal to the derivative of log p_F", () => {
      for (const actions of [trajectories[0]!, trajectories.at(-1)!]) {
        const numerical = finiteDifference((p) => logForward(env, unflatten(mlp, p), actions), flatten(mlp));
        expect(trajectoryScore(env, mlp, actions)).toBeAllClose(numerical, { absolute: 1e-9 });
      }
    });

    it("samples its terminating distribution", () => {
      const random = mulberry32(6);
      const draws = 20_000;
      const frequency = new Map<string, number>();
      for (let n = 0; n < draws; n++) {
        const key = env.key(terminalState(env, sampleActions(env, mlp, random)));
        frequency.set(key, (frequency.get(key) ?? 0) + 1 / draws);
      }
      // E|frequency - p| is about sqrt(p / draws) each: below 0.02 in all for the few objects here.
      expect(l1(frequency, terminatingDistribution(env, mlp))).toBeLessThan(0.03);
    });

    it("refuses actions that are not allowed and trajectories that do not end", () => {
      const forbidden = env.allowed(statesAlong(env, trajectories[0]!.slice(0, -1)).at(-1)!).indexOf(false);
      expect(() => statesAlong(env, [...trajectories[0]!.slice(0, -1), forbidden])).toThrow(/not allowed/);
      expect(() => statesAlong(env, [...trajectories[0]!, 0])).toThrow(/not allowed/);
      expect(() => terminalState(env, [])).toThrow(/not terminal/);
    });
  });
}

shared(tinySets(), { states: 1 + 4 + 6, terminal: 6, trajectories: 12 });
// Lattice paths to each of the 9 cells: 1 1 1 / 1 2 3 / 1 3 6.
shared(tinyHypergrid(), { states: 9 + 9, terminal: 9, trajectories: 19 });

it("measures L1 on the union of the keys", () => {
  expect(
    l1(
      new Map([
        ["a", 0.75],
        ["b", 0.25],
      ]),
      new Map([
        ["a", 0.5],
        ["c", 0.5],
      ]),
    ),
  ).toBeCloseTo(1, 12);
});

describe("sets", () => {
  it("has the log Z of the elementary symmetric polynomial", () => {
    const random = mulberry32(7);
    const logScores = Array.from({ length: 7 }, () => 4 * random() - 2);
    for (const size of [1, 3, 7]) {
      expect(setsLogZ(logScores, size)).toBeCloseTo(logZ(sets({ items: 7, size, logScores })), 12);
    }
  });

  it("counts the 601,080,390 sets of 16 among 32", () => {
    expect(Math.exp(setsLogZ(Array<number>(32).fill(0), 16)) / 601_080_390).toBeCloseTo(1, 10);
  });
});

describe("hypergrid", () => {
  // Published constants: outer and band cells per dimension, and Z = R0 H^d + R1 outer^d + R2 band^d.
  const published = [
    { dimensions: 2, side: 8, r0: 0.1, outer: 4, band: 2, Z: 22.4 },
    { dimensions: 2, side: 12, r0: 1e-3, outer: 6, band: 2, Z: 26.144 },
    { dimensions: 4, side: 16, r0: 0.1, outer: 8, band: 2, Z: 8633.6 },
    { dimensions: 4, side: 20, r0: 1e-3, outer: 10, band: 4, Z: 5672 },
  ];
  for (const { dimensions, side, r0, outer, band, Z } of published) {
    it(`has Z = ${Z} at ${side}^${dimensions}`, () => {
      const cells = Array.from({ length: side }, (_, x) => x);
      expect(cells.filter((x) => isOuter(x, side)).length).toBe(outer);
      expect(cells.filter((x) => isBand(x, side)).length).toBe(band);
      const env = hypergrid({ dimensions, side, r0, r1: 0.5, r2: 2 });
      let total = 0;
      for (let cell = 0; cell < side ** dimensions; cell++) {
        const coordinates = Array.from({ length: dimensions }, (_, i) => Math.floor(cell / side ** i) % side);
        total += Math.exp(env.logReward({ coordinates, stopped: true }));
      }
      expect(total / Z).toBeCloseTo(1, 10);
      if (dimensions === 2) expect(Math.exp(logZ(env))).toBeCloseTo(Z, 10);
    });
  }

  it("leaves out cells that lie exactly on a border of the outer region or of the band", () => {
    const cells = (side: number, inside: (x: number, side: number) => boolean): number[] =>
      Array.from({ length: side }, (_, x) => x).filter((x) => inside(x, side));
    expect(cells(5, isOuter)).toEqual([0, 4]); // 1 and 3 are at 1/4 exactly
    expect(cells(11, isBand)).toEqual([]); // 1 and 9 are at 0.4 exactly, 2 and 8 at 0.3
    expect(cells(20, isBand)).toEqual([2, 3, 16, 17]);
  });

  it("lays out features, actions and rewards as documented", () => {
    const env = hypergrid({ dimensions: 2, side: 3, r0: 0.1, r1: 0.5, r2: 2 });
    const state = { coordinates: [2, 0], stopped: false };
    expect(env.featuresOf(state)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(env.allowed(state)).toEqual([false, true, true]);
    expect(env.apply(state, 1)).toEqual({ coordinates: [2, 1], stopped: false });
    expect(env.parents({ ...state, stopped: true })).toEqual([{ state, action: 2 }]);
    expect(env.logReward(env.apply(state, 2))).toBeCloseTo(Math.log(0.6), 12);
    expect(env.logReward({ coordinates: [1, 0], stopped: true })).toBeCloseTo(Math.log(0.1), 12);
  });
});
