/**
 * The policy's distribution over one real coordinate: a mixture of Gaussians whose weights, means and scales are the network's outputs
 * (method.md section 4). It uses plain densities, which underflow some 38 scales away from all means.
 */
import { sum } from "./vectors.js";

export interface Mixture {
  weights: number[];
  means: number[];
  scales: number[];
}

/** Smallest and largest scale. */
export type ScaleBounds = readonly [number, number];

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Outputs are all logits, then all means, then all raw scales; scale = least + (largest - least) sigmoid(raw). */
export function mixtureOf(outputs: readonly number[], [least, largest]: ScaleBounds): Mixture {
  const count = outputs.length / 3;
  if (!Number.isInteger(count)) throw new Error(`${outputs.length} outputs are no whole number of components.`);
  const unnormalised = outputs.slice(0, count).map(Math.exp);
  return {
    weights: unnormalised.map((weight) => weight / sum(unnormalised)),
    means: outputs.slice(count, 2 * count),
    scales: outputs.slice(2 * count).map((raw) => least + (largest - least) * sigmoid(raw)),
  };
}

function gaussianDensity(x: number, mean: number, scale: number): number {
  return Math.exp(-((x - mean) ** 2) / (2 * scale ** 2)) / (scale * Math.sqrt(2 * Math.PI));
}

/** p(x | component) of every component. */
function componentDensities({ means, scales }: Mixture, x: number): number[] {
  return means.map((mean, k) => gaussianDensity(x, mean, scales[k]!));
}

export function mixtureDensity(mixture: Mixture, x: number): number {
  return sum(componentDensities(mixture, x).map((density, k) => mixture.weights[k]! * density));
}

/** P(X <= x). */
export function mixtureCumulative({ weights, means, scales }: Mixture, x: number): number {
  return sum(weights.map((weight, k) => weight * normalCumulative((x - means[k]!) / scales[k]!)));
}

/** The standard normal distribution function, to 1e-7 (Abramowitz and Stegun, 7.1.26). */
function normalCumulative(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * series * Math.exp((-z * z) / 2);
  return z > 0 ? 1 - tail : tail;
}

/** The gradient of log p(x) with respect to every output: (d p / d output) / p, by differentiating p itself. */
export function mixtureScore(outputs: readonly number[], bounds: ScaleBounds, x: number): number[] {
  const mixture = mixtureOf(outputs, bounds);
  const { weights, means, scales } = mixture;
  const densities = componentDensities(mixture, x);
  const density = mixtureDensity(mixture, x);
  const raw = outputs.slice(2 * weights.length);
  const byLogit = weights.map((weight, k) => weight * (densities[k]! - density));
  const byMean = weights.map((weight, k) => (weight * densities[k]! * (x - means[k]!)) / scales[k]! ** 2);
  const byRawScale = weights.map((weight, k) => {
    const byScale = densities[k]! * ((x - means[k]!) ** 2 / scales[k]! ** 3 - 1 / scales[k]!);
    return weight * byScale * (bounds[1] - bounds[0]) * sigmoid(raw[k]!) * (1 - sigmoid(raw[k]!));
  });
  return [...byLogit, ...byMean, ...byRawScale].map((derivative) => derivative / density);
}
