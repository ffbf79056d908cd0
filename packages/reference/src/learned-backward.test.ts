import { describe, expect, it } from "vitest";
import { allTrajectories, type ReferenceEnvironment } from "./environment.js";
import { finiteDifference } from "./finite-difference.js";
import { backwardOffset, type LearnedTrajectory, learnedGradient, learnedTrajectory } from "./learned-backward.js";
import { flatten, type Mlp, randomMlp, unflatten } from "./mlp.js";
import type { DivergenceName } from "./objectives.js";
import { mulberry32 } from "./random.js";
import { tinyHypergrid, tinySets } from "./tiny.js";
import { sum } from "./vectors.js";

function policy<S>(env: ReferenceEnvironment<S>): Mlp {
  return randomMlp([env.features, 3, backwardOffset(env.actions) + env.actions], mulberry32(4));
}

function enumerate<S>(env: ReferenceEnvironment<S>, mlp: Mlp): LearnedTrajectory[] {
  return allTrajectories(env).map((actions) => learnedTrajectory(env, mlp, actions));
}

/** What is minimised, by enumeration. */
function divergence<S>(env: ReferenceEnvironment<S>, mlp: Mlp, objective: DivergenceName, alpha = 0): number {
  const all = enumerate(env, mlp);
  const z = sum(all.map(({ logBackward, logReward }) => Math.exp(logBackward + logReward)));
  const pairs = all.map(({ logForward, logBackward, logReward }) => ({
    p: Math.exp(logForward),
    q: Math.exp(logBackward + logReward) / z,
  }));
  const integral = sum(pairs.map(({ p, q }) => p ** alpha * q ** (1 - alpha)));
  if (objective === "reverse-kl") return sum(pairs.map(({ p, q }) => p * Math.log(p / q)));
  if (objective === "forward-kl") return sum(pairs.map(({ p, q }) => q * Math.log(q / p)));
  // Tsallis keeps its constant Z^(1 - alpha) in the estimate.
  if (objective === "tsallis") return (Math.sign(alpha) * z ** (1 - alpha) * (integral - 1)) / (alpha - 1);
  return (Math.sign(alpha) * Math.log(integral)) / (alpha - 1);
}

/** A batch in which every trajectory occurs as often as p_F says. */
function expectedBatch(all: readonly LearnedTrajectory[], size: number): LearnedTrajectory[] {
  return all.flatMap((trajectory) => new Array<LearnedTrajectory>(Math.round(size * Math.exp(trajectory.logForward))).fill(trajectory));
}

describe("gradients with a learned backward policy", () => {
  for (const env of [tinySets(), tinyHypergrid()] as ReferenceEnvironment<unknown>[]) {
    const mlp = policy(env);
    it(`${env.name}: p_B sums to 1 over the trajectories into each object`, () => {
      const totals = new Map<string, number>();
      for (const actions of allTrajectories(env)) {
        const object = actions.reduce((state, action) => env.apply(state, action), env.initial());
        totals.set(env.key(object), (totals.get(env.key(object)) ?? 0) + Math.exp(learnedTrajectory(env, mlp, actions).logBackward));
      }
      for (const total of totals.values()) expect(total).toBeCloseTo(1, 10);
    });

    for (const [objective, alpha] of [["reverse-kl"], ["forward-kl"], ["renyi", 0.5], ["renyi", -1], ["renyi", 2], ["tsallis", 0.5]] as [
      DivergenceName,
      number?,
    ][]) {
      it(`${env.name}: ${objective} ${alpha ?? ""} descends its divergence, by finite differences`, () => {
        const exact = finiteDifference((p) => divergence(env, unflatten(mlp, p), objective, alpha), flatten(mlp));
        // Rounding p_F to counts of a large batch leaves about 1e-2.
        const estimate = learnedGradient({ objective, alpha, estimator: "none" }, expectedBatch(enumerate(env, mlp), 4_000));
        const size = Math.sqrt(sum([...exact].map((x) => x * x)));
        const error = Math.sqrt(sum([...exact].map((x, i) => (x - estimate[i]!) ** 2)));
        expect(error / size).toBeLessThan(0.05);
      });
    }
  }
});

describe("p_B by trajectory likelihood", () => {
  it("has the gradient of TB with p_B as it is, and of -mean log p_B, by finite differences", () => {
    const env = tinyHypergrid();
    const mlp = policy(env);
    const batch = enumerate(env, mlp);
    const logZ = 0.7;
    const loss = (parameters: Float64Array) => {
      const moved = enumerate(env, unflatten(mlp, parameters));
      const squares = moved.map(({ logForward }, n) => (logZ + logForward - batch[n]!.logBackward - batch[n]!.logReward) ** 2);
      return (sum(squares) - sum(moved.map(({ logBackward }) => logBackward))) / batch.length;
    };
    const numeric = finiteDifference(loss, flatten(mlp));
    learnedGradient({ objective: "tb", estimator: "none", logZ, backwardLoss: "tlm" }, batch).forEach((value, i) => {
      expect(value).toBeCloseTo(numeric[i]!, 6);
    });
  });
});
