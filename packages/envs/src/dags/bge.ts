import { logDeterminants, scatter } from "./correlation.js";
import type { LocalScores } from "./local-scores.js";

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
 * Hyperparameters are the usual ones: α_μ = 1, α_w = d + α_μ + 1, prior mean 0, T = t·I with t = α_μ (α_w − d − 1)/(α_μ + 1) = ½.
 */
export function bgeScores(rows: readonly Float64Array[]): LocalScores {
  const { mean, matrix } = scatter(rows);
  const samples = rows.length;
  const variables = mean.length;
  const alphaW = variables + ALPHA_MU + 1;
  const t = (ALPHA_MU * (alphaW - variables - 1)) / (ALPHA_MU + 1);
  const towardsPrior = (samples * ALPHA_MU) / (samples + ALPHA_MU);
  const r = matrix.map((row, i) =>
    row.map((entry, j) => entry + (i === j ? t : 0) + towardsPrior * (mean[i] as number) * (mean[j] as number)),
  );
  const logDeterminant = logDeterminants(r);
  const excess = alphaW - variables;
  const byParents = Array.from({ length: variables }, (_, l) => {
    const sampled = samples + excess + l + 1;
    const prior = excess + l + 1;
    return (
      0.5 * Math.log(ALPHA_MU / (samples + ALPHA_MU)) -
      (samples / 2) * Math.log(Math.PI) +
      logGammaOfHalf(sampled) -
      logGammaOfHalf(prior) +
      ((excess + 2 * l + 1) / 2) * Math.log(t)
    );
  });
  const local = (child: number, parents: number): number => {
    const l = bitCount(parents);
    const n = samples + excess + l;
    const [inner, outer] = [logDeterminant[parents] as number, logDeterminant[parents | (1 << child)] as number];
    return (byParents[l] as number) + (n / 2) * inner - ((n + 1) / 2) * outer;
  };
  const empty = Array.from({ length: variables }, (_, child) => local(child, 0));
  return {
    emptyGraph: empty.reduce((sum, score) => sum + score, 0),
    gain: (child, parents) => local(child, parents) - (empty[child] as number),
  };
}

/** log Γ(k/2) for a whole number k ≥ 1, from Γ(½) = √π or Γ(1) = 1 by Γ(x + 1) = x Γ(x). */
function logGammaOfHalf(k: number): number {
  let sum = k % 2 === 1 ? Math.log(Math.PI) / 2 : 0;
  for (let x = k % 2 === 1 ? 0.5 : 1; x < k / 2; x++) sum += Math.log(x);
  return sum;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
