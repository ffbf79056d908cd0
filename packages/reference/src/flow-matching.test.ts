import { describe, expect, it } from "vitest";
import {
  allowedActions,
  allStates,
  allTrajectories,
  finiteDifference,
  flatten,
  flowMatchingLoss,
  logProbabilities,
  logZ,
  type Mlp,
  type ReferenceEnvironment,
  sum,
  tinyHypergrid,
  tinyPolicy,
  tinySets,
  unflatten,
} from "./index.js";

/** The hypergrid, where every state may stop, and sets, which are objects after a fixed number of actions. */
const CASES = [tinyHypergrid(), tinySets()] as ReferenceEnvironment<unknown>[];
const CUBE = { loss: (d: number) => Math.abs(d) ** 3, slope: (d: number) => 3 * d * Math.abs(d) };

/**
 * The flows of R under a uniform p_B: F(x) = R(x), and the flow along an edge to s is F(s) over the number of parents of s. Outputs are read
 * from a table: a network of one layer whose input says which state it is.
 */
function exactFlows<S>(env: ReferenceEnvironment<S>): { table: ReferenceEnvironment<S>; mlp: Mlp } {
  const states = allStates(env).filter((state) => !env.isTerminal(state));
  const flow = new Map<string, number>();
  const along = (from: S, action: number) => {
    const next = env.apply(from, action);
    const into = env.isTerminal(next) ? Math.exp(env.logReward(next)) : flow.get(env.key(next))!;
    return into / env.parents(next).length;
  };
  for (const state of [...states].reverse())
    flow.set(env.key(state), sum(allowedActions(env, state).map((action) => along(state, action))));
  const weight = Array.from({ length: env.actions }, (_, action) =>
    states.map((state) => (env.allowed(state)[action] ? Math.log(along(state, action)) : 0)),
  );
  const place = (state: S) => states.findIndex((other) => env.key(other) === env.key(state));
  const table = { ...env, features: states.length, featuresOf: (state: S) => states.map((_, i) => Number(i === place(state))) };
  return { table, mlp: { layers: [{ weight, bias: new Array<number>(env.actions).fill(0) }] } };
}

describe.each(CASES.map((env) => ({ env, name: env.name })))("flow matching on $name", ({ env }) => {
  const batch = allTrajectories(env).filter((_, i) => i % 5 === 0);

  it.each([undefined, CUBE])("has the gradient that finite differences find (%#)", (regression) => {
    const options = { logRewardShift: 0.3, ...(regression && { regression }) };
    const mlp = tinyPolicy(env, 3, [4]);
    const { value, gradient } = flowMatchingLoss(options, env, mlp, batch);
    expect(value).toBeGreaterThan(0.1);
    finiteDifference((parameters) => flowMatchingLoss(options, env, unflatten(mlp, parameters), batch).value, flatten(mlp)).forEach(
      (numeric, i) => {
        expect(gradient[i]).toBeCloseTo(numeric, 6);
      },
    );
  });

  it("is 0, with its gradient, where the flows are those of R, and they add up to Z; any other flow raises it", () => {
    const { table, mlp } = exactFlows(env);
    const all = allTrajectories(table);
    const { value, gradient } = flowMatchingLoss({ logRewardShift: 0 }, table, mlp, all);
    expect(value).toBeLessThan(1e-24);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-12);
    const start = table.initial();
    const [first = 0] = allowedActions(table, start);
    const output = mlp.layers[0]!.weight[first]![0]!;
    expect(output - logProbabilities(mlp, table.featuresOf(start), table.allowed(start))[first]!).toBeCloseTo(logZ(env), 12);
    // Rewards in another unit are other rewards.
    expect(flowMatchingLoss({ logRewardShift: 1 }, table, mlp, all).value).toBeGreaterThan(0.1);
    for (const action of allowedActions(table, start)) {
      mlp.layers[0]!.weight[action]![0]! += 0.5;
      expect(flowMatchingLoss({ logRewardShift: 0 }, table, mlp, all).value).toBeGreaterThan(1e-3);
      mlp.layers[0]!.weight[action]![0]! -= 0.5;
    }
  });
});
