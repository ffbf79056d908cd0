import type { Objective } from "@webgfn/objectives";
import { argumentError } from "@webgfn/tensor";

/** What a divergence makes of a batch: its gradient is scale · E[∇f + f∇s] (method §2), in float64 on the host. */
export interface Integrand {
  /** `[N]`: f_n */
  f: Float64Array;
  /** κ_f and κ_1 of ∇f = (κ_f f + κ_1) ∇s; what depends on the batch as a whole is detached. */
  gradientTerms: readonly [number, number];
  scale: number;
  /** How the expected gradient depends on log r̄: it is proportional to exp(−rewardPower · log r̄). */
  rewardPower: number;
}

/**
 * @param logWeights [N]: ρ + b − s, log of the importance weights of the trajectories, with ρ = log R − log r̄.
 * @throws WebgfnError `argument` for an objective that is not one of this project's divergences.
 */
export function integrand({ name, alpha = 0, weights }: Objective, logWeights: Float64Array): Integrand {
  switch (name) {
    case "reverse-kl":
      return { f: logWeights.map((weight) => -weight), gradientTerms: [0, 1], scale: 1, rewardPower: 0 };
    case "forward-kl": {
      const raw = weights === "raw";
      // Self-normalised weights do not change when all are divided by the largest.
      const f = exponentials(logWeights, raw ? 0 : Math.max(...logWeights)).map((weight) => -weight);
      return { f, gradientTerms: [0, 0], scale: raw ? 1 : -1 / mean(f), rewardPower: raw ? 1 : 0 };
    }
    case "renyi": {
      const exponents = logWeights.map((weight) => (1 - alpha) * weight);
      const f = exponentials(exponents, Math.max(...exponents));
      // Below order 0 the definition is negative, and its negative is minimised.
      return { f, gradientTerms: [alpha - 1, 0], scale: Math.sign(alpha) / ((alpha - 1) * mean(f)), rewardPower: 0 };
    }
    case "tsallis": {
      const f = exponentials(
        logWeights.map((weight) => (1 - alpha) * weight),
        0,
      );
      return { f, gradientTerms: [alpha - 1, 0], scale: Math.sign(alpha) / (alpha - 1), rewardPower: 1 - alpha };
    }
    default:
      throw argumentError(`the variance of ${name} cannot be measured: choose reverse-kl, forward-kl, renyi or tsallis`);
  }
}

function exponentials(exponents: Float64Array, shift: number): Float64Array {
  return exponents.map((exponent) => Math.exp(exponent - shift));
}

export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
