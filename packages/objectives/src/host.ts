/** What a divergence's WGSL module computes, function by function in float64. */
export interface DivergenceHost {
  /** What f is the exponential of, from a log weight ρ + b − s with ρ = log R − log r̄, and log r̄. Default 0. */
  exponent?: (logWeight: number, logRewardShift: number) => number;
  /** What is subtracted from all exponents, from the largest of them: itself where a common factor of f cancels. Default 0. */
  shift?: (highest: number) => number;
  /** f of a trajectory, from its log weight, its exponent after {@link shift}, and log r̄: log R + b − s is logWeight + logRewardShift. */
  value(logWeight: number, shiftedExponent: number, logRewardShift: number): number;
  /** κ_f and κ_1 of ∇f = (κ_f f + κ_1)∇s. Default [0, 0]: f is detached. */
  gradientTerms?: readonly [number, number];
  /** The factor of the gradient, from the mean of f over the batch. Default 1. */
  scale?: (mean: number) => number;
  /**
   * What is reported as the loss, from the mean of f, the mean of f · (log R + b − s), what was subtracted from the exponents,
   * the mean of log R + b − s, and log r̄.
   */
  loss?: (meanF: number, meanWeighted: number, shift: number, meanLogWeight: number, logRewardShift: number) => number;
  /**
   * How f(τ) depends on the steps of τ, where exact gradients need not go through every trajectory: `product` where f is
   * proportional to exp((1 − order)(b + ρ − s)), or is that less an `offset`; `sum` where f = s − b − ρ. Default: exact gradients
   * sum over every trajectory.
   */
  steps?: { kind: "product"; order: number; offset?: number } | { kind: "sum" };
}

/** What a divergence makes of a batch: its gradient is scale · E[∇f + f∇s] (method §2). */
export interface Integrand {
  /** `[N]`: f_n */
  f: Float64Array;
  /** κ_f and κ_1 of ∇f = (κ_f f + κ_1)∇s. */
  gradientTerms: readonly [number, number];
  scale: number;
  /** What was subtracted from the exponents. */
  shift: number;
}

/**
 * A divergence's integrand of a batch.
 *
 * @param logWeights [N]: ρ + b − s, log of the importance weights of the trajectories, with ρ = log R − log r̄.
 * @param logRewardShift log r̄. Default 0.
 * @param probabilities [N]: what the mean over the batch is weighted with. Default: 1/N each.
 */
export function integrandOf(
  host: DivergenceHost,
  logWeights: Float64Array,
  { logRewardShift = 0, probabilities }: { logRewardShift?: number; probabilities?: Float64Array } = {},
): Integrand {
  const { exponent = () => 0, gradientTerms = [0, 0], scale = () => 1 } = host;
  const exponents = logWeights.map((logWeight) => exponent(logWeight, logRewardShift));
  const shift = host.shift?.(exponents.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)) ?? 0;
  const f = logWeights.map((logWeight, n) => host.value(logWeight, (exponents[n] as number) - shift, logRewardShift));
  const mean = f.reduce((sum, value, n) => sum + value * (probabilities?.[n] ?? 1 / f.length), 0);
  return { f, gradientTerms, scale: scale(mean), shift };
}

/** g of a balance loss and its derivative, in float64. */
export interface LossHost {
  loss(d: number): number;
  slope(d: number): number;
}

/** What a balance loss' WGSL modules compute, in float64. */
export type BalanceHost = LossHost &
  (
    | {
        /** d of a trajectory, from its log R + b − s, log Z, and the mean of log R + b − s over the batch. */
        residual(logWeight: number, logZ: number, meanLogWeight: number): number;
      }
    | {
        /** d of a transition s → s′, from log F(s), log p_F(s′ | s), log F(s′) and log p_B(s | s′). */
        residual(logFlow: number, logForward: number, nextLogFlow: number, logBackward: number): number;
        /** λ of the stretches, where there are any. */
        decay?: number;
      }
  );
