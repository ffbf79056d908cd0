import { describe, expect, it } from "vitest";
import { linearGaussianScores, simulateLinearGaussian } from "./linear-gaussian.js";

/** Noise variance of each node given all that come before it in some order: its sample residual variance. */
function residualVariances(rows: Float64Array[], order: number[]): number[] {
  const { gain } = linearGaussianScores(rows);
  return order.map((node, position) => {
    const before = order.slice(0, position).reduce((bits, parent) => bits | (1 << parent), 0);
    const mean = rows.reduce((sum, row) => sum + row[node]!, 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[node]! - mean) ** 2, 0) / rows.length;
    return variance * Math.exp((-2 * gain(node, before)) / rows.length);
  });
}

function orders(nodes: number[]): number[][] {
  return nodes.length === 0
    ? [[]]
    : nodes.flatMap((node) => orders(nodes.filter((other) => other !== node)).map((rest) => [node, ...rest]));
}

describe("simulated linear-Gaussian data", () => {
  it("have an order of the nodes in which every noise variance is .1", () => {
    for (const seed of [0, 1, 2]) {
      const rows = simulateLinearGaussian(4, 4000, seed);
      const fits = orders([0, 1, 2, 3]).filter((order) =>
        residualVariances(rows, order).every((variance) => Math.abs(variance - 0.1) < 0.012),
      );
      expect(fits.length).toBeGreaterThan(0);
      expect(fits.length).toBeLessThan(24);
    }
  });

  it("have as many nodes without parents as one edge per node leaves, and not always the same", () => {
    const variables = 6;
    let withParents = 0;
    const firsts = new Set<number>();
    const seeds = 60;
    for (let seed = 0; seed < seeds; seed++) {
      // A node without parents has the variance of its noise; weights of parents are rarely too small to show.
      const rows = simulateLinearGaussian(variables, 300, seed);
      const variance = Array.from({ length: variables }, (_, j) => rows.reduce((sum, row) => sum + row[j]! ** 2, 0) / rows.length);
      const roots = variance.flatMap((v, j) => (Math.abs(v - 0.1) < 0.03 ? [j] : []));
      for (const root of roots) firsts.add(root);
      withParents += variables - roots.length;
    }
    // With p = 2/5, nodes have parents in 1 − Σ_k .6^k/6 = .60 of all cases, a few too weak to show.
    expect(withParents / (seeds * variables)).toBeGreaterThan(0.45);
    expect(withParents / (seeds * variables)).toBeLessThan(0.65);
    expect(firsts.size).toBe(variables);
  });

  it("is the same for the same seed", () => {
    expect(simulateLinearGaussian(5, 10, 7)).toEqual(simulateLinearGaussian(5, 10, 7));
    expect(simulateLinearGaussian(5, 10, 7)).not.toEqual(simulateLinearGaussian(5, 10, 8));
  });
});
