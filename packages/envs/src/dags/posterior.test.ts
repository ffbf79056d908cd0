import { RandomStream } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { dagPosterior } from "./posterior.js";

/** Random scores, wide enough that some graphs are hopeless. */
function randomScores(variables: number, width: number, seed = 1): Float64Array[] {
  const random = new RandomStream(seed, 7);
  return Array.from({ length: variables }, () => Float64Array.from({ length: 2 ** variables }, () => width * random.normal()));
}

/** A graph with e^score, by the parents of each node as bits. */
interface Graph {
  parents: number[];
  score: number;
}

/** All DAGs, by trying every choice of parents: a graph is acyclic if removing nodes without parents among the rest removes all. */
function everyGraph(scores: readonly Float64Array[]): Graph[] {
  const variables = scores.length;
  const graphs: Graph[] = [];
  const extend = (parents: number[], score: number): void => {
    const v = parents.length;
    if (v === variables) {
      if (isAcyclic(parents)) graphs.push({ parents, score });
      return;
    }
    for (let set = 0; set < 2 ** variables; set++) if (!((set >> v) & 1)) extend([...parents, set], score + scores[v]![set]!);
  };
  extend([], 0);
  return graphs;
}

function isAcyclic(parents: readonly number[]): boolean {
  let left = 2 ** parents.length - 1;
  for (let before = -1; before !== left; ) {
    before = left;
    parents.forEach((set, v) => {
      if ((set & left) === 0) left &= ~(1 << v);
    });
  }
  return left === 0;
}

/** [j]: whether i is an ancestor of j. */
function reachedFrom(i: number, parents: readonly number[]): boolean[] {
  let reached = 0;
  for (let n = 0; n < parents.length; n++) {
    parents.forEach((set, v) => {
      if (set & (reached | (1 << i))) reached |= 1 << v;
    });
  }
  return parents.map((_, j) => ((reached >> j) & 1) === 1);
}

function expectedOf(graphs: readonly Graph[]) {
  const highest = graphs.reduce((high, { score }) => Math.max(high, score), Number.NEGATIVE_INFINITY);
  const total = graphs.reduce((sum, { score }) => sum + Math.exp(score - highest), 0);
  const variables = graphs[0]!.parents.length;
  const matrix = () => Array.from({ length: variables }, () => new Array<number>(variables).fill(0));
  const [edges, paths] = [matrix(), matrix()];
  const parentSets = Array.from({ length: variables }, () => new Float64Array(2 ** variables));
  for (const { parents, score } of graphs) {
    const probability = Math.exp(score - highest) / total;
    parents.forEach((set, v) => {
      parentSets[v]![set]! += probability;
      for (let i = 0; i < variables; i++) if ((set >> i) & 1) edges[i]![v]! += probability;
      reachedFrom(v, parents).forEach((reached, j) => {
        if (reached) paths[v]![j]! += probability;
      });
    });
  }
  return { logZ: highest + Math.log(total), edges, paths, parentSets };
}

function largestError(actual: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): number {
  return expected.reduce((most, row, i) => Array.from(row).reduce((m, value, j) => Math.max(m, Math.abs(actual[i]![j]! - value)), most), 0);
}

/** The number of DAGs, by Robinson's recurrence in whole numbers. */
function countDags(variables: number): bigint {
  const counts = [1n];
  for (let n = 1; n <= variables; n++) {
    let [count, choose, sign] = [0n, 1n, 1n];
    for (let k = 1; k <= n; k++) {
      choose = (choose * BigInt(n - k + 1)) / BigInt(k);
      count += sign * choose * 2n ** BigInt(k * (n - k)) * counts[n - k]!;
      sign = -sign;
    }
    counts.push(count);
  }
  return counts[variables]!;
}

