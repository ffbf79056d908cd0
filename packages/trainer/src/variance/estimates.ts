import { type Combination, type Estimator, estimators, type GradientSums } from "@webgfn/objectives";
import type { Integrand } from "@webgfn/objectives/internal";
import { combination, leaveOneOutTerm } from "@webgfn/objectives/internal";
import { argumentError } from "@webgfn/tensor/internal";
import { dot, weightedSum } from "./vectors.js";

/** An estimator whose variance can be measured: a training estimator, by name or as an object, or `optimal`. */
export type VarianceEstimator = string | Estimator;

/** Adds to {@link GradientSums} the values of every trajectory, for estimators that need its score. */
interface SampleSums extends GradientSums {
  /** `[N]`: f_n − f̄ */
  deviations: Float64Array;
  /** `[N]`: ‖∇s_n‖² */
  squaredNorms: Float64Array;
}

/** An estimator in float64. */
export interface HostEstimator {
  name: string;
  smallestBatch: number;
  combine(sums: SampleSums): Combination;
}

/**
 * `optimal` computes the coefficient of Proposition 2 for term A, a* = E[⟨∇s, ∇f − E∇f⟩] / E‖∇s‖², from the batch's per-sample gradients,
 * with batch means for expectations. For term B it leaves one out. Only for diagnostics: training has no such estimator.
 */
const OPTIMAL: HostEstimator = {
  name: "optimal",
  smallestBatch: 2,
  combine(sums) {
    const { count, mean, gradientTerms, product, squaredNorm, deviations, squaredNorms } = sums;
    const [slope, constant] = gradientTerms;
    const atMean = slope * mean + constant;
    const total = squaredNorms.reduce((sum, value) => sum + value, 0);
    const own = squaredNorms.reduce((sum, value, n) => sum + (slope * (deviations[n] as number) + atMean) * value, 0);
    const a = (own - (slope * product + atMean * squaredNorm) / count) / (total || 1);
    return combination(sums, a, leaveOneOutTerm(sums));
  },
};

/** The names of the estimators that can be measured. */
export const varianceEstimators: readonly string[] = ["none", "loo", "paper", "optimal", "batch-mean", "balance"];

/**
 * An estimator's float64 side.
 *
 * @throws WebgfnError `argument` for a name that is not an estimator's, or an estimator without `host`.
 */
export function hostEstimator(estimator: VarianceEstimator): HostEstimator {
  if (estimator === "optimal") return OPTIMAL;
  const found = typeof estimator === "string" ? estimators[estimator as keyof typeof estimators] : estimator;
  if (found === undefined) throw argumentError(`${String(estimator)} is not an estimator`);
  const { name, host, smallestBatch } = found;
  if (host === undefined) throw argumentError(`the variance of estimator ${name} cannot be measured: it has no host function in float64`);
  return { name, smallestBatch, combine: host };
}

/** Sums of scores, the same for every objective: S = Σ ∇s_n with its square, and each ‖∇s_n‖². */
export interface ScoreSums {
  /** [parameters] */
  sum: Float64Array;
  /** ‖S‖² */
  squaredNorm: number;
  /** [N] */
  squaredNorms: Float64Array;
}

/** @param scores [N, parameters] */
export function scoreSums(scores: Float32Array | Float64Array, batchSize: number): ScoreSums {
  const parameters = scores.length / batchSize;
  const sum = weightedSum(scores, new Float64Array(batchSize).fill(1));
  const squaredNorms = Float64Array.from({ length: batchSize }, (_, n) => {
    const own = scores.subarray(n * parameters, (n + 1) * parameters);
    return dot(own, own);
  });
  return { sum, squaredNorm: dot(sum, sum), squaredNorms };
}

/**
 * The gradient of a batch by each estimator. Every one of them is a combination of two vectors, G = u · U + s · S,   U = Σ (f_n − f̄) ∇s_n,
 *   S = Σ ∇s_n, with numbers u and s that depend on the estimator. The mean of f is subtracted first, so that no large numbers cancel,
 *   however far f̄ is from zero.
 *
 * @param scores [N, parameters]
 * @returns U, and each estimator's combination; {@link combined} makes G of them.
 * @throws WebgfnError `argument` for a batch that is too small for an estimator.
 */
export function batchCombinations(
  scores: Float32Array | Float64Array,
  sums: ScoreSums,
  { f, gradientTerms, scale }: Integrand,
  chosen: readonly HostEstimator[],
): { centred: Float64Array; combinations: Combination[] } {
  const count = f.length;
  const mean = f.reduce((sum, value) => sum + value, 0) / count;
  const deviations = f.map((value) => value - mean);
  const centred = weightedSum(scores, deviations);
  const { squaredNorm, squaredNorms } = sums;
  const facts = { count, mean, gradientTerms, product: dot(sums.sum, centred), squaredNorm, deviations, squaredNorms };
  const combinations = chosen.map(({ smallestBatch, combine }) => {
    if (count < smallestBatch) throw argumentError(`leave-one-out needs a batch of at least ${smallestBatch} trajectories, not ${count}`);
    const { u, s } = combine(facts);
    return { u: scale * u, s: scale * s };
  });
  return { centred, combinations };
}

/** u · U + s · S */
export function combined(centred: Float64Array, sum: Float64Array, { u, s }: Combination): Float64Array {
  return centred.map((value, p) => u * value + s * (sum[p] as number));
}
