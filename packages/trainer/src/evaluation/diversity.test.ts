import { dags, type Environment, hypergrid, ising, knapsack, phylogenetics, type SampledObject, sequences, sets } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { distanceOf, diversity, editDistance } from "./diversity.js";

/** The distance of two objects. */
function apart<O extends SampledObject>(environment: Environment<O>, a: O, b: O): number {
  const states = [a, b].map((object) => environment.encode!(object));
  const distance = distanceOf(environment as unknown as Environment)!;
  expect(distance(states[1]!, states[0]!), "symmetric").toBe(distance(states[0]!, states[1]!));
  expect(distance(states[0]!, states[0]!)).toBe(0);
  return distance(states[0]!, states[1]!);
}

describe("the distance between two objects", () => {
  it("is the edit distance of sequences", () => {
    const environment = sequences({ symbols: 3, length: 6 });
    expect(apart(environment, { symbols: [0, 1, 2, 0] }, { symbols: [1, 2, 0] })).toBe(1);
    expect(apart(environment, { symbols: [] }, { symbols: [1, 2, 0] })).toBe(3);
    const word = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
    expect(editDistance(word("kitten"), word("sitting"))).toBe(3);
    expect(editDistance(word("intention"), word("execution"))).toBe(5);
  });

  it("is Jaccard's of sets", () => {
    expect(apart(sets({ items: 6, size: 3 }), { items: [0, 1, 2] }, { items: [2, 3, 4] })).toBeCloseTo(4 / 5, 12);
    expect(apart(knapsack({ items: 4 }), { items: [] }, { items: [] })).toBe(0);
  });

  it("is Manhattan's of cells, and counts spins that differ", () => {
    expect(apart(hypergrid({ dimensions: 2, side: 8 }), { coordinates: [0, 7] }, { coordinates: [3, 5] })).toBe(5);
    const spins = [1, 1, 1, -1];
    expect(apart(ising({ rows: 2, columns: 2 }), { spins }, { spins: spins.map((spin) => -spin) })).toBe(4);
  });

  it("counts a turned edge of a graph once, and clades of one tree alone", () => {
    const graph = dags({ variables: 3, samples: 20 });
    const edges = (...list: [number, number][]) => ({ edges: list });
    expect(apart(graph, edges([0, 1], [1, 2]), edges([1, 0]))).toBe(2);
    expect(apart(graph, edges(), edges([1, 0], [2, 0]))).toBe(2);
    const trees = phylogenetics({ species: 4, sites: 5 });
    const [a, b] = [{ newick: "(((s0,s1),s2),s3);" }, { newick: "((s0,s1),(s2,s3));" }];
    expect(apart(trees as unknown as Environment, a, b)).toBe(2);
  });

  it("has a mean over all pairs", () => {
    const environment = hypergrid({ dimensions: 1, side: 8 });
    const states = [0, 1, 5].map((x) => environment.encode!({ coordinates: [x] }));
    const distance = distanceOf(environment as unknown as Environment)!;
    expect(diversity(states, distance)).toBeCloseTo((1 + 5 + 4) / 3, 12);
    expect(diversity(states.slice(1, 2), distance)).toBeNaN();
  });
});
