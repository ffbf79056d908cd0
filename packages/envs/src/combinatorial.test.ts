/** Known numbers of graphs and knapsacks, and sums over all sets. */
import { describe, expect, it } from "vitest";
import { independentSet, knapsack, maxCut, perfectBinaryTree } from "./index.js";

/** Outer cycle, spokes, inner star. */
const PETERSEN = (() => {
  const edges = [0, 1, 2, 3, 4].flatMap((v) => [
    [v, (v + 1) % 5],
    [v, v + 5],
    [v + 5, ((v + 2) % 5) + 5],
  ]);
  return { name: "petersen.txt", text: edges.map((edge) => edge.join(" ")).join("\n") };
})();
const edgeList = (edges: number[][]) => ({ name: "edges.txt", text: edges.map((edge) => edge.join(" ")).join("\n") });
const logSumExp = (values: readonly number[]) => Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));

describe("independent sets", () => {
  it("of the Petersen graph have its independence polynomial, 1 + 10x + 30x² + 30x³ + 5x⁴", () => {
    const all = independentSet({ graph: PETERSEN, sets: "all", temperature: 0.5 });
    const x = Math.exp(2);
    expect(all.exactLogZ.value).toBeCloseTo(Math.log(1 + 10 * x + 30 * x ** 2 + 30 * x ** 3 + 5 * x ** 4), 6);
    expect([all.objectCount.value, all.optimum.value, all.horizon]).toEqual([76, 4, 5]);
    // The three neighbours of each vertex, and the 5 largest sets.
    const maximal = independentSet({ graph: PETERSEN });
    expect(maximal.objectCount.value).toBe(15);
    expect(maximal.exactLogZ.value).toBeCloseTo(Math.log(10 * Math.exp(3) + 5 * Math.exp(4)), 6);
    expect([maximal.horizon, maximal.enumeration.value]).toEqual([4, 76]);
  });

  it("of a path are as many as Fibonacci's numbers, and of triangles 3 each", () => {
    const path = edgeList(Array.from({ length: 24 }, (_, v) => [v, v + 1]));
    expect(independentSet({ graph: path, sets: "all" }).objectCount.value).toBe(196418);
    const triangles = edgeList(
      Array.from({ length: 8 }, (_, t) => 3 * t).flatMap((v) => [
        [v, v + 1],
        [v + 1, v + 2],
        [v, v + 2],
      ]),
    );
    // Moon and Moser: no graph of 24 vertices has more maximal ones.
    expect(independentSet({ graph: triangles }).objectCount.value).toBe(3 ** 8);
  });

  it("too many to be listed have a bound on their size", () => {
    const { exactLogZ, enumeration, horizon } = independentSet({ vertices: 200, edgesPerVertex: 3 });
    expect(exactLogZ.reason).toBe("the independent sets of 200 vertices are more than the 1048576 that are listed");
    expect(enumeration.reason).toBe("the independent sets of 200 vertices are more than the 1048576 that are enumerated");
    expect(horizon).toBeGreaterThan(60);
    expect(horizon).toBeLessThan(140);
  });

  it.each([
    [{ vertices: [0, 1] }, '{"vertices":[0,1]}: 0 and 1 are neighbours'],
    [{ vertices: [0, 0] }, '{"vertices":[0,0]}: vertex 0 is in it twice'],
    [{ vertices: [0] }, '{"vertices":[0]}: it is not maximal, vertex 2 can join it'],
    [{ vertices: [12] }, '{"vertices":[12]}: a vertex is a whole number from 0 to 9, not 12'],
  ])("are not %j", (object, why) => {
    expect(() => independentSet({ graph: PETERSEN }).encode?.(object)).toThrow(why);
  });
});

describe("cuts", () => {
  it("of the Petersen graph and of a complete bipartite one are at most 12 and all edges", () => {
    const petersen = maxCut({ graph: PETERSEN });
    expect([petersen.optimum.value, petersen.objectCount]).toEqual([12, 1024]);
    const bipartite = maxCut({ graph: edgeList([0, 1, 2].flatMap((a) => [3, 4, 5, 6].map((b) => [a, b]))), temperature: 2 });
    expect(bipartite.optimum.value).toBeCloseTo(12, 5);
    expect(bipartite.cutWeight({ vertices: [0, 1, 2] })).toBe(12);
  });

  it("of a cycle have the log Z of the Ising ring", () => {
    // Z = Σ_cuts e^{cut/T} = (e^{1/T} + 1)^n + (1 − e^{1/T})^n
    const ring = maxCut({ graph: edgeList(Array.from({ length: 12 }, (_, v) => [v, (v + 1) % 12])), temperature: 0.8 });
    const x = Math.exp(1 / 0.8);
    expect(ring.exactLogZ.value).toBeCloseTo(Math.log((1 + x) ** 12 + (1 - x) ** 12), 5);
  });

  it("too many to be listed say so", () => {
    expect(maxCut({ vertices: 21 }).exactLogZ.reason).toBe("the 2^21 cuts of 21 vertices are more than the 2^20 that are listed");
  });
});

