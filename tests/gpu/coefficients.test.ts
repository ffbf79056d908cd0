/**
 * Every objective with every estimator, as a reduction: trajectories written by the test in, coefficients and metrics out.
 * How coefficients become gradients is the business of `gradient.test.ts`.
 */

import {
  type Divergence,
  type Estimator,
  type EstimatorName,
  estimators,
  findEstimator,
  forwardKl,
  type Hosted,
  jsd,
  type Objective,
  renyi,
  reverseKl,
  trajectoryBalance,
  tsallis,
} from "@webgfn/objectives";
import { balanceCoefficients, numbersOf, objectiveKernel, withLogZ } from "@webgfn/objectives/internal";
import {
  annealedLogReward,
  type Batch,
  balanceSlope,
  batchGradient,
  type DivergenceName,
  direction,
  inverseTemperature,
  logSumExp,
  mean,
  mulberry32,
  type ObjectiveName,
} from "@webgfn/reference";
import { Replicas } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { alphaOf } from "./helpers.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for the larger ones.
vi.setConfig({ testTimeout: 300_000 });

const ORDERS = [-1, 0.5, 2];
const RAW = forwardKl({ weights: "raw" });
const DIVERGENCES = [
  reverseKl(),
  forwardKl(),
  RAW,
  ...ORDERS.map((alpha) => renyi({ alpha })),
  ...ORDERS.map((alpha) => tsallis({ alpha })),
  jsd(),
];
const ESTIMATORS: EstimatorName[] = ["none", "loo", "paper", "batch-mean", "balance"];
const CASES = [
  ...DIVERGENCES.flatMap((objective) => ESTIMATORS.map((estimator) => ({ objective, estimator }))),
  { objective: trajectoryBalance(), estimator: "none" as const },
].map((given) => ({
  ...given,
  title: [given.objective.name, alphaOf(given.objective), given.objective === RAW ? "raw" : undefined, given.estimator]
    .filter((part) => part !== undefined)
    .join(" "),
}));

/** Not a multiple of the lanes; few lanes, because reductions over many take llvmpipe seconds to compile. */
const SIZES = { BATCH: 21, LANES: 8, HORIZON: 5, ROWS: 5 };
const SHIFTS = [0.7, -2];
const LOG_Z = [1.5, -3];

interface Trajectories extends Batch {
  lengths: number[];
}

/** Made-up trajectories, float32 as the rollout's are; log R lies near `centre`. */
function madeUp(seed: number, centre: number): Trajectories {
  const random = mulberry32(seed);
  const list = (make: () => number) => Array.from({ length: SIZES.BATCH }, () => Math.fround(make()));
  return {
    logForward: list(() => -6 * random()),
    logBackward: list(() => -3 * random()),
    logReward: list(() => centre + 2 * random() - 1),
    lengths: list(() => 1 + Math.floor(SIZES.HORIZON * random())),
  };
}

