import { RandomStream } from "@webgfn/tensor";
import { correlation, logDeterminants, scatter } from "./correlation.js";
import type { LocalScores } from "./local-scores.js";

/** Variance of a simulated node's noise, Deleu et al.'s. */
const NOISE_VARIANCE = 0.1;

/**
 * Samples of a random linear-Gaussian structural equation model, x_j = Σ_{i → j} w_ij x_i + ε_j, as in Deleu et al.
 * (2022, "Bayesian structure learning with generative flow networks"): an Erdős–Rényi DAG with one edge per node expected
 * (all edges where there are fewer than that), w_ij ~ N(0, 1), ε_j ~ N(0, 0.1). The nodes' order is random, too.
 */
export function simulateLinearGaussian(variables: number, samples: number, seed: number): Float64Array[] {
  const random = new RandomStream(seed, 0x6c676173);
  const order = Array.from({ length: variables }, (_, i) => i);
  for (let i = variables - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
  const edgeProbability = 2 / (variables - 1);
  const edges = order.map((child, position) => ({
    child,
    parents: order.slice(0, position).flatMap((parent) => {
      const present = random.uniform() < edgeProbability;
      const weight = random.normal();
      return present ? [{ parent, weight }] : [];
    }),
  }));
  return Array.from({ length: samples }, () => {
    const row = new Float64Array(variables);
    for (const { child, parents } of edges) {
      row[child] = Math.sqrt(NOISE_VARIANCE) * random.normal();
      for (const { parent, weight } of parents) row[child] = (row[child] as number) + weight * (row[parent] as number);
    }
    return row;
  });
}

/**
 * The largest log-likelihood of a node given its parents over weights, intercept and noise variance:
 *   local(j, P) = −n/2·(1 + log 2π + log σ̂²),  σ̂² = RSS/n = det S_{P ∪ j} / det S_P,  S the covariance matrix.
 * Relative to no parents this is −n/2·log(1 − R²), which the correlation matrix C gives without loss of digits:
 * 1 − R² = det C_{P ∪ j} / det C_P.
 */
export function linearGaussianScores(rows: readonly Float64Array[]): LocalScores {
  const { matrix } = scatter(rows);
  const logDeterminant = logDeterminants(correlation(matrix));
  const half = rows.length / 2;
  const empty = matrix.map((row, j) => -half * (1 + Math.log((2 * Math.PI * (row[j] as number)) / rows.length)));
  return {
    emptyGraph: empty.reduce((sum, score) => sum + score, 0),
    gain: (child, parents) => -half * ((logDeterminant[parents | (1 << child)] as number) - (logDeterminant[parents] as number)),
  };
}
