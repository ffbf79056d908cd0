import { expect, it } from "vitest";
import { logLikelihoodsOfTrees } from "./all-trees.js";
import { joinsOf } from "./forest-state.js";
import { treeAt, treeCount } from "./forests.js";
import { jukesCantor, pruning } from "./jukes-cantor.js";
import { simulateAlignment } from "./simulation.js";
import { sitePatterns } from "./site-patterns.js";

it.each([
  { taxa: 3, sites: 1, rate: 0.3 },
  { taxa: 4, sites: 8, rate: 1 },
  { taxa: 5, sites: 41, rate: 0.05 },
  { taxa: 6, sites: 16, rate: 1e-6 },
])("all trees of $taxa species have the likelihoods that pruning gives for each", ({ taxa, sites, rate }) => {
  const patterns = sitePatterns(simulateAlignment(taxa, sites, 0.4, 1).sequences);
  const { total } = pruning(patterns, [jukesCantor(rate)]);
  const equal = new Uint8Array(2 * taxa);
  const one = Array.from({ length: treeCount(taxa) }, (_, number) => total(joinsOf(treeAt(number, taxa)), equal));
  expect([...logLikelihoodsOfTrees(taxa, patterns, jukesCantor(rate))]).toEqual(one);
  expect(new Set(one.map((value) => value.toFixed(6))).size).toBeGreaterThan(taxa === 3 ? 0 : 3);
});
