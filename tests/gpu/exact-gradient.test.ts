/**
 * The expectation of the GPU's gradient is the gradient of the divergence, by enumeration of all trajectories.
 * Many replicas with the same weights and other seeds make one batch each; the mean over them and over steps is compared
 * along random directions and along the exact gradient, in standard errors.
 */
import { type Environment, hypergrid, sets } from "@webgfn/envs";
import { estimator as estimatorByName, type EstimatorName, forwardKl, type Objective, renyi, reverseKl, trajectoryBalance, tsallis } from "@webgfn/objectives";
import { packWeights, Replicas, unpackWeights } from "@webgfn/sampler";
import { recordStep, stepBuffers } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { type DivergenceName, dot, exactGradient, exactTrajectoryBalanceGradient, mulberry32, scaled } from "../reference/index.js";
import { testDevice } from "./device.js";
import { flat, networkOf, oracleMlp, spreadWeights, twin } from "./helpers.js";

/** 12 trajectories to 6 sets of unequal rewards, and 19 of unequal length to 9 cells. */
const SETS: Environment = { ...sets({ items: 4, size: 2 }), data: Float32Array.of(0.3, -1.1, 0.8, 1.7) };
const GRID = hypergrid({ side: 3, r0: 0.1 });
const HIDDEN = [3];
/** log r̄ of every case. */
const SHIFT = 0.5;
const REPLICAS = 64;
const STEPS = 4;

interface Case {
  environment: Environment;
  objective: Objective;
  estimator: EstimatorName;
  batch: number;
  logZ?: number;
}

/** Gradients of REPLICAS · STEPS batches, with all rates at 0. */
async function estimates({ environment, objective, estimator, batch, logZ = 0 }: Case): Promise<Float64Array[]> {
  const device = await testDevice();
  const net = networkOf(environment, HIDDEN);
  const seeds = Array.from({ length: REPLICAS }, (_, r) => 100 + r);
  const replicas = new Replicas(device, seeds.map((seed) => ({ seed, alpha: objective.alpha ?? 0, logRewardShift: SHIFT })));
  const shape = { environment, network: net, objective, estimator: estimatorByName(estimator), batch, replicas };
  const buffers = stepBuffers(device, shape);
  const weights = packWeights(net, weightsOf(environment));
  seeds.forEach((_, r) => {
    buffers.weights.write(weights, r * weights.length);
    buffers.logZ.write(Float32Array.of(logZ), 4 * r);
  });
  const { rollout, gradient } = await recordStep(device, shape, buffers);
  const size = 4 * net.parameters4;
  const found: Float64Array[] = [];
  for (let step = 0; step < STEPS; step++) {
    await rollout.run();
    await gradient.run(); // advances the step, and with it the random numbers
    const packed = (await buffers.gradients.read()) as Float32Array;
    for (let r = 0; r < REPLICAS; r++) found.push(flat(unpackWeights(net, packed.subarray(r * size, (r + 1) * size))));
  }
  replicas.dispose();
  const { replicas: _, ...tensors } = buffers;
  for (const tensor of Object.values(tensors)) tensor.dispose();
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

describe.each([{ environment: SETS }, { environment: GRID }])("mean gradient on $environment.title", ({ environment }) => {
  const { reference } = twin(environment);
  const mlp = oracleMlp(weightsOf(environment));

  // The ratio estimators (Rényi, forward KL) are biased by O(1/N): the larger batch keeps that below a standard error.
  it.each([
    { objective: reverseKl(), estimator: "none" as const, batch: 64 },
    { objective: reverseKl(), estimator: "loo" as const, batch: 64 },
    { objective: forwardKl(), estimator: "loo" as const, batch: 1000 },
    ...[-1, 0.5, 2].map((alpha) => ({ objective: renyi({ alpha }), estimator: "loo" as const, batch: 1000 })),
    ...[-1, 0.5, 2].map((alpha) => ({ objective: tsallis({ alpha }), estimator: "loo" as const, batch: 64 })),
  ].map((given) => ({ ...given, title: `${given.objective.name} ${given.objective.alpha ?? ""} ${given.estimator}` })))(
    "of $title is the divergence's",
    async ({ objective, estimator, batch }) => {
      const name = objective.name as DivergenceName;
      const exact = (changes: { objective?: DivergenceName; alpha?: number } = {}) =>
        exactGradient(reference, mlp, { objective: name, alpha: objective.alpha, logRewardShift: SHIFT, ...changes });
      // Another divergence or order is what an inverted ratio, or α in place of 1 − α, would give.
      const others = objective.alpha === undefined ? exact({ objective: name === "reverse-kl" ? "forward-kl" : "reverse-kl" }) : exact({ alpha: 1.2 - objective.alpha });
      expectMean(await estimates({ environment, objective, estimator, batch }), exact(), [others]);
    },
  );

  it.each([-1, 3])("of trajectory balance is twice reverse KL's at log Z = %d (Proposition 1)", async (logZ) => {
    const samples = await estimates({ environment, objective: trajectoryBalance(), estimator: "none", batch: 64, logZ });
    const reverse = exactGradient(reference, mlp, { objective: "reverse-kl" });
    expectMean(samples, scaled(2, reverse), []);
    expect(largestScore(samples, exactTrajectoryBalanceGradient(reference, mlp, { logZ }).gradient)).toBeLessThan(LIMIT);
  });
});
