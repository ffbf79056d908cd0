import { largestOf } from "@webgfn/tensor/internal";

/** A target R/Z of sequences whose symbols are independent, given the length. */
export interface PositionWise {
  logZ: number;
  /** [N + 1]: the probability of each length. */
  lengthMass: Float64Array;
  /** [N][D]: the probability of each symbol at each position. */
  symbolMass: Float64Array[];
}

/** R/Z in closed form for log R = Σ_i f(x_i)·i: Z = Σ_{n from least to N} ∏_{i ≤ n} Σ_v exp(f(v)·i). */
export function positionWise(values: Float32Array, length: number, least: number): PositionWise {
  const logMass = new Float64Array(length + 1);
  const symbolMass: Float64Array[] = [];
  for (let i = 1; i <= length; i++) {
    const scores = Float64Array.from(values, (value) => value * i);
    const { mass, logTotal } = normalised(scores);
    symbolMass.push(mass);
    logMass[i] = (logMass[i - 1] as number) + logTotal;
  }
  const { mass: lengthMass, logTotal: logZ } = normalised(logMass.fill(Number.NEGATIVE_INFINITY, 0, least));
  return { logZ, lengthMass, symbolMass };
}

/** The highest log R: Σ_i i · max f over all positions if max f is positive, otherwise over the fewest positions. */
export function highestLogReward(values: Float32Array, least: number, length: number): number {
  const largest = largestOf(values);
  const positions = largest > 0 ? length : least;
  return (largest * positions * (positions + 1)) / 2;
}

/** Softmax of scores: probabilities proportional to exp(scores), and log Σ exp(scores). */
function normalised(scores: Float64Array): { mass: Float64Array; logTotal: number } {
  const highest = largestOf(scores);
  const mass = scores.map((score) => Math.exp(score - highest));
  const total = mass.reduce((sum, m) => sum + m, 0);
  return { mass: mass.map((m) => m / total), logTotal: highest + Math.log(total) };
}