/** Runs the objective kernel of one case, one replica for each of `SHIFTS`. */
async function reduce(
  objective: Objective,
  chosen: EstimatorName | Estimator,
  batches: Trajectories[],
  offset = 0,
  given = {},
  schedule = {},
) {
  const estimator = typeof chosen === "string" ? findEstimator(chosen) : chosen;
  const device = await testDevice();
  const count = batches.length;
  const settings = batches.map((_, r) => ({
    seed: r,
    step: 3,
    parameters: numbersOf(objective),
    logRewardShift: SHIFTS[r]! + offset,
    ...schedule,
  }));
  const replicas = new Replicas(device, settings);
  const { conditions, ...kernelSource } = objectiveKernel(objective, estimator);
  const kernel = await device.kernel({ ...kernelSource, conditions: { ...conditions, ...given }, constants: SIZES });
  const columns = batches.flatMap(({ logForward, logBackward, logReward, lengths }) =>
    lengths.flatMap((length, n) => [logForward[n]!, logBackward[n]!, logReward[n]!, length]),
  );
  const tensors = {
    trajectories: device.tensorFrom(Float32Array.from(columns)),
    coefficients: device.tensor([count, SIZES.BATCH, 2]),
    live_rows: device.tensor([count, SIZES.BATCH * SIZES.ROWS], { dtype: "u32" }),
    outcomes: device.tensor([count, 8]),
    log_z: device.tensorFrom(Float32Array.from(batches.flatMap((_, r) => [LOG_Z[r]!, 0, 0, 0]))),
    // The flag of the steps before this one.
    metrics: device.tensorFrom(Float32Array.from(batches.flatMap(() => [0, 0, 0, 0, 0, 0, 0, 1]))),
  };
  await new Program(device, "objective").add(kernel, { replicas: replicas.tensor, ...tensors }, [count]).run();
  const [coefficients, liveRows, outcomes, logZ, metrics, steps] = await Promise.all([
    tensors.coefficients.read(),
    tensors.live_rows.read(),
    tensors.outcomes.read(),
    tensors.log_z.read(),
    tensors.metrics.read(),
    replicas.steps(),
  ]);
  for (const tensor of Object.values(tensors)) tensor.dispose();
  replicas.dispose();
  return batches.map((_, r) => {
    const own = [...coefficients.subarray(2 * r * SIZES.BATCH, 2 * (r + 1) * SIZES.BATCH)];
    const [liveCount, step] = new Uint32Array((outcomes as Float32Array).slice(8 * r, 8 * r + 2).buffer);
    return {
      u: own.filter((_, i) => i % 2 === 0),
      s: own.filter((_, i) => i % 2 === 1),
      liveRows: [...liveRows.subarray(r * SIZES.BATCH * SIZES.ROWS, r * SIZES.BATCH * SIZES.ROWS + liveCount!)],
      step,
      /** scale, f̄, κ_f, κ_1 */
      outcome: [...outcomes.subarray(8 * r + 2, 8 * r + 6)],
      logZ: [...logZ.subarray(4 * r, 4 * r + 3)],
      metrics: [...metrics.subarray(8 * r, 8 * r + 8)],
      nextStep: steps[r],
    };
  });
}

/** With unit vectors in place of the scores, the oracle's gradient is the list of coefficients, where they are fixed. */
function oracleCoefficients(
  objective: Objective,
  estimator: EstimatorName,
  batch: Trajectories,
  replica: number,
  offset: number,
): number[] {
  const units = batch.lengths.map((_, n) => Float64Array.from(batch.lengths, (_, m) => Number(n === m)));
  const shift = objective.family === "balance" ? 0 : SHIFTS[replica]! + offset;
  const options = {
    objective: objective.name as ObjectiveName,
    estimator,
    alpha: alphaOf(objective),
    weights: objective.parameters["weights"]?.value as "normalised" | "raw" | undefined,
    logZ: LOG_Z[replica],
  };
  return [...batchGradient(options, { ...batch, logReward: batch.logReward.map((logR) => logR - shift) }, units).gradient];
}

/** What the paper's estimator makes of its two channels for these unit vectors: ⟨S, U⟩ = Σ u, ‖S‖² = N (method §3). */
function combined(u: number[], [scale, meanF, kappaF, kappa1]: number[]): number[] {
  const n = u.length;
  const sum = u.reduce((total, value) => total + value, 0);
  const rest = (kappaF! * meanF! + kappa1!) * (1e-8 / (1e-8 + n));
  return u.map((value) => scale! * ((kappaF! * (value - sum / (1e-8 + n)) + rest) / n + value / (n - 1)));
}

async function expectCoefficients(objective: Objective, estimator: EstimatorName, centre: number, tolerance: number) {
  const batches = [madeUp(1, centre), madeUp(2, centre)];
  const results = await reduce(objective, estimator, batches, centre);
  results.forEach((result, r) => {
    const expected = oracleCoefficients(objective, estimator, batches[r]!, r, centre);
    const actual = estimator === "paper" ? combined(result.u, result.outcome) : result.u;
    expect(actual).toBeAllClose(expected, { ofLargest: tolerance });
    if (estimator === "paper") expect(new Set(result.s)).toEqual(new Set([1]));
  });
  return { batches, results };
}

