import { describe, expect, it } from "vitest";
import {
  allowedActions,
  allStates,
  allTrajectories,
  l1,
  logBackward,
  logForward,
  logZ,
  sequences,
  sum,
  targetDistribution,
  terminalState,
  terminalStates,
  terminatingDistribution,
  tinyPolicy,
} from "./index.js";

describe("the reference's sequences", () => {
  const env = sequences({ length: 3, values: [0.4, -1.2] });
  const mlp = tinyPolicy(env, 3);

  it("are a tree: one trajectory to each of the 15 sequences, with p_B = 1", () => {
    const trajectories = allTrajectories(env);
    expect(trajectories.length).toBe(15);
    expect(terminalStates(env).length).toBe(15);
    expect(allStates(env).length).toBe(30);
    expect(Math.max(...trajectories.map((actions) => actions.length))).toBe(env.horizon);
    for (const actions of trajectories) expect(logBackward(env, actions)).toBeCloseTo(0, 14);
    expect(sum(trajectories.map((actions) => Math.exp(logForward(env, mlp, actions))))).toBeCloseTo(1, 12);
    const summed = new Map(trajectories.map((actions) => [env.key(terminalState(env, actions)), Math.exp(logForward(env, mlp, actions))]));
    expect(l1(terminatingDistribution(env, mlp), summed)).toBeLessThan(1e-12);
  });

  it("have as parents exactly the edges of the forward mask", () => {
    const states = allStates(env);
    const forward = states.flatMap((s) => allowedActions(env, s).map((a) => `${env.key(s)} ${a} ${env.key(env.apply(s, a))}`));
    const backward = states.flatMap((s) => env.parents(s).map((p) => `${env.key(p.state)} ${p.action} ${env.key(s)}`));
    expect(backward.sort()).toEqual(forward.sort());
  });

  it("lay out features, masks and rewards as documented", () => {
    const state = { symbols: [1, 0], stopped: false };
    expect(env.featuresOf(state)).toEqual([0, 1, 1, 0, 0, 0]);
    expect(env.allowed({ symbols: [1, 0, 1], stopped: false })).toEqual([false, false, true]);
    expect(env.allowed({ symbols: [], stopped: true })).toEqual([false, false, false]);
    expect(env.logReward({ symbols: [], stopped: true })).toBe(0);
    expect(env.logReward({ ...state, stopped: true })).toBeCloseTo(-1.2 * 1 + 0.4 * 2, 14);
    const halved = sequences({ length: 3, values: [0.4, -1.2], weight: (i) => i / 2 });
    expect(halved.logReward({ ...state, stopped: true })).toBeCloseTo((-1.2 * 1 + 0.4 * 2) / 2, 14);
  });

  it("have the Z of a sum over lengths of products over positions", () => {
    const factor = (i: number): number => Math.exp(0.4 * i) + Math.exp(-1.2 * i);
    const z = 1 + factor(1) + factor(1) * factor(2) + factor(1) * factor(2) * factor(3);
    expect(Math.exp(logZ(env))).toBeCloseTo(z, 10);
    expect(targetDistribution(env).get(env.key({ symbols: [], stopped: true }))).toBeCloseTo(1 / z, 12);
  });
});
