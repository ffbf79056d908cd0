import { rules } from "@webgfn/tensor";
import { argumentError, requireKnown, requireRule } from "@webgfn/tensor/internal";

/** Sums over a batch of N trajectories from which an estimator's gradient follows (method §3). */
export interface GradientSums {
  /** N */
  count: number;
  /** f̄ */
  mean: number;
  /** κ_f and κ_1 of ∇f = (κ_f f + κ_1)∇s. */
  gradientTerms: readonly [number, number];
  /** ⟨S, U⟩ over all parameters, with U = Σ (f_n − f̄)∇s_n and S = Σ ∇s_n. */
  product: number;
  /** ‖S‖² */
  squaredNorm: number;
}

/** The coefficients of a gradient u · U + s · S, with U = Σ (f_n − f̄)∇s_n and S = Σ ∇s_n. */
export interface Combination {
  /** The factor of U. */
  u: number;
  /** The factor of S. */
  s: number;
}

/**
 * An estimator of a divergence's gradient from a batch (method §3). Its WGSL module `package::estimator` defines `coefficient`, and
 * with two channels `combine`.
 */
export interface Estimator {
  /** Name on the command line and in run folders. */
  readonly name: string;
  /** The text of the WGSL module. */
  readonly wgsl: string;
  /** Gradient channels: 2 if a control variate needs Σ ∇s in addition to Σ (f − f̄)∇s, else 1. */
  readonly channels: 1 | 2;
  /** The smallest batch size for which the estimator is defined. */
  readonly smallestBatch: number;
  /**
   * Whether training may explore with this estimator. `any`: at p_T = R/Z the gradient is zero for every batch, also for off-policy
   * samples, so the target stays a fixed point. `on-policy`: the gradient has a term with the mean score, which is 0 only for on-policy
   * samples.
   */
  readonly sampling: "on-policy" | "any";
  /**
   * For estimators that turn the divergence into a balance loss: log Z is `profiled`, the best value for each batch, or `learned`. The
   * argument `mean` of `coefficient` is then the mean of f over the batch, or f at the learned log Z.
   */
  readonly logZ?: "profiled" | "learned";
  /** The estimator in float64: the gradient before the divergence's scale, as a combination of U and S. */
  readonly host?: (sums: GradientSums) => Combination;
}

const FIELDS = ["name", "wgsl", "channels", "smallestBatch", "sampling", "logZ", "host"];

/**
 * Builds an estimator from your own WGSL module. The module defines
 *
 *     fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f
 *
 * which returns the coefficients of a trajectory in the gradient channels. With one channel, the first number is c_n of
 * Σ c_n ∇s_n. With two, `combine(u, s, products, outcome, batch)` makes the gradient of both channels; see
 * `shaders/objectives/estimators/control_variate.wgsl`.
 *
 * @throws WebgfnError `argument` that names the first field that is missing or not acceptable.
 *
 * @example
 * ```ts
 * import { defineEstimator } from "@webgfn/objectives";
 * const wgsl = `fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
 *   return vec2f(scale * (terms.x * f + terms.y + f - 0.5 * mean) / batch, 0.0);
 * }`;
 * const half = defineEstimator({ name: "half-mean", wgsl, channels: 1 });
 * console.log(half.smallestBatch, half.sampling); // 1 on-policy
 * ```
 */
export function defineEstimator(
  description: Omit<Estimator, "smallestBatch" | "sampling"> & Partial<Pick<Estimator, "smallestBatch" | "sampling">>,
): Estimator {
  requireKnown("defineEstimator", "option", description, FIELDS);
  const { name, wgsl, channels, smallestBatch = 1, sampling = "on-policy", logZ, host } = description;
  requireRule("name", name, rules.text);
  requireRule("wgsl", wgsl, { ...rules.text, words: "the text of a WGSL module" });
  requireRule("channels", channels, rules.oneOf(1, 2));
  requireRule("smallestBatch", smallestBatch, rules.whole(1, 2 ** 20));
  requireRule("sampling", sampling, rules.oneOf("on-policy", "any"));
  if (logZ !== undefined) requireRule("logZ", logZ, rules.oneOf("profiled", "learned"));
  if (host !== undefined) requireRule("host", host, rules.callback);
  const code = wgsl.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  for (const needed of channels === 2 ? ["coefficient", "combine"] : ["coefficient"]) {
    if (!new RegExp(`\\bfn\\s+${needed}\\b`).test(code)) throw argumentError(`the WGSL module of estimator ${name} lacks fn ${needed}`);
  }
  return { name, wgsl, channels, smallestBatch, sampling, ...(logZ && { logZ }), ...(host && { host }) };
}

/**
 * The same estimator with the given kind of log Z. Only an estimator that turns divergences into balance losses has one.
 *
 * @throws WebgfnError `argument` for `learned` with any other estimator.
 */
export function withLogZ(estimator: Estimator, logZ: "profiled" | "learned"): Estimator {
  if (estimator.logZ !== undefined) return { ...estimator, logZ };
  if (logZ === "profiled") return estimator;
  throw argumentError(`estimator ${estimator.name} has no log Z to learn`, "choose the estimator balance, or leave logZ out");
}