describe("coefficients, live rows and metrics", () => {
  it.each(CASES)("$title", async ({ objective, estimator }) => {
    const { batches, results } = await expectCoefficients(objective, estimator, 0, 1e-5);
    results.forEach((result, r) => {
      const { lengths, logReward } = batches[r]!;
      expect(result.liveRows).toEqual(lengths.flatMap((length, n) => Array.from({ length }, (_, time) => n * SIZES.ROWS + time)));
      // The update counts the step, not the objective.
      expect([result.step, result.nextStep]).toEqual([3, 3]);

      const weight = logReward.map((logR, n) => logR + batches[r]!.logBackward[n]! - batches[r]!.logForward[n]!);
      const elbo = mean(weight);
      const logMeanExp = (values: number[]) => logSumExp(values) - Math.log(values.length);
      const alpha = alphaOf(objective) ?? Number.NaN;
      const loss = {
        "reverse-kl": () => -elbo,
        "forward-kl": () => mean(weight.map((w) => w * Math.exp(w))) / mean(weight.map(Math.exp)),
        renyi: () => (direction(alpha) * logMeanExp(weight.map((w) => (1 - alpha) * w))) / (alpha - 1),
        tsallis: () => (direction(alpha) * (mean(weight.map((w) => Math.exp((1 - alpha) * (w - SHIFTS[r]!)))) - 1)) / (alpha - 1),
        jsd: () => {
          const logs = weight.map((w) => w - logMeanExp(weight));
          return mean(logs.map((x) => -Math.log((1 + Math.exp(x)) / 2) + Math.exp(x) * (x - Math.log((1 + Math.exp(x)) / 2)))) / 2;
        },
        tb: () => mean(weight.map((w) => (LOG_Z[r]! - w) ** 2)),
      }[objective.name as ObjectiveName]();
      const variance = mean(weight.map((w) => (w - elbo) ** 2));
      const expected = [loss, elbo, variance, logMeanExp(weight), mean(logReward), mean(lengths), result.logZ[0]!, 1];
      result.metrics.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!), `metric ${i}`).toBeLessThan(1e-5 * (1 + Math.abs(expected[i]!)));
      });
    });
  });
});

// Powers of order 1e-5 differ from 1 in float32's last places: f − f̄ must keep its digits all the same.
describe("coefficients near alpha = 1", () => {
  const near = [1 - 2e-6, 1 + 1e-5, 1 - 9e-4, 1 + 9e-4].flatMap((alpha) => [renyi({ alpha }), tsallis({ alpha })]);
  const cases = near.flatMap((objective) =>
    (["loo", "paper", "batch-mean"] as const).map((estimator) => ({
      objective,
      estimator,
      name: objective.name,
      alpha: alphaOf(objective),
    })),
  );
  it.each(cases)("$name $alpha $estimator", async ({ objective, estimator }) => {
    await expectCoefficients(objective, estimator, 0, 1e-4);
  });

  it("agree with float64's at both sides of the bound", async () => {
    for (const alpha of [1 - 1.001e-3, 1 - 0.999e-3]) {
      const batch = madeUp(1, 0);
      const [result] = await reduce(renyi({ alpha }), "loo", [batch]);
      const elbo = mean(batch.logReward.map((logR, n) => logR + batch.logBackward[n]! - batch.logForward[n]!));
      expect(result!.u).toBeAllClose(oracleCoefficients(renyi({ alpha }), "loo", batch, 0, 0), { ofLargest: 1e-3 });
      // The loss is about −E[log w], as that of the reverse KL divergence.
      expect(Math.abs(result!.metrics[0]! + elbo)).toBeLessThan(0.01 * Math.abs(elbo) + 0.01);
    }
  });
});

