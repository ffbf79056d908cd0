import { largestOf } from "@webgfn/tensor/internal";
/**
 * The functions of a divergence's WGSL module in float64. A log weight is ρ + b − s with ρ = log R − log r̄, s = log p_F(τ) and
 * b = log p_B(τ | x); `logRewardShift` is log r̄.
 */
export interface DivergenceHost {
  /** The exponent of the exponential in f. Default 0: f has no exponential. */
  exponent?: (logWeight: number, logRewardShift: number) => number;
  /**
   * Number to subtract from every exponent of the batch. Return `highest`, the largest exponent, if a common factor of f cancels. Default 0.
   */
  shift?: (highest: number) => number;
  /**
   * A trajectory's term of the reported loss, for a `normalised` divergence, whose shift is the exponent at log Z. Default: f · (log R + b −
   * s).
   */
  term?: (f: number, shiftedExponent: number) => number;
  /** f of a trajectory. `shiftedExponent` is its exponent minus `shift`; log R + b − s is logWeight + logRewardShift. */
  value(logWeight: number, shiftedExponent: number, logRewardShift: number): number;
  /** κ_f and κ_1 of ∇f = (κ_f f + κ_1)∇s. Default [0, 0]: f is detached. */
  gradientTerms?: readonly [number, number];
  /** The factor of the gradient, given the mean of f over the batch. Default 1. */
  scale?: (mean: number) => number;
  /**
   * The reported loss. Arguments: the mean of f, the mean of f · (log R + b − s) or of {@link term}, the `shift` of the exponents, the mean of
   * log R + b − s, and log r̄.
   */
  loss?: (meanF: number, meanWeighted: number, shift: number, meanLogWeight: number, logRewardShift: number) => number;
  /**
   * How f(τ) factors over the steps of τ: `product` if f is proportional to exp((1 − order)(b + ρ − s)), or is that minus an `offset`; `sum`
   * if f = s − b − ρ. Exact gradients then sum over states instead of trajectories. Default: they enumerate every trajectory.
   */
  steps?: { kind: "product"; order: number; offset?: number } | { kind: "sum" };
}

/** The terms of a divergence's gradient scale · E[∇f + f∇s] on one batch of N trajectories (method §2). */
export interface Integrand {
  /** `[N]`: f_n */
  f: Float64Array;
  /** κ_f and κ_1 of ∇f = (κ_f f + κ_1)∇s. */
  gradientTerms: readonly [number, number];
  scale: number;
  /** The number that was subtracted from every exponent. */
  shift: number;
}

/**
 * Evaluates a divergence's integrand f, and the factors of its gradient, on a batch of N trajectories.
 *
 * @param logWeights [N]: ρ + b − s, log of the importance weights of the trajectories, with ρ = log R − log r̄.
 * @param logRewardShift log r̄. Default 0.
 * @param probabilities [N]: weights of the trajectories in the mean over the batch. Default: 1/N each.
 * @param logZ log Z − log r̄ of a normalised divergence. Default: log of the mean importance weight.
 */
export function integrandOf(
  host: DivergenceHost,
  logWeights: Float64Array,
  { logRewardShift = 0, probabilities, logZ }: { logRewardShift?: number; probabilities?: Float64Array; logZ?: number } = {},
): Integrand {
  const { exponent = () => 0, gradientTerms = [0, 0], scale = () => 1 } = host;
  const exponents = logWeights.map((logWeight) => exponent(logWeight, logRewardShift));
  const weightOf = (n: number) => probabilities?.[n] ?? 1 / logWeights.length;
  const shift =
    host.term === undefined
      ? (host.shift?.(largestOf(exponents)) ?? 0)
      : exponent(logZ ?? logMeanExp(logWeights, weightOf), logRewardShift);
  const f = logWeights.map((logWeight, n) => host.value(logWeight, (exponents[n] as number) - shift, logRewardShift));
  const mean = f.reduce((sum, value, n) => sum + value * weightOf(n), 0);
  return { f, gradientTerms, scale: scale(mean), shift };
}

/** log Σ p_n e^{x_n}, with p_n = 1/N by default: log of the mean of e^x. */
export function logMeanExp(values: Float64Array, weightOf: (n: number) => number = () => 1 / values.length): number {
  const highest = largestOf(values);
  return highest + Math.log(values.reduce((sum, value, n) => sum + weightOf(n) * Math.exp(value - highest), 0));
}

/**
 * The coefficients c_n of Σ c_n ∇s_n with which the estimator `balance` turns a divergence into a balance loss (method §5.1), in float64.
 *
 * @param logWeights [N]: ρ + b − s.
 * @param logZ a learned log Z − log r̄. Default: the profiled one.
 */
export function balanceCoefficients(
  host: DivergenceHost,
  logWeights: Float64Array,
  { logRewardShift = 0, logZ }: { logRewardShift?: number; logZ?: number } = {},
): Float64Array {
  const all = logZ === undefined ? logWeights : Float64Array.of(...logWeights, logZ);
  const { f, gradientTerms } = integrandOf(host, all, { logRewardShift, ...(logZ !== undefined && { logZ }) });
  const count = logWeights.length;
  const own = f.subarray(0, count);
  const reference = logZ === undefined ? own.reduce((sum, value) => sum + value, 0) / count : (f[count] as number);
  const factor = (host.scale?.(reference) ?? 1) * (gradientTerms[0] + 1);
  return own.map((value) => (factor * (value - reference)) / (logZ === undefined ? count - 1 : count));
}

/** g of a balance loss and its derivative, in float64. */
export interface LossHost {
  /** g(d) */
  loss(d: number): number;
  /** g′(d) */
  slope(d: number): number;
}

/** The functions of a balance loss's WGSL modules in float64. */
export type BalanceHost = LossHost &
  (
    | {
        /** d of a trajectory, given its log R + b − s, log Z, the mean of log R + b − s over the batch, and its log R. */
        residual(logWeight: number, logZ: number, meanLogWeight: number, logReward: number): number;
      }
    | {
        /** d of a transition s → s′, given log F(s), log p_F(s′ | s), log F(s′) and log p_B(s | s′). */
        residual(logFlow: number, logForward: number, nextLogFlow: number, logBackward: number): number;
        /**
         * λ, for a loss over subtrajectories: a subtrajectory of n transitions has the weight λ^n, within its trajectory or as
         * {@link Weighting} defines.
         */
        decay?: number;
      }
    | {
        /** d of a state, given log of the flow into it and log of the flow out of it, R(x) / r̄ for an object x. */
        residual(logInflow: number, logOutflow: number): number;
      }
  );
