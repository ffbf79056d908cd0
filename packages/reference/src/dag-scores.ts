/** Scores of a node given its parents, each computed from its definition and the samples. */
import type { LocalScore } from "./dags.js";
import { sum } from "./vectors.js";

/** Solves A x = b by Gaussian elimination with partial pivoting. */
export function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const pivot = rows.slice(column).reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]! / pivot[column]!;
      rows[i] = rows[i]!.map((entry, j) => entry - factor * pivot[j]!);
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/** The log-likelihood of an ordinary least squares regression with intercept, at its own noise variance. */
export function regressionScore(rows: number[][]): LocalScore {
  return (node, parents) => {
    const design = rows.map((row) => [1, ...parents.map((parent) => row[parent]!)]);
    const columns = design[0]!.map((_, i) => i);
    const normal = columns.map((i) => columns.map((j) => sum(design.map((x) => x[i]! * x[j]!))));
    const weights = solve(
      normal,
      columns.map((i) => sum(design.map((x, n) => x[i]! * rows[n]![node]!))),
    );
    const residuals = design.map((x, n) => rows[n]![node]! - sum(x.map((value, i) => value * weights[i]!)));
    const variance = sum(residuals.map((r) => r * r)) / rows.length;
    return sum(residuals.map((r) => -0.5 * (Math.log(2 * Math.PI * variance) + (r * r) / variance)));
  };
}

/** log Gamma(x), x > 0: Stirling's series once x is large. */
export function logGamma(x: number): number {
  if (x < 20) return logGamma(x + 1) - Math.log(x);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
}

/**
 * log p(samples) of some of the variables under a normal-Wishart prior, by predicting one sample after another: each is
 * multivariate t given those before it (DeGroot 1970; Geiger and Heckerman 2002 for the prior of a part of the variables).
 */
export function normalWishartEvidence(rows: number[][], variables: number[], prior: { mean: number; degrees: number; t: number }): number {
  const l = variables.length;
  let samples = prior.mean;
  let degrees = prior.degrees;
  let centre = variables.map(() => 0);
  let scale = variables.map((_, i) => variables.map((_, j) => (i === j ? prior.t : 0)));
  let total = 0;
  for (const row of rows) {
    const offset = variables.map((variable, i) => row[variable]! - centre[i]!);
    const freedom = degrees - l + 1;
    const factor = (samples + 1) / (samples * freedom);
    const sigma = scale.map((line) => line.map((entry) => entry * factor));
    const distance = sum(solve(sigma, offset).map((value, i) => value * offset[i]!));
    total +=
      logGamma((freedom + l) / 2) -
      logGamma(freedom / 2) -
      (l / 2) * Math.log(freedom * Math.PI) -
      0.5 * logDeterminant(sigma) -
      ((freedom + l) / 2) * Math.log(1 + distance / freedom);
    const share = samples / (samples + 1);
    scale = scale.map((line, i) => line.map((entry, j) => entry + share * offset[i]! * offset[j]!));
    centre = centre.map((m, i) => m + offset[i]! / (samples + 1));
    samples += 1;
    degrees += 1;
  }
  return total;
}

function logDeterminant(matrix: number[][]): number {
  if (matrix.length === 0) return 0;
  const [first, ...rest] = matrix;
  const pivot = first![0]!;
  return Math.log(pivot) + logDeterminant(rest.map((row) => row.slice(1).map((entry, j) => entry - (row[0]! / pivot) * first![j + 1]!)));
}

/** BGe: log p(node and parents) - log p(parents), with alpha_mu = 1, alpha_w = d + 2 and T = I / 2. */
export function bgeScore(rows: number[][]): LocalScore {
  const evidence = (variables: number[]): number =>
    // For a subset of the variables, the prior has the same excess of degrees of freedom over their number.
    normalWishartEvidence(rows, variables, { mean: 1, degrees: 2 + variables.length, t: 0.5 });
  return (node, parents) => evidence([...parents, node]) - evidence(parents);
}

/**
 * The log marginal likelihood of a linear model without intercept, weights N(0, 1) and noise of variance `noise`: the density of the node's samples
 * under N(0, noise I + X X^T), predicted one after another.
 */
export function marginalRegressionScore(rows: number[][], noise = 0.1): LocalScore {
  return (node, parents) => {
    let mean = parents.map(() => 0);
    let covariance: number[][] = parents.map((_, i) => parents.map((_, j) => (i === j ? 1 : 0)));
    return sum(
      rows.map((row) => {
        const x = parents.map((parent) => row[parent]!);
        const spread = covariance.map((line) => sum(line.map((entry, j) => entry * x[j]!)));
        const variance = noise + sum(spread.map((entry, i) => entry * x[i]!));
        const residual = row[node]! - sum(mean.map((m, i) => m * x[i]!));
        mean = mean.map((m, i) => m + (spread[i]! * residual) / variance);
        covariance = covariance.map((line, i) => line.map((entry, j) => entry - (spread[i]! * spread[j]!) / variance));
        return -0.5 * (Math.log(2 * Math.PI * variance) + residual ** 2 / variance);
      }),
    );
  };
}

/** BDeu: the probability of one sample after another, (a_jk + n_jk) / (a_j + n_j) with the counts of those before it. */
export function bdeScore(rows: number[][], levels: number[], ess = 1): LocalScore {
  return (node, parents) => {
    const configurations = parents.reduce((product, parent) => product * levels[parent]!, 1);
    const counts = new Map<string, number>();
    return sum(
      rows.map((row) => {
        const configuration = parents.map((parent) => row[parent]).join(" ");
        const key = `${configuration}|${row[node]}`;
        const probability =
          (ess / (configurations * levels[node]!) + (counts.get(key) ?? 0)) / (ess / configurations + (counts.get(configuration) ?? 0));
        counts.set(key, (counts.get(key) ?? 0) + 1);
        counts.set(configuration, (counts.get(configuration) ?? 0) + 1);
        return Math.log(probability);
      }),
    );
  };
}
