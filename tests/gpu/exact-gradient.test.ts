/**
 * The expectation of the GPU's gradient is the gradient of the divergence, by enumeration of all trajectories.
 * Many replicas with the same weights and other seeds make one batch each; the mean over them and over steps is compared
 * along random directions and along the exact gradient, in standard errors.
 */
import { type Environment, hypergrid, sets } from "@webgfn/envs";
import {
  type Estimator,
  type EstimatorName,
  estimators,
  findEstimator,
  forwardKl,
  jsd,
  type Objective,
  renyi,
  reverseKl,
  trajectoryBalance,
  tsallis,
} from "@webgfn/objectives";
import { numbersOf, withLogZ } from "@webgfn/objectives/internal";
import {
  type DivergenceName,
  dot,
  exactBalanceGradient,
  exactGradient,
  logZ as exactLogZ,
  exactTrajectoryBalanceGradient,
  mulberry32,
  scaled,
} from "@webgfn/reference";
import { disposeBuffers, packWeights, Replicas, unpackWeights } from "@webgfn/sampler/internal";
import { recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { alphaOf, flat, networkOf, oracleMlp, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for an objective.
vi.setConfig({ testTimeout: 300_000 });

/** 12 trajectories to 6 sets of unequal rewards, and 19 of unequal length to 9 cells. */
const SETS: Environment = { ...sets({ items: 4, size: 2 }), data: Float32Array.of(0.3, -1.1, 0.8, 1.7) };
const GRID = hypergrid({ side: 3, r0: 0.1 });
const HIDDEN = [3];
/** log r̄ of every case. */
const SHIFT = 0.5;
/** Large, because the ratio estimators (Rényi, forward KL) are biased by O(1/N): that must stay below a standard error. */
const BATCH = 512;
const REPLICAS = 32;
const STEPS = 4;

interface Case {
  environment: Environment;
  objective: Objective;
  estimator: EstimatorName | Estimator;
  logZ?: number;
  exploration?: number;
}

/** Gradients of REPLICAS · STEPS batches, with all rates at 0. */
async function estimates({ environment, objective, estimator: chosen, logZ = 0, exploration = 0 }: Case): Promise<Float64Array[]> {
  const device = await testDevice();
  const net = networkOf(environment, HIDDEN);
  const seeds = Array.from({ length: REPLICAS }, (_, r) => 100 + r);
  const replicas = new Replicas(
    device,
    seeds.map((seed) => ({ seed, parameters: numbersOf(objective), logRewardShift: SHIFT, exploration })),
  );
  const estimator = typeof chosen === "string" ? findEstimator(chosen) : chosen;
  const shape = { environment, network: net, objective, estimator, batch: BATCH, replicas };
  const buffers = stepBuffers(device, shape);
  const weights = packWeights(net, weightsOf(environment));
  seeds.forEach((_, r) => {
    buffers.weights.write(weights, r * weights.length);
    buffers.logZ.write(Float32Array.of(logZ), 4 * r);
  });
  const { sample, gradient } = await recordStep(device, shape, buffers);
  const size = 4 * net.parameters4;
  const found: Float64Array[] = [];
  for (let step = 0; step < STEPS; step++) {
    replicas.setStep(step);
    await sample.run();
    await gradient.run();
    const packed = (await buffers.gradients.read()) as Float32Array;
    for (let r = 0; r < REPLICAS; r++) found.push(flat(unpackWeights(net, packed.subarray(r * size, (r + 1) * size))));
  }
  disposeBuffers(buffers);
  return found;
}

function weightsOf(environment: Environment) {
  return spreadWeights(networkOf(environment, HIDDEN), 1, 1.5);
}

/** The largest distance between mean and expectation in standard errors, over 20 random directions and the expectation's own. */
function largestScore(samples: readonly Float64Array[], expected: Float64Array): number {
  const random = mulberry32(3);
  const directions = [expected, ...Array.from({ length: 20 }, () => expected.map(() => 2 * random() - 1))];
  return Math.max(
    ...directions.map((direction) => {
      const along = samples.map((sample) => dot(direction, sample));
      const mean = along.reduce((sum, value) => sum + value, 0) / along.length;
      const variance = along.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (along.length - 1);
      return Math.abs(mean - dot(direction, expected)) / Math.sqrt(variance / along.length);
    }),
  );
}

/** What 21 normal deviates exceed once in 5,000 times. */
const LIMIT = 4.5;

/** Accepts the right expectation, and must reject what the commonest mistakes would lead to. */
function expectMean(samples: readonly Float64Array[], expected: Float64Array, mistakes: readonly Float64Array[]): void {
  expect(largestScore(samples, expected)).toBeLessThan(LIMIT);
  for (const mistake of [scaled(-1, expected), scaled(2, expected), scaled(0.5, expected), ...mistakes]) {
    expect(largestScore(samples, mistake)).toBeGreaterThan(2 * LIMIT);
  }
}

const ORDERS = [-1, 0.5, 2];
const CASES = [
  { environment: SETS, objective: reverseKl(), estimator: "none" as const },
  { environment: SETS, objective: forwardKl(), estimator: "loo" as const },
  ...ORDERS.map((alpha) => ({ environment: SETS, objective: renyi({ alpha }), estimator: "loo" as const })),
  ...ORDERS.map((alpha) => ({ environment: SETS, objective: tsallis({ alpha }), estimator: "none" as const })),
  { environment: GRID, objective: reverseKl(), estimator: "loo" as const },
  ...ORDERS.map((alpha) => ({ environment: GRID, objective: renyi({ alpha }), estimator: "loo" as const })),
  ...[reverseKl(), forwardKl(), renyi(), jsd()].map((objective) => ({ environment: GRID, objective, estimator: "balance" as const })),
  { environment: SETS, objective: jsd(), estimator: "loo" as const },
].map((given) => ({ ...given, title: `${given.objective.name} ${alphaOf(given.objective) ?? ""} ${given.estimator}` }));

describe("mean gradient", () => {
  it.each(CASES)("of $title on $environment.title is the divergence's", async ({ environment, objective, estimator }) => {
    const { reference } = twin(environment);
    const mlp = oracleMlp(weightsOf(environment));
    const name = objective.name as DivergenceName;
    const alpha = alphaOf(objective);
    const exact = (changes: { objective?: DivergenceName; alpha?: number } = {}) =>
      exactGradient(reference, mlp, { objective: name, alpha, logRewardShift: SHIFT, ...changes });
    // An inverted ratio, or α in place of 1 − α, would give another divergence or order.
    const mistake =
      alpha === undefined ? exact({ objective: name === "forward-kl" ? "reverse-kl" : "forward-kl" }) : exact({ alpha: 1.2 - alpha });
    expectMean(await estimates({ environment, objective, estimator }), exact(), [mistake]);
  });

  it.each([
    { environment: SETS, logZ: -1 },
    { environment: SETS, logZ: 3 },
    { environment: GRID, logZ: 3 },
  ])(
    "of trajectory balance on $environment.title is twice reverse KL's at log Z = $logZ (Proposition 1)",
    async ({ environment, logZ }) => {
      const { reference } = twin(environment);
      const mlp = oracleMlp(weightsOf(environment));
      const samples = await estimates({ environment, objective: trajectoryBalance(), estimator: "none", logZ });
      const twice = scaled(2, exactGradient(reference, mlp, { objective: "reverse-kl" }));
      expect(exactTrajectoryBalanceGradient(reference, mlp, { logZ }).gradient).toBeCloseInNorm(twice, 1e-10);
      expectMean(samples, twice, []);
    },
  );

  // Off the policy the estimator `balance` with a learned log Z is the gradient of E_q[g(d)], for any log Z and any q.
  it.each([
    { environment: GRID, objective: reverseKl() },
    { environment: GRID, objective: forwardKl() },
    { environment: SETS, objective: renyi() },
    { environment: GRID, objective: jsd() },
  ])("of $objective.name off the policy on $environment.title is that of its balance loss", async ({ environment, objective }) => {
    const { reference } = twin(environment);
    const mlp = oracleMlp(weightsOf(environment));
    const epsilon = 0.5;
    const logZ = exactLogZ(reference) + 0.7;
    const exact = (changes = {}) => {
      const options = { objective: objective.name as DivergenceName, alpha: alphaOf(objective), epsilon, logZ, ...changes };
      return exactBalanceGradient(reference, mlp, options).gradient;
    };
    const estimator = withLogZ(estimators.balance, "learned");
    const samples = await estimates({ environment, objective, estimator, logZ, exploration: epsilon });
    expectMean(samples, exact(), [exact({ epsilon: 0 }), exact({ logZ: logZ - 1.4 })]);
  });
});
