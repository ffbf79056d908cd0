import { PrincipalFactor, scatter } from "./gaussian.js";
import { type LocalScore, ofObserved, type Samples } from "./local-score.js";
import { logGamma } from "./log-gamma.js";

/** α_μ: the prior's weight on the mean, in samples. */
const ALPHA_MU = 1;

/**
 * The BGe score, log p(data | G) with a normal–Wishart prior (Geiger and Heckerman 2002, "Parameter priors for directed
 * acyclic graphical models and the characterization of several probability distributions"), as corrected by Kuipers, Moffa
 * and Heckerman (2014, "Addendum on the scoring of Gaussian directed acyclic graphical models"), for node j with l parents
 * P, Q = P ∪ {j}, d variables and N samples:
 *
 *   local(j, P) = ½ log(α_μ/(N + α_μ)) − N/2·log π + log Γ((N + α_w − d + l + 1)/2) − log Γ((α_w − d + l + 1)/2)
 *               + (α_w − d + 2l + 1)/2·log t + (N + α_w − d + l)/2·log det R_P − (N + α_w − d + l + 1)/2·log det R_Q,
 *   R = t·I + Σ_n (x_n − x̄)(x_n − x̄)ᵀ + N α_μ/(N + α_μ)·x̄ x̄ᵀ.
 *
 * Hyperparameters are the usual ones: α_μ = 1, α_w = d + α_μ + 1, prior mean 0, T = t·I with t = α_μ (α_w − d − 1)/(α_μ + 1) = ½. Samples
 * with an intervention on j do not count for j.
 */
export function bgeScore(samples: Samples): LocalScore {
  const variables = samples.names.length;
  const posterior = ofObserved(samples, posteriorOf);
  const alphaW = variables + ALPHA_MU + 1;
  const t = priorScale(variables);
  const excess = alphaW - variables;
  return {
    given(parents) {
      const l = parents.length;
      let factor: { of: Posterior; is: PrincipalFactor } | undefined;
      return (child) => {
        const own = posterior(child);
        if (factor?.of !== own) factor = { of: own, is: new PrincipalFactor(own.r, parents) };
        const { samples: n } = own;
        const inner = factor.is.logDeterminant;
        const outer = inner + Math.log(factor.is.pivot(child));
        return (
          0.5 * Math.log(ALPHA_MU / (n + ALPHA_MU)) -
          (n / 2) * Math.log(Math.PI) +
          logGamma((n + excess + l + 1) / 2) -
          logGamma((excess + l + 1) / 2) +
          ((excess + 2 * l + 1) / 2) * Math.log(t) +
          ((n + excess + l) / 2) * inner -
          ((n + excess + l + 1) / 2) * outer
        );
      };
    },
  };
}

/** The posterior's parameters: the number of samples, and R. */
interface Posterior {
  samples: number;
  r: Float64Array[];
}

function priorScale(variables: number): number {
  const alphaW = variables + ALPHA_MU + 1;
  return (ALPHA_MU * (alphaW - variables - 1)) / (ALPHA_MU + 1);
}

function posteriorOf(rows: readonly Float64Array[]): Posterior {
  const { mean, matrix } = scatter(rows);
  const samples = rows.length;
  const towardsPrior = (samples * ALPHA_MU) / (samples + ALPHA_MU);
  const t = priorScale(mean.length);
  const r = matrix.map((row, i) =>
    row.map((entry, j) => entry + (i === j ? t : 0) + towardsPrior * (mean[i] as number) * (mean[j] as number)),
  );
  return { samples, r };
}
