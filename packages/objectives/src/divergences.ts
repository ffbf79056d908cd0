import forwardKlSource from "@webgfn/shaders/objectives/forward_kl.wgsl";
import forwardKlRawSource from "@webgfn/shaders/objectives/forward_kl_raw.wgsl";
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

/** Reverse KL(P_F ‖ P_B); it seeks modes. Gradient E[∇s + f∇s], f = s − b − ρ (method §2). */
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
 * @throws WebgfnError `argument` unless `weights` is `normalised` or `raw`.
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
        ? { ...DIVERGENCE, wgsl: forwardKlRawSource, constant: "weight", host: { ...shared, rewardPower: 1, steps } }
        : {
            ...DIVERGENCE,
            wgsl: forwardKlSource,
            constant: "reward",
            host: { ...shared, shift: (highest) => highest, scale: (mean) => -1 / mean, steps },
          },
    options,
  ) as Hosted<Divergence>;
}

const ORDER = { alpha: { value: 0.5, rule: rules.number(-1e6, 1e6), help: "order of renyi and tsallis, any number but 0 and 1" } };

/**
 * Rényi's divergence of order α (method §2); α → −∞ covers mass, α → +∞ seeks modes, α → 1 is the reverse KL. Below α = 0
 * the divergence is negative, so training minimises its negative.
 *
 * @throws WebgfnError `argument` when α is 0, 1 or not a number from −1e6 to 1e6.
 */
export function renyi(options: Options<typeof ORDER> = {}): Hosted<Divergence> {
  return ofOrder("renyi", options, renyiSource, "reward", (alpha) => ({
    shift: (highest) => highest,
    scale: (mean) => Math.sign(alpha) / ((alpha - 1) * mean),
    loss: (meanF, _meanWeighted, shift, _meanLogWeight, logRewardShift) =>
      Math.sign(alpha) * ((Math.log(meanF) + shift) / (alpha - 1) - logRewardShift),
  }));
}

/**
 * Tsallis' divergence of order α (method §2): Rényi's without its normalisation.
 *
 * @throws WebgfnError `argument` when α is 0, 1 or not a number from −1e6 to 1e6.
 */
export function tsallis(options: Options<typeof ORDER> = {}): Hosted<Divergence> {
  return ofOrder("tsallis", options, tsallisSource, "weight", (alpha) => ({
    scale: () => Math.sign(alpha) / (alpha - 1),
    loss: (meanF) => (Math.sign(alpha) * (meanF - 1)) / (alpha - 1),
    rewardPower: 1 - alpha,
  }));
}

/**
 * Both divergences of order α: f = g = exp((1 − α)(b + ρ − s)), ∇g = (α − 1) g ∇s.
 *
 * The paper's control variate combines, up to scale, α times the gradient with 1 − α times its projection on the mean score.
 * Below α = 0 the two pull in opposite directions, so leave-one-out alone is the better default there.
 */
function ofOrder(
  name: string,
  options: Options<typeof ORDER>,
  wgsl: string,
  constant: Divergence["constant"],
  host: (alpha: number) => Partial<DivergenceHost>,
): Hosted<Divergence> {
  return buildObjective(
    name,
    ORDER,
    ({ alpha }) => {
      requireOrder(name, alpha);
      return {
        ...DIVERGENCE,
        wgsl,
        constant,
        defaultEstimator: alpha < 0 ? estimators.loo : estimators.paper,
        host: {
          exponent: (logWeight) => (1 - alpha) * logWeight,
          value: (_, shifted) => Math.exp(shifted),
          gradientTerms: [alpha - 1, 0],
          steps: { kind: "product", order: alpha },
          ...host(alpha),
        },
      };
    },
    options,
  ) as Hosted<Divergence>;
}

function requireOrder(name: string, alpha: number): void {
  if (Math.abs(alpha - 1) < 1e-6) throw argumentError(`${name} is not defined at alpha = 1; its limit there is reverse-kl`);
  if (Math.abs(alpha) < 1e-6) throw argumentError(`${name} is zero for every policy at alpha = 0; its limit near there is forward-kl`);
}