// Exponents reach ±2000 without log r̄: only f − max f may be exponentiated. Log R itself is rounded to 6e-5 there.
describe("coefficients where log R is about 1000", () => {
  it.each(CASES.filter(({ estimator }) => estimator === "paper"))("$title", async ({ objective, estimator }) => {
    await expectCoefficients(objective, estimator, 1000, 1e-3);
  });

  it.each(CASES.filter(({ title }) => /^(forward-kl|renyi .*) loo$/.test(title)))(
    "$title, without log r̄",
    async ({ objective, estimator }) => {
      const batches = [madeUp(1, 1000)];
      const [result] = await reduce(objective, estimator, batches, -SHIFTS[0]!);
      expect(result!.u).toBeAllClose(oracleCoefficients(objective, estimator, batches[0]!, 0, 1000), { ofLargest: 1e-3 });
    },
  );
});

describe("an order that changes", () => {
  const scheduled = (values: object) => ({ alpha: 0.1, alphaEnd: 0.9, ...values });

  it.each([renyi, tsallis])("follows the steps", async (make) => {
    const batch = madeUp(1, 0);
    // Step 3 of 6.
    const [found] = await reduce(make(scheduled({})), "loo", [batch], 0, {}, { steps: 6 });
    expect(found!.u).toBeAllClose(oracleCoefficients(make({ alpha: 0.5 }), "loo", batch, 0, 0), { ofLargest: 1e-5 });
    const [end] = await reduce(make(scheduled({})), "loo", [batch], 0, {}, { steps: 2 });
    expect(end!.u).toBeAllClose(oracleCoefficients(make({ alpha: 0.9 }), "loo", batch, 0, 0), { ofLargest: 1e-5 });
  });

  it("follows the effective share of the samples", async () => {
    const batch = madeUp(1, 0);
    const weights = batch.logReward.map((logR, n) => Math.exp(logR + batch.logBackward[n]! - batch.logForward[n]!));
    const share = mean(weights) ** 2 / mean(weights.map((w) => w * w));
    const [found] = await reduce(renyi(scheduled({ alphaBy: "ess" })), "loo", [batch]);
    const alpha = 0.1 + 0.8 * share;
    expect(found!.u).toBeAllClose(oracleCoefficients(renyi({ alpha }), "loo", batch, 0, 0), { ofLargest: 1e-4 });
    expect(share).toBeGreaterThan(0.05);
  });
});

// Step 3 of 10, and the first one after which β is 1.
describe("a reward that is annealed", () => {
  const DURING = { steps: 10, anneal: 0.2, annealUntil: 0.6 };
  const AFTER = { steps: 5, anneal: 0.2, annealUntil: 0.6 };
  const BETA = inverseTemperature(3, DURING);
  const warm = (batch: Trajectories, r: number): Trajectories => ({
    ...batch,
    logReward: batch.logReward.map((logR) => annealedLogReward(logR, BETA, SHIFTS[r]!)),
  });
  const annealed: { objective: Objective; estimator: EstimatorName }[] = [
    { objective: reverseKl(), estimator: "loo" },
    { objective: forwardKl(), estimator: "loo" },
    { objective: renyi({ alpha: 0.5 }), estimator: "paper" },
    { objective: tsallis({ alpha: 2 }), estimator: "loo" },
    { objective: trajectoryBalance(), estimator: "none" },
  ];

  it.each(annealed)("gives $objective.name the coefficients of R^β, and the metrics of its weights", async ({ objective, estimator }) => {
    const batches = [madeUp(1, 0), madeUp(2, 0)];
    const results = await reduce(objective, estimator, batches, 0, {}, DURING);
    results.forEach(({ u, outcome, metrics }, r) => {
      const target = warm(batches[r]!, r);
      const expected = oracleCoefficients(objective, estimator, target, r, 0);
      expect(estimator === "paper" ? combined(u, outcome) : u).toBeAllClose(expected, { ofLargest: 1e-5 });
      const weights = target.logReward.map((logR, n) => logR + target.logBackward[n]! - target.logForward[n]!);
      const elbo = mean(weights);
      const spread = mean(weights.map((w) => (w - elbo) ** 2));
      const logMeanExp = logSumExp(weights) - Math.log(weights.length);
      // Mean log R is that of the reward itself.
      expect(metrics.slice(1, 5)).toBeAllClose([elbo, spread, logMeanExp, mean(batches[r]!.logReward)], { ofLargest: 1e-5 });
    });
  });

  it.each([forwardKl(), jsd()] as Hosted<Divergence>[])("profiles log Z of R^β: $name", async (objective) => {
    const batch = madeUp(1, 0);
    const [result] = await reduce(objective, "balance", [batch], 0, {}, DURING);
    const { logReward, logBackward, logForward } = warm(batch, 0);
    const logWeights = Float64Array.from(logReward, (logR, n) => logR + logBackward[n]! - logForward[n]! - SHIFTS[0]!);
    const host = balanceCoefficients(objective.host, logWeights, { logRewardShift: SHIFTS[0]! });
    expect(result!.u).toBeAllClose([...host], { ofLargest: 1e-5 });
  });

  it.each(annealed)("leaves no trace in $objective.name where β is 1", async ({ objective, estimator }) => {
    const batches = [madeUp(1, 0), madeUp(2, 0)];
    expect(await reduce(objective, estimator, batches, 0, {}, AFTER)).toEqual(
      await reduce(objective, estimator, batches, 0, {}, { steps: 5 }),
    );
  });
});

