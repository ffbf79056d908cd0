import type { EstimatorName } from "@webgfn/objectives";
import { argumentError } from "@webgfn/tensor";
import { type Integrand, mean } from "./integrand.js";
import { dot, weightedSum } from "./vectors.js";

/**
 * An estimator of a divergence's gradient from a batch (method §3): those of training, and `optimal`, which takes the
 * coefficient of Proposition 2 for term A from the batch's per-sample gradients, and leaves one out on term B.
 */
export type VarianceEstimator = EstimatorName | "optimal";

export const varianceEstimators: readonly VarianceEstimator[] = ["none", "loo", "paper", "optimal", "batch-mean"];

/** ε of the paper's coefficient (method §3). */
const EPSILON = 1e-8;

/** What is the same for every objective: S = Σ ∇s_n with its square, and each ‖∇s_n‖². */
export interface ScoreSums {
  /** [parameters] */
  sum: Float64Array;
  /** ‖S‖² */
  squaredNorm: number;
  /** [N] */
  squaredNorms: Float64Array;
}

/** @param scores [N, parameters] */
export function scoreSums(scores: Float32Array, batchSize: number): ScoreSums {
  const parameters = scores.length / batchSize;
  const sum = weightedSum(scores, new Float64Array(batchSize).fill(1));
  const squaredNorms = Float64Array.from({ length: batchSize }, (_, n) => {
    const own = scores.subarray(n * parameters, (n + 1) * parameters);
    return dot(own, own);
  });
  return { sum, squaredNorm: dot(sum, sum), squaredNorms };
}

/** A gradient as a combination of two vectors of its batch: u · U + s · S. */
export interface Combination {
  u: number;
  s: number;
}

/**
 * The gradient of a batch by each estimator. Every one of them is a combination of two vectors,
 *   G = u · U + s · S,   U = Σ (f_n − f̄) ∇s_n,   S = Σ ∇s_n,
 * with numbers u and s that the estimator decides. Taking the mean out of f first, nothing large is subtracted from
 * anything large, however far f̄ is from zero.
 *
 * @param scores [N, parameters]
 * @returns U, of which all make use, and each estimator's combination; {@link combined} makes G of them.
 */
export function batchCombinations(
  scores: Float32Array,
  sums: ScoreSums,
  { f, gradientTerms: [slope, constant], scale }: Integrand,
  estimators: readonly VarianceEstimator[],
): { centred: Float64Array; combinations: Combination[] } {
  const count = f.length;
  const average = mean(f);
  const deviations = f.map((value) => value - average);
  const centred = weightedSum(scores, deviations);
  // ∇f_n = (κ_f (f_n − f̄) + atMean) ∇s_n, so that Σ∇f = κ_f U + atMean · S.
  const atMean = slope * average + constant;
  const product = dot(sums.sum, centred);
  const combinations = estimators.map((estimator) => {
    const { a, u, s } = parts(estimator);
    // Term A, mean ∇f − a · mean ∇s, and term B.
    return { u: scale * (slope / count + u), s: scale * ((atMean - a) / count + s) };
  });
  return { centred, combinations };

  /** The coefficient a of the control variate on term A, and term B as u · U + s · S. */
  function parts(estimator: VarianceEstimator): { a: number; u: number; s: number } {
    switch (estimator) {
      case "none":
        return { a: 0, u: 1 / count, s: average / count };
      case "batch-mean":
        return { a: 0, u: 1 / count, s: 0 };
      case "loo":
        return { a: 0, ...leaveOneOut() };
      case "paper":
        return { a: (slope * product + atMean * sums.squaredNorm) / (EPSILON + sums.squaredNorm), ...leaveOneOut() };
      case "optimal":
        return { a: optimalCoefficient(), ...leaveOneOut() };
    }
  }

  function leaveOneOut(): { u: number; s: number } {
    if (count < 2) throw argumentError(`leave-one-out needs a batch of at least 2 trajectories, not ${count}`);
    return { u: 1 / (count - 1), s: 0 };
  }

  /** a* = E[⟨∇s, ∇f − E∇f⟩] / E‖∇s‖² (Proposition 2), with the batch's means for the expectations. */
  function optimalCoefficient(): number {
    const total = sums.squaredNorms.reduce((sum, value) => sum + value, 0);
    const own = sums.squaredNorms.reduce((sum, value, n) => sum + (slope * (deviations[n] as number) + atMean) * value, 0);
    return (own - (slope * product + atMean * sums.squaredNorm) / count) / (total || 1);
  }
}

/** u · U + s · S */
export function combined(centred: Float64Array, sum: Float64Array, { u, s }: Combination): Float64Array {
  return centred.map((value, p) => u * value + s * (sum[p] as number));
}
