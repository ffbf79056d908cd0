import { correlation, PrincipalFactor, productSums, scatter } from "./gaussian.js";
import { type LocalScore, ofObserved, type Samples } from "./local-score.js";

/** Variance of the noise, in simulations and in the marginal likelihood (Deleu et al. 2022). */
export const NOISE_VARIANCE = 0.1;

/**
 * The largest log-likelihood of a node given its parents over weights, intercept and noise variance:
 *   local(j, P) = −n/2·(1 + log 2π + log σ̂²),  σ̂² = RSS/n = det S_{P ∪ j} / det S_P,  S the covariance matrix.
 * Relative to no parents this is −n/2·log(1 − R²), which the correlation matrix C gives without loss of digits:
 * 1 − R² = det C_{P ∪ j} / det C_P.
 */
export function linearGaussianScore(samples: Samples): LocalScore {
  const { matrix } = scatter(samples.rows);
  const n = samples.rows.length;
  const empty = matrix.map((row, j) => (-n / 2) * (1 + Math.log((2 * Math.PI * (row[j] as number)) / n)));
  const scaled = correlation(matrix);
  return {
    given(parents) {
      const factor = new PrincipalFactor(scaled, parents);
      return (child) => (empty[child] as number) - (n / 2) * Math.log(factor.pivot(child));
    },
  };
}

/**
 * The log marginal likelihood of a node given its parents, x_j = Σ w_i x_i + ε with w_i ~ N(0, 1) and ε ~ N(0, σ²), σ² = 0.1, and no
 * intercept: `LinearGaussianScore` of DAG-GFlowNet and gfnx. With A = X_Pᵀ X_P + σ² I and y = x_j:
 *   local(j, P) = −½ [n log 2π + (n − l) log σ² + log det A + (yᵀy − yᵀX A⁻¹ Xᵀy)/σ²].
 */
export function marginalLinearGaussianScore(samples: Samples): LocalScore {
  const products = ofObserved(samples, productsOf);
  return {
    given(parents) {
      let factor: { of: Products; is: PrincipalFactor } | undefined;
      return (child) => {
        const own = products(child);
        if (factor?.of !== own) factor = { of: own, is: new PrincipalFactor(own.ridged, parents) };
        // The child's own diagonal entry has no σ².
        const rest = factor.is.pivot(child) - NOISE_VARIANCE;
        const { samples: n } = own;
        const constants = n * Math.log(2 * Math.PI) + (n - parents.length) * Math.log(NOISE_VARIANCE);
        return -0.5 * (constants + factor.is.logDeterminant + rest / NOISE_VARIANCE);
      };
    },
  };
}

interface Products {
  samples: number;
  /** XᵀX + σ² I. */
  ridged: Float64Array[];
}

function productsOf(rows: readonly Float64Array[]): Products {
  const ridged = productSums(rows).map((row, i) => row.map((entry, j) => (i === j ? entry + NOISE_VARIANCE : entry)));
  return { samples: rows.length, ridged };
}
