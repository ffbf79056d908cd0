import { describe, expect, it } from "vitest";
import { cpdagOf, type Edges, edgeAuroc, structuralHammingDistance } from "./cpdag.js";

/** All DAGs on four nodes. */
function everyDag(variables: number): Edges[] {
  const pairs = Array.from({ length: variables }, (_, i) => Array.from({ length: variables }, (_, j): [number, number] => [i, j])).flat();
  const unordered = pairs.filter(([i, j]) => i < j);
  const graphs: Edges[] = [];
  for (let code = 0; code < 3 ** unordered.length; code++) {
    const edges = unordered.flatMap(([i, j], n): [number, number][] => {
      const kind = Math.floor(code / 3 ** n) % 3;
      return kind === 0 ? [] : kind === 1 ? [[i, j]] : [[j, i]];
    });
    let left = Array.from({ length: variables }, (_, v) => v);
    for (let before = -1; before !== left.length; ) {
      before = left.length;
      left = left.filter((v) => edges.some(([from, to]) => to === v && left.includes(from)));
    }
    if (left.length === 0) graphs.push(edges);
  }
  return graphs;
}

/** What Markov-equivalent graphs share (Verma and Pearl 1990): pairs that are joined, and colliders a → c ← b of nodes that are not. */
function independences(edges: Edges): string {
  const joined = (a: number, b: number) => edges.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
  const skeleton = edges.map(([a, b]) => [Math.min(a, b), Math.max(a, b)].join("-")).sort();
  const colliders = edges.flatMap(([a, c]) =>
    edges.flatMap(([b, other]) => (other === c && a < b && !joined(a, b) ? [`${a}>${c}<${b}`] : [])),
  );
  return JSON.stringify([skeleton, colliders.sort()]);
}

describe("the graph of an equivalence class", () => {
  it.each([3, 4])("of %i nodes has the edges that all graphs of the class have, and the others in both directions", (variables) => {
    const classes = new Map<string, Edges[]>();
    for (const edges of everyDag(variables)) classes.set(independences(edges), [...(classes.get(independences(edges)) ?? []), edges]);
    // The numbers of classes are known: 11 on three nodes, 185 on four (OEIS A007984).
    expect(classes.size).toBe(variables === 3 ? 11 : 185);
    for (const members of classes.values()) {
      const all = (members[0] as Edges).filter(([a, b]) => members.every((edges) => edges.some(([x, y]) => x === a && y === b)));
      for (const edges of members) {
        const { directed, undirected } = cpdagOf(variables, edges);
        expect(directed).toEqual([...all].sort(([a, b], [c, d]) => a - c || b - d));
        expect(directed.length + undirected.length).toBe(edges.length);
        expect(cpdagOf(variables, members[0] as Edges)).toEqual({ directed, undirected });
      }
    }
  });
});

describe("the distance of graphs", () => {
  it("counts pairs that are joined in one of them, or in another direction", () => {
    expect(
      structuralHammingDistance(
        [
          [0, 1],
          [1, 2],
        ],
        [
          [1, 0],
          [2, 3],
        ],
      ),
    ).toBe(3);
    expect(structuralHammingDistance([[0, 1]], [[0, 1]])).toBe(0);
    expect(
      structuralHammingDistance(
        [],
        [
          [0, 1],
          [2, 1],
        ],
      ),
    ).toBe(2);
  });

  it("is the share of pairs in which an edge has the higher probability", () => {
    const matrix = [
      [0, 0.9, 0.4],
      [0.1, 0, 0.4],
      [0, 0.2, 0],
    ];
    // Edges .9 and .4 against .1, .4, 0, .2: 4 + (3 + ½) of 8.
    expect(
      edgeAuroc(matrix, [
        [0, 1],
        [0, 2],
      ]),
    ).toBeCloseTo(7.5 / 8, 12);
    expect(edgeAuroc(matrix, [])).toBeNaN();
  });
});
