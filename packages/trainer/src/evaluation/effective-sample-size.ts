/**
 * Effective share of a weighted sample, (Σ w)² / (N Σ w²): 1 if all weights are equal, 1/N if one has all the weight (Kish 1965).
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

/** Standard error of the log of the mean weight: the weights' standard deviation over √N times their mean (the delta method). */
export function logMeanError(logWeights: ArrayLike<number>): number {
  // 1 / share = mean w² / (mean w)².
  return Math.sqrt((1 / effectiveSampleSize(logWeights) - 1) / logWeights.length);
}
