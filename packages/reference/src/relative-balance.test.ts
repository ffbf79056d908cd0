import { expect, it } from "vitest";
import { hypergrid } from "./hypergrid.js";
import {
  allTrajectories,
  finiteDifference,
  flatten,
  logForward,
  mulberry32,
  posterior,
  randomMlp,
  relativeBalance,
  sum,
  terminalState,
  unflatten,
} from "./index.js";

const ENV = hypergrid({ dimensions: 2, side: 3, r0: 0.1, r1: 0.5, r2: 2 });
const ALL = allTrajectories(ENV);
const BATCH = ALL.filter((_, i) => i % 3 === 0);
const network = (seed: number) => randomMlp([ENV.features, 4, ENV.actions], mulberry32(seed));

it("relative trajectory balance has the gradients that finite differences find", () => {
  const [mlp, prior, logZ] = [network(3), network(8), 0.4];
  const { gradient, logZGradient } = relativeBalance(ENV, mlp, { prior, logZ }, BATCH);
  const lossAt = (parameters: Float64Array) => relativeBalance(ENV, unflatten(mlp, parameters), { prior, logZ }, BATCH).loss;
  finiteDifference(lossAt, flatten(mlp)).forEach((value, i) => {
    expect(gradient[i]).toBeCloseTo(value, 6);
  });
  const shifted = (by: number) => relativeBalance(ENV, mlp, { prior, logZ: logZ + by }, BATCH).loss;
  expect(logZGradient).toBeCloseTo((shifted(1e-5) - shifted(-1e-5)) / 2e-5, 6);
});

it("the posterior is the prior's trajectories weighed by R", () => {
  const prior = network(8);
  const { probabilities, logZ } = posterior(ENV, prior);
  const weights = new Map<string, number>();
  for (const actions of ALL) {
    const object = terminalState(ENV, actions);
    const weight = Math.exp(logForward(ENV, prior, actions) + ENV.logReward(object));
    weights.set(ENV.key(object), (weights.get(ENV.key(object)) ?? 0) + weight);
  }
  const total = sum([...weights.values()]);
  expect(logZ).toBeCloseTo(Math.log(total), 12);
  for (const [key, weight] of weights) expect(probabilities.get(key)).toBeCloseTo(weight / total, 12);
});