describe("the exact posterior over DAGs", () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 1],
    [4, 20],
    // The scores of 100,000 samples, with which e^score is beyond float64.
    [4, 5000],
    [5, 3],
  ])("of %i variables with random scores of width %f is that of all graphs one by one", (variables, width) => {
    const scores = randomScores(variables, width);
    const expected = expectedOf(everyGraph(scores));
    const posterior = dagPosterior(scores);
    expect(Math.abs(posterior.logZ - expected.logZ)).toBeLessThan(1e-12 * (1 + Math.abs(expected.logZ)));
    expect(largestError(posterior.parentSets(), expected.parentSets)).toBeLessThan(1e-9);
    expect(largestError(posterior.edges(), expected.edges)).toBeLessThan(1e-9);
    expect(largestError(posterior.paths(), expected.paths)).toBeLessThan(1e-9);
  });

  it("leaves out sets of parents with a weight of 0", () => {
    const scores = randomScores(4, 1).map((own) =>
      own.map((score, set) => ([0, 1, 2, 4, 8].includes(set) ? score : Number.NEGATIVE_INFINITY)),
    );
    const posterior = dagPosterior(scores);
    const expected = expectedOf(everyGraph(scores).filter(({ score }) => score > Number.NEGATIVE_INFINITY));
    expect(posterior.logZ).toBeCloseTo(expected.logZ, 12);
    expect(largestError(posterior.edges(), expected.edges)).toBeLessThan(1e-12);
    expect(largestError(posterior.paths(), expected.paths)).toBeLessThan(1e-12);
    for (const parents of posterior.sample(200, 0)) expect(parents.every((set) => (set & (set - 1)) === 0)).toBe(true);
  });

  it("counts graphs where all weights are 1", () => {
    for (const variables of [2, 3, 4, 5, 6, 8, 10, 12]) {
      const posterior = dagPosterior(Array.from({ length: variables }, () => new Float64Array(2 ** variables)));
      const digits = countDags(variables).toString();
      const expected = Math.log(Number(digits.slice(0, 16))) + (digits.length - Math.min(16, digits.length)) * Math.LN10;
      expect(Math.abs(posterior.logZ / expected - 1), `${variables} variables`).toBeLessThan(1e-14);
    }
    expect(countDags(6)).toBe(3_781_503n);
  });

  it("gives probabilities at 9 variables that agree with its samples", () => {
    const posterior = dagPosterior(randomScores(9, 2));
    const [edges, paths] = [posterior.edges(), posterior.paths()];
    const parentSets = posterior.parentSets();
    for (const own of parentSets) expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
    const count = 4000;
    const graphs = posterior.sample(count, 3);
    const shares = edges.map((row) => row.map(() => [0, 0] as [number, number]));
    for (const parents of graphs) {
      expect(isAcyclic(parents)).toBe(true);
      parents.forEach((set, v) => {
        for (let i = 0; i < 9; i++) if ((set >> i) & 1) shares[i]![v]![0] += 1 / count;
        reachedFrom(v, parents).forEach((reached, j) => {
          if (reached) shares[v]![j]![1] += 1 / count;
        });
      });
    }
    // Five standard errors of a share, over 2 · 72 of them.
    const within = (share: number, p: number) => Math.abs(share - p) <= 5 * Math.sqrt((p * (1 - p)) / count) + 1e-3;
    shares.forEach((row, i) => {
      row.forEach(([edge, path], j) => {
        expect(within(edge, edges[i]![j]!), `${i} → ${j}`).toBe(true);
        expect(within(path, paths[i]![j]!), `${i} ⇝ ${j}`).toBe(true);
        expect(paths[i]![j]! + 1e-12 >= edges[i]![j]!).toBe(true);
      });
    });
  });

  it("draws the same graphs with the same seed", () => {
    const scores = randomScores(5, 1);
    expect(dagPosterior(scores).sample(20, 4)).toEqual(dagPosterior(scores).sample(20, 4));
    expect(dagPosterior(scores).sample(20, 4)).not.toEqual(dagPosterior(scores).sample(20, 5));
  });
});
