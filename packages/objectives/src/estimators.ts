import balance from "@webgfn/shaders/objectives/estimators/balance.wgsl";
import batchMean from "@webgfn/shaders/objectives/estimators/batch_mean.wgsl";
import controlVariate from "@webgfn/shaders/objectives/estimators/control_variate.wgsl";
import leaveOneOut from "@webgfn/shaders/objectives/estimators/leave_one_out.wgsl";
import plain from "@webgfn/shaders/objectives/estimators/plain.wgsl";
import { requireEntry } from "@webgfn/tensor/internal";
import type { Estimator, GradientSums } from "./estimator.js";

/** The names of this package's estimators. */
export type EstimatorName = "none" | "loo" | "paper" | "batch-mean" | "balance";

/** ε of the control variate's coefficient (method §3). */
const EPSILON = 1e-8;

/** κ_f f̄ + κ_1, so that Σ∇f = κ_f U + atMean · S. */
function atMean({ mean, gradientTerms: [slope, constant] }: GradientSums): number {
  return slope * mean + constant;
}

/**
 * The gradient G = mean ∇f − a · mean ∇s + term B, with a the coefficient of the control variate and term B = u · U + s · S.
 */
export function combination(sums: GradientSums, a: number, termB: { u: number; s: number }): { u: number; s: number } {
  const { count, gradientTerms } = sums;
  return { u: gradientTerms[0] / count + termB.u, s: (atMean(sums) - a) / count + termB.s };
}

/** Term B with the leave-one-out baseline: U / (N − 1). */
export function leaveOneOutTerm({ count }: GradientSums): { u: number; s: number } {
  return { u: 1 / (count - 1), s: 0 };
}

/**
 * The paper's estimator: the score as control variate of term A with the coefficient â = ⟨Σ∇s, Σ∇f⟩ / (ε + ‖Σ∇s‖²), leave-one-out on
 * term B.
 */
export function scoreControlled(sums: GradientSums, epsilon = EPSILON): { u: number; s: number } {
  const [slope] = sums.gradientTerms;
  const a = (slope * sums.product + atMean(sums) * sums.squaredNorm) / (epsilon + sums.squaredNorm);
  return combination(sums, a, leaveOneOutTerm(sums));
}

/**
 * Every estimator by name. `paper` is the default of most divergences, and `balance` if some trajectories are not the policy's own.
 *
 * @example
 * ```ts
 * import { estimators } from "@webgfn/objectives";
 * console.log(Object.keys(estimators)); // [ 'none', 'loo', 'paper', 'batch-mean', 'balance' ]
 * console.log(estimators.paper.channels, estimators.paper.sampling); // 2 any
 * ```
 */
export const estimators: Readonly<Record<EstimatorName, Estimator>> = {
  none: {
    name: "none",
    wgsl: plain,
    channels: 1,
    smallestBatch: 1,
    sampling: "on-policy",
    host: (sums) => combination(sums, 0, { u: 1 / sums.count, s: sums.mean / sums.count }),
  },
  loo: {
    name: "loo",
    wgsl: leaveOneOut,
    channels: 1,
    smallestBatch: 2,
    sampling: "on-policy",
    host: (sums) => combination(sums, 0, leaveOneOutTerm(sums)),
  },
  paper: {
    name: "paper",
    wgsl: controlVariate,
    channels: 2,
    smallestBatch: 2,
    sampling: "any",
    host: (sums) => scoreControlled(sums),
  },
  "batch-mean": {
    name: "batch-mean",
    wgsl: batchMean,
    channels: 1,
    smallestBatch: 2,
    sampling: "on-policy",
    host: (sums) => combination(sums, 0, { u: 1 / sums.count, s: 0 }),
  },
  balance: {
    name: "balance",
    wgsl: balance,
    channels: 1,
    smallestBatch: 2,
    sampling: "any",
    logZ: "profiled",
    host: ({ count, gradientTerms: [slope] }) => ({ u: (slope + 1) / (count - 1), s: 0 }),
  },
};

/**
 * Looks up an estimator by name. @throws WebgfnError `argument` for an unknown name.
 *
 * @example
 * ```ts
 * import { findEstimator } from "@webgfn/objectives";
 * console.log(findEstimator("loo").smallestBatch); // 2
 * ```
 */
export function findEstimator(name: string): Estimator {
  return requireEntry("an estimator", estimators, name);
}
