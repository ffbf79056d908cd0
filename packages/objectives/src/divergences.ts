import forwardKlSource from "@webgfn/shaders/objectives/forward_kl.wgsl";
import forwardKlRawSource from "@webgfn/shaders/objectives/forward_kl_raw.wgsl";
import jsdSource from "@webgfn/shaders/objectives/jsd.wgsl";
import renyiSource from "@webgfn/shaders/objectives/renyi.wgsl";
import reverseKlSource from "@webgfn/shaders/objectives/reverse_kl.wgsl";
import tsallisSource from "@webgfn/shaders/objectives/tsallis.wgsl";
import { rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { buildObjective, type Options } from "./build.js";
import { estimators } from "./estimators.js";
import type { DivergenceHost } from "./host.js";
import type { Divergence, Hosted, ImportanceWeights } from "./objective.js";

const DIVERGENCE = { family: "divergence", sampling: "on-policy", learns: [], defaultEstimator: estimators.paper } as const;

/**
 * Reverse KL(P_F ‖ P_B); it seeks modes. Gradient E[∇s + f∇s], f = s − b − ρ (method §2).
 *
 * @example
 * ```ts
 * import { reverseKl } from "@webgfn/objectives";
 * const objective = reverseKl();
 * console.log(objective.sampling, objective.defaultEstimator.name); // on-policy paper
 * ```
 */
export function reverseKl(options: Record<never, never> = {}): Hosted<Divergence> {
  const host: DivergenceHost = {
    value: (logWeight) => -logWeight,
    gradientTerms: [0, 1],
    loss: (_meanF, _meanWeighted, _shift, meanLogWeight) => -meanLogWeight,
    steps: { kind: "sum" },
  };
  return buildObjective(
    "reverse-kl",
    {},
    () => ({ ...DIVERGENCE, wgsl: reverseKlSource, constant: "reward", host }),
    options,
  ) as Hosted<Divergence>;
}

const WEIGHTS = {
  weights: {
    value: "normalised" as ImportanceWeights,
    rule: rules.oneOf("normalised", "raw"),
    help: "importance weights of forward-kl: normalised (by their mean) or raw",
  },
};

/**
 * Forward KL(P_B ‖ P_F); it covers mass. Gradient −E[w∇s] with importance weights w = p_B R / p_F (method §2), `normalised` by their
 * batch mean or `raw`.
 *
 * @param options `weights`: `normalised` (default) or `raw`.
 * @throws WebgfnError `argument` unless `weights` is `normalised` or `raw`.
 *
 * @example
 * ```ts
 * import { forwardKl } from "@webgfn/objectives";
 * const objective = forwardKl({ weights: "raw" });
 * console.log(objective.defaultEstimator.name, objective.parameters["weights"]?.value); // paper raw
 * ```
 */
export function forwardKl(options: Options<typeof WEIGHTS> = {}): Hosted<Divergence> {
  const loss: NonNullable<DivergenceHost["loss"]> = (meanF, meanWeighted) => meanWeighted / meanF;
  const shared: DivergenceHost = { exponent: (logWeight) => logWeight, value: (_, shifted) => -Math.exp(shifted), loss };
  const steps = { kind: "product", order: 0 } as const;
  return buildObjective(
    "forward-kl",
    WEIGHTS,
    ({ weights }) =>
      weights === "raw"
        ? { ...DIVERGENCE, wgsl: forwardKlRawSource, constant: "weight", host: { ...shared, steps } }
        : {
            ...DIVERGENCE,
            smallestBatch: 2,
            wgsl: forwardKlSource,
            constant: "reward",
            host: { ...shared, shift: (highest) => highest, scale: (mean) => -1 / mean, steps },
          },
    options,
  ) as Hosted<Divergence>;
}

/**
 * Jensen–Shannon divergence (method §5.1): symmetric, and bounded by log 2. Its gradient E[f∇s], f = −½ log((1 + w)/2) with
 * w = p_B R / (p_F Z), depends on log Z, which is learned or estimated from each batch.
 *
 * @example
 * ```ts
 * import { jsd } from "@webgfn/objectives";
 * const objective = jsd();
 * console.log(objective.normalised, objective.defaultEstimator.name); // true paper
 * ```
 */
export function jsd(options: Record<never, never> = {}): Hosted<Divergence> {
  const logCosh = (y: number) =>
    Math.abs(y) < 0.25 ? Math.log1p(2 * Math.sinh(y / 2) ** 2) : Math.abs(y) + Math.log1p(Math.exp(-2 * Math.abs(y))) - Math.LN2;
  const host: DivergenceHost = {
    exponent: (logWeight) => logWeight,
    value: (_, x) => -(x / 2 + logCosh(x / 2)) / 2,
    term: (f, x) => f + Math.exp(x) * (f + x / 2),
    loss: (_meanF, meanTerm) => meanTerm,
  };
  return buildObjective(
    "jsd",
    {},
    () => ({ ...DIVERGENCE, smallestBatch: 2, normalised: true, wgsl: jsdSource, constant: "reward", host }),
    options,
  ) as Hosted<Divergence>;
}

const ALPHA = rules.number(-1e6, 1e6);
const ORDER = {
  alpha: { value: 0.5, rule: ALPHA, help: "order of renyi and tsallis, any number but 0 and 1; 0.1:0.9 changes it over the steps" },
  alphaEnd: {
    value: null as number | null,
    rule: { accepts: (value: unknown) => value === null || ALPHA.accepts(value), words: `${ALPHA.words}, or null` },
    help: "order at the last step, as --alpha START:END gives it (default: that at the first)",
  },
  alphaBy: {
    value: "steps" as "steps" | "ess",
    rule: rules.oneOf("steps", "ess"),
    help: "what a changing order follows: steps, or ess, the effective share of the batch's samples",
  },
};

/**
 * Rényi's divergence of order α (method §2); α → −∞ covers mass, α → +∞ seeks modes, α → 1 is the reverse KL. Below α = 0
 * the divergence is negative, so training minimises its negative.
 *
 * @param options `alpha`: the order, default ½. `alphaEnd`: the order at the last step, by default the first one. `alphaBy`: what a changing
 *   order follows, `steps` (default) or `ess`, the effective share of the batch.
 * @throws WebgfnError `argument` when α is 0, 1 or not a number from −1e6 to 1e6.
 *
 * @example
 * ```ts
 * import { renyi } from "@webgfn/objectives";
 * const objective = renyi({ alpha: 0.5 });
 * console.log(objective.with({ alpha: -2 }).parameters["alpha"]?.value); // -2
 * ```
 */
export function renyi(options: Options<typeof ORDER> = {}): Hosted<Divergence> {
  return ofOrder("renyi", options, { wgsl: renyiSource, constant: "reward", smallestBatch: 2 }, (alpha, meanPower) => ({
    shift: (highest) => highest,
    scale: (mean) => Math.sign(alpha) / ((alpha - 1) * meanPower(mean)),
    loss: (mean, _meanWeighted, shift, _meanLogWeight, logRewardShift) =>
      Math.sign(alpha) * ((Math.log(meanPower(mean)) + shift) / (alpha - 1) - logRewardShift),
  }));
}

/**
 * Tsallis' divergence of order α (method §2): Rényi's without its normalisation.
 *
 * @param options `alpha`: the order, default ½. `alphaEnd`: the order at the last step, by default the first one. `alphaBy`: what a changing
 *   order follows, `steps` (default) or `ess`, the effective share of the batch.
 * @throws WebgfnError `argument` when α is 0, 1 or not a number from −1e6 to 1e6.
 *
 * @example
 * ```ts
 * import { tsallis } from "@webgfn/objectives";
 * const objective = tsallis({ alpha: 2 });
 * console.log(objective.parameters["alpha"]?.value, objective.defaultEstimator.name); // 2 paper
 * ```
 */
export function tsallis(options: Options<typeof ORDER> = {}): Hosted<Divergence> {
  return ofOrder("tsallis", options, { wgsl: tsallisSource, constant: "weight" }, (alpha, meanPower) => ({
    scale: () => Math.sign(alpha) / (alpha - 1),
    loss: (mean) => (Math.sign(alpha) * (meanPower(mean) - 1)) / (alpha - 1),
  }));
}

/** If α is nearer to 1 than this, g = exp((1 − α) · …) is so close to 1 that float32 loses digits of the difference. f is then g − 1. */
const NEAR_ONE = 1e-3;
/** Outside (0, 2], powers of the weights span so many orders of magnitude that Tsallis' gradient vanishes or explodes. */
const WIDEST_TSALLIS = 2;

/** The fields that differ between the two divergences of order α. */
type OfOrder = Pick<Divergence, "wgsl" | "constant" | "smallestBatch">;

/**
 * Builds `renyi` or `tsallis`, the divergences of order α: g = exp((1 − α)(b + ρ − s)), ∇g = (α − 1) g ∇s.
 *
 * f = g, except near α = 1: f = g − 1 has all of g's digits there, and ∇f = ((α − 1) f + (α − 1))∇s. The shaders do the same
 * (`shaders/objectives/power.wgsl`). The gradient equals that of f = g with a baseline of 1 on the score.
 *
 * The paper's control variate combines, up to scale, α times the gradient with 1 − α times its projection on the mean score.
 * Below α = 0 the two terms point in opposite directions, so the default there is the leave-one-out baseline alone.
 *
 * @param host receives α, and a function that returns the mean of g from the mean of f.
 */
function ofOrder(
  name: string,
  options: Options<typeof ORDER>,
  own: OfOrder,
  host: (alpha: number, meanPower: (meanF: number) => number) => Partial<DivergenceHost>,
): Hosted<Divergence> {
  return buildObjective(
    name,
    ORDER,
    ({ alpha, alphaEnd }) => {
      requireOrder(name, alpha);
      if (alphaEnd !== null) requirePath(name, alpha, alphaEnd);
      const isNear = Math.abs(alpha - 1) < NEAR_ONE;
      const caution = name === "tsallis" && (alpha <= 0 || alpha > WIDEST_TSALLIS) ? tsallisCaution(alpha) : undefined;
      return {
        ...DIVERGENCE,
        ...own,
        ...(caution && { caution }),
        defaultEstimator: alpha < 0 ? estimators.loo : estimators.paper,
        host: {
          exponent: (logWeight) => (1 - alpha) * logWeight,
          value: (_, shifted) => (isNear ? Math.expm1(shifted) : Math.exp(shifted)),
          gradientTerms: isNear ? [alpha - 1, alpha - 1] : [alpha - 1, 0],
          steps: { kind: "product", order: alpha, offset: isNear ? 1 : 0 },
          ...host(alpha, (meanF) => (isNear ? 1 + meanF : meanF)),
        },
      };
    },
    options,
  ) as Hosted<Divergence>;
}

function tsallisCaution(alpha: number): string {
  const what =
    alpha <= 0
      ? "its gradient often vanishes before training has begun"
      : "its first gradients are often huge, and slow Adam down for long";
  return `tsallis with alpha ${alpha}: outside (0, 2] ${what}; renyi with the same alpha does not depend on the size of R, and a gradientClip helps above 2`;
}

/** @throws WebgfnError `argument` if an order that changes over training passes 0 or 1. */
function requirePath(name: string, from: number, to: number): void {
  requireOrder(name, to);
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const crossed = [0, 1].find((order) => low < order && order < high);
  if (crossed === undefined) return;
  throw argumentError(
    `${name} is not defined at alpha = ${crossed}, which lies between ${from} and ${to}`,
    "stay below 0, between 0 and 1, or above 1",
  );
}

function requireOrder(name: string, alpha: number): void {
  if (Math.abs(alpha - 1) < 1e-6) throw argumentError(`${name} is not defined at alpha = 1; its limit there is reverse-kl`);
  if (Math.abs(alpha) < 1e-6) throw argumentError(`${name} is zero for every policy at alpha = 0; its limit near there is forward-kl`);
}
