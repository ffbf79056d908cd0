import type { Environment, TreePicture } from "@webgfn/envs";
import { cladeShares, consensusOf, consensusText, type SupportedClade } from "@webgfn/envs/internal";
import { largestOf } from "@webgfn/tensor/internal";

/** Clades of a policy's sampled trees, next to the exact posterior R/Z if the environment knows it. */
export interface CladeFrequencies {
  /** The clades (groups of leaves under one node) of the sampled trees, and those with an exact probability, the most frequent first. */
  clades: { leaves: number[]; sampled: number; exact?: number }[];
  /** Root mean square and largest difference of the two, over these clades. */
  rmse?: number;
  /** See `rmse`. */
  largestError?: number;
  /** The majority-rule consensus tree of the sampled trees in Newick format, with the frequency of each clade. */
  consensus: string;
}

/** Clades whose sampled and exact probabilities are both smaller are left out of errors: there are thousands of them. */
const LEAST = 0.01;

/** The frequency of each clade among trees, from states one after another. */
export function sampledClades(
  { stateWords }: Environment,
  clades: NonNullable<TreePicture["clades"]>,
  states: Uint32Array,
): SupportedClade[] {
  const count = states.length / stateWords;
  const trees = Array.from({ length: count }, (_, n) => ({
    clades: clades(states.subarray(n * stateWords, (n + 1) * stateWords)),
    weight: 1 / count,
  }));
  return cladeShares(trees);
}

/** Differences between frequencies and exact probabilities, over clades for which one of the two is at least 1 %. */
export function cladeErrors(sampled: readonly SupportedClade[], exact: readonly SupportedClade[]): { rmse: number; largest: number } {
  const errors = together(sampled, exact)
    .filter((clade) => Math.max(clade.sampled, clade.exact) >= LEAST)
    .map((clade) => Math.abs(clade.sampled - clade.exact));
  return { rmse: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length), largest: largestOf(errors) };
}

function together(
  sampled: readonly SupportedClade[],
  exact: readonly SupportedClade[],
): { leaves: number[]; sampled: number; exact: number }[] {
  const all = new Map<string, { leaves: number[]; sampled: number; exact: number }>();
  for (const { leaves, support } of sampled) all.set(leaves.join(), { leaves: [...leaves], sampled: support, exact: 0 });
  for (const { leaves, support } of exact) {
    const known = all.get(leaves.join());
    if (known === undefined) all.set(leaves.join(), { leaves: [...leaves], sampled: 0, exact: support });
    else known.exact = support;
  }
  return [...all.values()].sort((a, b) => Math.max(b.sampled, b.exact) - Math.max(a.sampled, a.exact));
}

/**
 * Summarises sampled trees and compares them with the posterior.
 *
 * @returns `undefined` if objects are not trees with clades.
 */
export function cladeFrequencies(environment: Environment, states: Uint32Array): CladeFrequencies | undefined {
  const { picture } = environment.objects;
  if (picture.kind !== "trees" || picture.clades === undefined || picture.names === undefined) return undefined;
  const sampled = sampledClades(environment, picture.clades, states);
  const consensus = consensusText(picture.names, consensusOf(picture.names.length, sampled));
  if (!picture.exactClades?.available) {
    return { clades: sampled.map(({ leaves, support }) => ({ leaves: [...leaves], sampled: support })), consensus };
  }
  const exact = picture.exactClades.value();
  const { rmse, largest } = cladeErrors(sampled, exact);
  const clades = together(sampled, exact).filter((clade) => clade.sampled > 0 || clade.exact >= LEAST);
  return { clades, rmse, largestError: largest, consensus };
}