describe("a divergence as a balance loss", () => {
  const cases = DIVERGENCES.map((objective) => ({
    objective: objective as Hosted<Divergence>,
    title: [objective.name, alphaOf(objective), objective === RAW ? "raw" : undefined].filter((part) => part !== undefined).join(" "),
  }));
  const logWeightsOf = ({ logReward, logBackward, logForward }: Trajectories) =>
    Float64Array.from(logReward, (logR, n) => logR + logBackward[n]! - logForward[n]!);

  it.each(cases)("has the coefficients g′(d) at a learned log Z, and steps log Z by their mean: $title", async ({ objective }) => {
    const batches = [madeUp(1, 0), madeUp(2, 0)];
    const results = await reduce(objective, withLogZ(estimators.balance, "learned"), batches);
    results.forEach(({ u, logZ }, r) => {
      const logWeights = logWeightsOf(batches[r]!);
      // Raw weights and powers are not divided by those at d = 0.
      const order = alphaOf(objective);
      const excess = LOG_Z[r]! - SHIFTS[r]!;
      const size = objective === RAW ? Math.exp(excess) : objective.name === "tsallis" ? Math.exp((1 - order!) * excess) : 1;
      const slopes = [...logWeights].map(
        (logWeight) =>
          (size * balanceSlope({ objective: objective.name as DivergenceName, alpha: order }, LOG_Z[r]! - logWeight)) / SIZES.BATCH,
      );
      expect(u).toBeAllClose(slopes, { ofLargest: 1e-5 });
      expect(logZ[0]).toBe(LOG_Z[r]);
      const gradient = slopes.reduce((sum, slope) => sum + slope, 0);
      expect(Math.abs(logZ[1]! - 0.1 * gradient)).toBeLessThan(1e-5 * (1 + Math.abs(gradient)));
      const host = balanceCoefficients(
        objective.host,
        logWeights.map((logWeight) => logWeight - SHIFTS[r]!),
        { logRewardShift: SHIFTS[r]!, logZ: excess },
      );
      expect([...host]).toBeAllClose(slopes, { ofLargest: 1e-9 });
    });
  });

  it.each(cases)("has coefficients that sum to 0 with a profiled log Z: $title", async ({ objective }) => {
    const batch = madeUp(1, 0);
    const [result] = await reduce(objective, "balance", [batch]);
    const host = balanceCoefficients(
      objective.host,
      logWeightsOf(batch).map((logWeight) => logWeight - SHIFTS[0]!),
      { logRewardShift: SHIFTS[0]! },
    );
    expect(result!.u).toBeAllClose([...host], { ofLargest: 1e-5 });
    const largest = Math.max(...result!.u.map(Math.abs));
    expect(Math.abs(result!.u.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-5 * largest * SIZES.BATCH);
  });

  it("gives a learned p_B the opposite coefficients", async () => {
    const [result] = await reduce(jsd(), "balance", [madeUp(1, 0)], 0, { learned_backward: true });
    expect(result!.s).toEqual(result!.u.map((value) => -value));
  });
});
