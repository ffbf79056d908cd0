import { describe, expect, it } from "vitest";
import { linearGaussianScore } from "./linear-gaussian.js";
import { type Simulation, simulateDiscrete, simulateLinearGaussian } from "./simulation.js";

const simulated = (variables: number, samples: number, seed: number, more: Partial<Simulation> = {}) =>
  simulateLinearGaussian({ variables, samples, seed, graph: "erdos-renyi", edges: 1, ...more });

/** Noise variance of each node given all that come before it in some order: its sample residual variance. */
function residualVariances(rows: readonly Float64Array[], order: number[]): number[] {
  const score = linearGaussianScore({ names: order.map(String), rows });
  return order.map((node, position) => {
    const before = order.slice(0, position).sort((a, b) => a - b);
    const gain = score.given(before)(node) - score.given([])(node);
    const mean = rows.reduce((sum, row) => sum + row[node]!, 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[node]! - mean) ** 2, 0) / rows.length;
    return variance * Math.exp((-2 * gain) / rows.length);
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
      const { rows } = simulated(4, 4000, seed);
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
      const { rows } = simulated(variables, 300, seed);
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
    expect(simulated(5, 10, 7)).toEqual(simulated(5, 10, 7));
    expect(simulated(5, 10, 7)).not.toEqual(simulated(5, 10, 8));
  });

  it("know the graph that they come from: a node without parents does not depend on those that are no descendants", () => {
    for (const graph of ["erdos-renyi", "scale-free"] as const) {
      const { edges, rows } = simulated(8, 3000, 5, { graph, edges: 2 });
      const score = linearGaussianScore({ names: rows[0]! as never, rows });
      for (let child = 0; child < 8; child++) {
        const parents = edges
          .filter(([, to]) => to === child)
          .map(([from]) => from)
          .sort((a, b) => a - b);
        const mean = rows.reduce((sum, row) => sum + row[child]!, 0) / rows.length;
        const variance = rows.reduce((sum, row) => sum + (row[child]! - mean) ** 2, 0) / rows.length;
        const left = variance * Math.exp((-2 * (score.given(parents)(child) - score.given([])(child))) / rows.length);
        expect(left, `${graph}, node ${child}`).toBeCloseTo(0.1, 1);
      }
    }
  });

  it("have scale-free graphs with as many edges as were asked for, and hubs", () => {
    const { edges } = simulated(50, 60, 1, { graph: "scale-free", edges: 2 });
    expect(edges.length).toBe(1 + 2 * 48);
    const degree = Array.from({ length: 50 }, (_, v) => edges.filter((edge) => edge.includes(v)).length);
    expect(Math.max(...degree)).toBeGreaterThan(10);
  });
});

describe("simulated discrete data", () => {
  const discrete = (variables: number, samples: number, seed: number) =>
    simulateDiscrete({ variables, samples, seed, graph: "erdos-renyi", edges: 1 }, 3);

  it("have the levels, and a child that depends on its parents alone", () => {
    const { rows, levels, edges } = discrete(5, 20_000, 2);
    expect(levels).toEqual(Array(5).fill(["0", "1", "2"]));
    expect(new Set(rows.flatMap((row) => [...row]))).toEqual(new Set([0, 1, 2]));
    const [from, to] = edges.find(([, child]) => edges.filter(([, other]) => other === child).length === 1)!;
    const share = (parent: number) => {
      const own = rows.filter((row) => row[from] === parent);
      return [0, 1, 2].map((k) => own.filter((row) => row[to] === k).length / own.length);
    };
    expect(Math.max(...share(0).map((p, k) => Math.abs(p - share(1)[k]!)))).toBeGreaterThan(0.05);
  });

  it("is the same for the same seed", () => {
    expect(discrete(5, 10, 7)).toEqual(discrete(5, 10, 7));
    expect(discrete(5, 10, 7)).not.toEqual(discrete(5, 10, 8));
  });
});
