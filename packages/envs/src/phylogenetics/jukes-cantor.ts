import type { SitePatterns } from "./site-patterns.js";

/** Probabilities along a branch: that its other end has the same base, and that it has a given one of the three others. */
export interface BranchProbabilities {
  same: number;
  different: number;
}

/**
 * Jukes and Cantor's model (1969) in Yang's convention, rate λ to each other base, along a branch of length t = 1:
 * same = ¼ + ¾ e^{−4λt}, different = ¼ − ¼ e^{−4λt}.
 */
export function jukesCantor(rate: number): BranchProbabilities {
  // expm1 keeps the digits of small rates.
  const changed = -Math.expm1(-4 * rate);
  return { same: 1 - 0.75 * changed, different: 0.25 * changed };
}

/** Log-likelihoods of trees, each given by its joins and its branches as `joinsOf` and `lengthsOf` list them. */
export interface Pruning {
  /** log-likelihood of one site pattern, without its weight. */
  ofPattern(pattern: number, joins: Uint8Array, lengths: Uint8Array): number;
  /** log-likelihood of the alignment: Σ weight · log-likelihood over its patterns. */
  total(joins: Uint8Array, lengths: Uint8Array): number;
}

/**
 * Felsenstein's pruning (1981) in float64, each base at the root with probability ¼.
 *
 * @param branches the probabilities of a branch, by the number of its length.
 */
export function pruning({ bases, weights }: SitePatterns, branches: readonly BranchProbabilities[]): Pruning {
  const different = Float64Array.from(branches, (branch) => branch.different);
  const stays = Float64Array.from(branches, (branch) => branch.same - branch.different);
  const leaves = bases.map((column) =>
    Float64Array.from({ length: 4 * column.length }, (_, i) => ((column[i >>> 2] as number) >>> (i & 3)) & 1),
  );
  const partials = new Float64Array(leaves[0]?.length ?? 0);
  const at = (i: number): number => partials[i] as number;

  const ofPattern = (pattern: number, joins: Uint8Array, lengths: Uint8Array): number => {
    partials.set(leaves[pattern] as Float64Array);
    let logScale = 0;
    for (let n = 0; n < joins.length; n += 2) {
      const a = 4 * (joins[n] as number);
      const b = 4 * (joins[n + 1] as number);
      const [alongA, alongB] = [lengths[n] as number, lengths[n + 1] as number];
      const changedA = (different[alongA] as number) * (at(a) + at(a + 1) + at(a + 2) + at(a + 3));
      const changedB = (different[alongB] as number) * (at(b) + at(b + 1) + at(b + 2) + at(b + 3));
      let highest = 0;
      for (let base = 0; base < 4; base++) {
        const value = (changedA + (stays[alongA] as number) * at(a + base)) * (changedB + (stays[alongB] as number) * at(b + base));
        partials[a + base] = value;
        if (value > highest) highest = value;
      }
      if (highest < 1e-100) {
        for (let base = 0; base < 4; base++) partials[a + base] = at(a + base) / highest;
        logScale += Math.log(highest);
      }
    }
    return Math.log(0.25 * (at(0) + at(1) + at(2) + at(3))) + logScale;
  };
  const total = (joins: Uint8Array, lengths: Uint8Array) =>
    weights.reduce((sum, weight, pattern) => sum + weight * ofPattern(pattern, joins, lengths), 0);
  return { ofPattern, total };
}
