import forwardKlSource from "@webgfn/shaders/objectives/forward_kl.wgsl";
import forwardKlRawSource from "@webgfn/shaders/objectives/forward_kl_raw.wgsl";
import renyiSource from "@webgfn/shaders/objectives/renyi.wgsl";
import reverseKlSource from "@webgfn/shaders/objectives/reverse_kl.wgsl";
import tsallisSource from "@webgfn/shaders/objectives/tsallis.wgsl";
import { argumentError, requireOptions, rules } from "@webgfn/tensor";
import type { ImportanceWeights, Objective } from "./objective.js";

/** KL(P_F ‖ P_B): seeks modes. Gradient E[∇s + f∇s], f = s − b − ρ (method §2). */
export function reverseKl(): Objective {
  return {
    name: "reverse-kl",
    family: "divergence",
    shader: reverseKlSource,
    defaultEstimator: "paper",
    constant: "reward",
    learnsLogZ: false,
  };
}

/**
 * KL(P_B ‖ P_F): covers mass. Gradient −E[w∇s] with weights w = p_B R / p_F (method §2), `normalised` by their mean or `raw`.
 *
 * @throws WebgfnError `argument` for weights of another name.
 */
export function forwardKl(options: { weights?: ImportanceWeights } = {}): Objective {
  requireOptions("forward-kl", options, { weights: rules.oneOf("normalised", "raw") });
  const { weights = "normalised" } = options;
  const shared = { name: "forward-kl", family: "divergence", defaultEstimator: "paper", learnsLogZ: false, weights } as const;
  return weights === "raw"
    ? { ...shared, shader: forwardKlRawSource, constant: "weight" }
    : { ...shared, shader: forwardKlSource, constant: "reward" };
}

/**
 * Rényi's divergence of order α (method §2); α → −∞ covers mass, α → +∞ seeks modes, α → 1 is the reverse KL. Below α = 0
 * the definition is negative, and its negative is minimised.
 *
 * @throws WebgfnError `argument` when α is 0, 1 or not finite.
 */
export function renyi(options: { alpha?: number } = {}): Objective {
  return ofOrder("renyi", options, renyiSource, "reward");
}

/**
 * Tsallis' divergence of order α (method §2): as Rényi's without its normalisation.
 *
 * @throws WebgfnError `argument` when α is 0, 1 or not finite.
 */
export function tsallis(options: { alpha?: number } = {}): Objective {
  return ofOrder("tsallis", options, tsallisSource, "weight");
}

/**
 * The paper's control variate combines, up to scale, α times the gradient with 1 − α times its projection on the mean
 * score. Below α = 0 the two pull in opposite directions, so that leave-one-out alone is the better default there.
 */
function ofOrder(name: string, options: { alpha?: number }, shader: string, constant: Objective["constant"]): Objective {
  requireOptions(name, options, { alpha: rules.finite });
  const { alpha = 0.5 } = options;
  const defaultEstimator = checkedOrder(name, alpha) < 0 ? "loo" : "paper";
  return { name, alpha, family: "divergence", shader, defaultEstimator, constant, learnsLogZ: false };
}

function checkedOrder(name: string, alpha: number): number {
  if (Math.abs(alpha - 1) < 1e-6) throw argumentError(`${name} is not defined at alpha = 1; its limit there is reverse-kl`);
  if (Math.abs(alpha) < 1e-6) throw argumentError(`${name} is zero for every policy at alpha = 0; its limit near there is forward-kl`);
  return alpha;
}