describe("the knapsack", () => {
  it("has the best value of a known instance", () => {
    // P01 of J. Burkardt's collection.
    const [weights, values] = [
      [23, 31, 29, 44, 53, 38, 63, 85, 89, 82],
      [92, 57, 49, 68, 60, 43, 67, 84, 87, 72],
    ];
    const text = `weight,value\n${weights.map((weight, n) => `${weight},${values[n]}\n`).join("")}`;
    const known = knapsack({ data: { name: "p01.csv", text }, capacity: 165 });
    expect(known.optimum.value).toBe(309);
    expect(() => known.encode?.({ items: [7, 8] })).toThrow("it weighs more than 165");
  });

  it.each([{}, { capacity: 37 }, { maxItems: 3 }, { maxItems: 4, capacity: 25, temperature: 1 }])(
    "sums over all sets that fit: %o",
    (parameters) => {
      const environment = knapsack({ items: 12, dataSeed: 3, ...parameters });
      const { items, capacity, objectCount, optimum, exactLogZ, enumeration } = environment;
      const { maxItems = 12, temperature = 5 } = parameters as { maxItems?: number; temperature?: number };
      const sums = Array.from({ length: 2 ** 12 }, (_, set) => {
        const members = items.names.map((_, item) => item).filter((item) => (set >> item) & 1);
        const total = (of: readonly number[]) => members.reduce((sum, item) => sum + (of[item] as number), 0);
        return { weight: total(items.weights), value: total(items.values), size: members.length };
      }).filter(({ weight, size }) => weight <= capacity && size <= maxItems);
      expect([objectCount.value, enumeration.value]).toEqual([sums.length, 2 * sums.length]);
      expect(optimum.value).toBe(sums.reduce((best, { value }) => Math.max(best, value), 0));
      expect(exactLogZ.value).toBeCloseTo(logSumExp(sums.map(({ value }) => value / temperature)), 5);
    },
  );

  it("adds up decimals exactly, and large instances too", () => {
    const text = `weight,value\n${"0.1,1\n".repeat(10)}`;
    // In floating point 0.1 + 0.1 + 0.1 > 0.3.
    expect(knapsack({ data: { name: "tenths.csv", text }, capacity: 0.3 }).objectCount.value).toBe(1 + 10 + 45 + 120);
    const all = knapsack({ items: 200, capacity: 4000, temperature: 100 });
    const logs = all.items.values.map((value) => Math.log1p(Math.exp(Math.fround(value / 100))));
    expect(all.exactLogZ.value).toBeCloseTo(
      logs.reduce((sum, log) => sum + log, 0),
      8,
    );
  });

  it("says what it cannot count", () => {
    const data = { name: "fine.csv", text: "0.1234567,1\n2,1\n" };
    expect(() => knapsack({ data })).toThrow("fine.csv: expected weights and a capacity of at most 6 decimals; round them");
    expect(() => knapsack({ data: { name: "x.csv", text: "0.000001,1\n100,1\n" } })).toThrow(
      "knapsack's capacity is 50000000 units of 0.000001, more than 16777215",
    );
    const many = Array.from({ length: 30 }, (_, n) => `${(2 ** (n % 20) + n * 7919) % 524287},1`).join("\n");
    expect(knapsack({ data: { name: "many.csv", text: many } }).exactLogZ.reason).toMatch(
      /^the sums of sets of 30 items have more than the 4194304/,
    );
  });
});

describe("the perfect binary tree", () => {
  it("numbers nodes as torchgfn does, and takes rewards from left to right", () => {
    const tree = perfectBinaryTree({ depth: 3, rewards: [8, 9, 10, 11, 12, 13, 14, 15] });
    expect(tree.exactLogZ.value).toBeCloseTo(Math.log(92), 6);
    expect(tree.encode?.({ path: [1, 0, 0] })).toEqual(Uint32Array.of(11));
    expect(tree.decode(Uint32Array.of(12))).toEqual({ path: [1, 0, 1] });
    expect(tree.data[4]).toBeCloseTo(Math.log(12), 6);
  });

  it("refuses rewards that do not fit", () => {
    expect(() => perfectBinaryTree({ depth: 1, rewards: [1, 0] })).toThrow(
      "rewards must be 2 numbers above 0 and at most 1e18, one per leaf",
    );
    expect(() => perfectBinaryTree({ depth: 2, rewards: [1, 2] })).toThrow("rewards must be 4 numbers above 0");
    expect(() => perfectBinaryTree({ depth: 13, rewards: [1] })).toThrow("takes rewards of at most 12 levels, not 13");
    expect(() => perfectBinaryTree({ depth: 1, rewards: [1, 1], dataSeed: 1 })).toThrow("takes either rewards or dataSeed");
  });
});
