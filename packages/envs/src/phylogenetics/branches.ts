import { type BranchProbabilities, jukesCantor } from "./jukes-cantor.js";

/** The possible branches, by the number that a state stores for the length: 0 for a branch without a chosen length. */
export interface Branches {
  /** Number of bins that a length is chosen from; 0 if all branches are equal. */
  bins: number;
  probabilities: readonly BranchProbabilities[];
  /** Expected substitutions per site: the middle of each bin. */
  lengths: readonly number[];
  /**
   * log of the prior probability of each bin, which is in proportion to the density of an exponential distribution in the middle of the bin.
   */
  logPrior: readonly number[];
}

/** All branches of length 1, at rate λ of JC69. */
export function equalBranches(rate: number): Branches {
  return { bins: 0, probabilities: [jukesCantor(rate)], lengths: [3 * rate], logPrior: [0] };
}

/**
 * Lengths in bins of a width, in expected substitutions per site: JC69 expects 3λ of them along a branch of length 1. JC69 is reversible, so
 * the two branches at the root count as one: for the last join only the first length is chosen, and the second branch has length 0.
 *
 * @param priorRate rate of the exponential prior over lengths: 1 / their mean.
 */
export function binnedBranches(bins: number, width: number, priorRate: number): Branches {
  const lengths = [0, ...Array.from({ length: bins }, (_, bin) => (bin + 0.5) * width)];
  // Relative to the first bin's density, the largest one: the density of a bin far from 0 may be too small for a float64.
  const logDensity = (length: number) => priorRate * (width / 2 - length);
  const logTotal = Math.log(lengths.slice(1).reduce((sum, length) => sum + Math.exp(logDensity(length)), 0));
  return {
    bins,
    probabilities: lengths.map((length) => jukesCantor(length / 3)),
    lengths,
    logPrior: [0, ...lengths.slice(1).map((length) => logDensity(length) - logTotal)],
  };
}

/** log of the prior probability of a tree's branches. */
export function logPriorOf({ logPrior }: Branches, lengths: Uint8Array): number {
  return lengths.reduce((sum, length) => sum + (logPrior[length] as number), 0);
}
