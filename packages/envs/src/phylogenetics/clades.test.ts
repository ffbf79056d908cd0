import { describe, expect, it } from "vitest";
import { phylogenetics } from "../phylogenetics.js";
import { equalBranches } from "./branches.js";
import { cladeShares, cladesOfState, consensusOf, consensusText, type SupportedClade } from "./clades.js";
import { encodeTree } from "./read-newick.js";

const NAMES = ["A", "B", "C", "D e", "E"];
const consensusTree = (names: string[], clades: SupportedClade[]) => consensusText(names, consensusOf(names.length, clades));
const clades = (newick: string) => cladesOfState(encodeTree({ newick }, NAMES, equalBranches(0.3)));

describe("clades", () => {
  it.each<[string, number[][]]>([
    [
      "((((A,B),C),'D e'),E);",
      [
        [0, 1],
        [0, 1, 2],
        [0, 1, 2, 3],
      ],
    ],
    [
      "((A,E),((B,'D e'),C));",
      [
        [0, 4],
        [1, 3],
        [1, 2, 3],
      ],
    ],
  ])("of %s are the leaves below each inner node but the root", (newick, expected) => {
    expect(clades(newick).sort((a, b) => a.length - b.length || a[0]! - b[0]!)).toEqual(expected);
  });

  it("have the weight of the trees that have them", () => {
    const shares = cladeShares([
      { clades: clades("((((A,B),C),'D e'),E);"), weight: 0.75 },
      { clades: clades("((((A,C),B),'D e'),E);"), weight: 0.25 },
    ]);
    expect(shares).toEqual([
      { leaves: [0, 1, 2], support: 1 },
      { leaves: [0, 1, 2, 3], support: 1 },
      { leaves: [0, 1], support: 0.75 },
      { leaves: [0, 2], support: 0.25 },
    ]);
  });

  it("have exact probabilities: those of each tree's n − 2 clades add up to n − 2", () => {
    const environment = phylogenetics({ species: 5, sites: 12, dataSeed: 2 });
    const { picture } = environment.objects;
    if (picture.kind !== "trees") throw new Error("expected trees");
    const exact = picture.exactClades!.value!();
    expect(exact.reduce((sum, { support }) => sum + support, 0)).toBeCloseTo(3, 10);
    const states = environment.exactSampling.value!(4000, 1);
    const trees = Array.from({ length: 4000 }, (_, n) => ({ clades: cladesOfState(states.subarray(6 * n, 6 * n + 6)), weight: 1 / 4000 }));
    const sampled = new Map(cladeShares(trees).map(({ leaves, support }) => [leaves.join(), support]));
    for (const { leaves, support } of exact) {
      expect(Math.abs((sampled.get(leaves.join()) ?? 0) - support)).toBeLessThan(5 * Math.sqrt((support * (1 - support)) / 4000) + 1e-3);
    }
  });
});

describe("the majority-rule consensus", () => {
  it("has the clades of more than half of the trees, with their support", () => {
    const support = [
      { leaves: [0, 1], support: 0.934 },
      { leaves: [0, 1, 3], support: 0.61 },
      { leaves: [2, 4], support: 0.5 },
    ];
    expect(consensusTree(NAMES, support)).toBe("(((A,B)0.93,'D e')0.61,C,E);");
    expect(consensusTree(NAMES, [])).toBe("(A,B,C,'D e',E);");
    expect(consensusTree(["A", "B", "C"], [{ leaves: [1, 2], support: 1 }])).toBe("(A,(B,C)1.00);");
  });
});
