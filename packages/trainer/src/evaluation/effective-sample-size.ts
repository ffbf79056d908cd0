import { largestOf } from "@webgfn/tensor/internal";

/**
 * Share of a sample that importance weights leave effective, (Σ w)² / (N Σ w²): 1 where all weights are alike, 1/N where
 * one has everything (Kish 1965).
 *
 * @param logWeights log w, up to a constant.
 */
export function effectiveSampleSize(logWeights: ArrayLike<number>): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let n = 0; n < logWeights.length; n++) highest = Math.max(highest, logWeights[n] as number);
  let [sum, squares] = [0, 0];
  for (let n = 0; n < logWeights.length; n++) {
    const weight = Math.exp((logWeights[n] as number) - highest);
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum) / (logWeights.length * squares);
}

/** log of the mean weight, and the standard error of that: the weights' standard deviation over √N times their mean (the delta method). */
export function logMeanOf(logWeights: ArrayLike<number> & Iterable<number>): { log: number; error: number } {
  const count = logWeights.length;
  const highest = largestOf(logWeights);
  let sum = 0;
  for (let n = 0; n < count; n++) sum += Math.exp((logWeights[n] as number) - highest);
  // 1 / ESS share = mean w² / (mean w)².
  return { log: highest + Math.log(sum / count), error: Math.sqrt((1 / effectiveSampleSize(logWeights) - 1) / count) };
}
