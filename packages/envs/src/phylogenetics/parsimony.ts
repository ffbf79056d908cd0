import type { SitePatterns } from "./site-patterns.js";

/**
 * −M/T of trees, each given by its joins as `joinsOf` lists them: M is the least number of changes of bases along the branches (Fitch 1971,
 * "Toward defining the course of evolution: minimum change for a specific tree topology"). If two subtrees can have a common base at their
 * roots, they have it; otherwise there is a change.
 */
export function parsimony({ bases, weights }: SitePatterns, temperature: number): (joins: Uint8Array) => number {
  const possible = new Uint8Array(bases[0]?.length ?? 0);
  return (joins) => {
    let changes = 0;
    // Called for every tree of an exact target: indices and one array are several times as fast as iterators and copies.
    for (let pattern = 0; pattern < bases.length; pattern++) {
      const column = bases[pattern] as Uint8Array;
      for (let leaf = 0; leaf < possible.length; leaf++) possible[leaf] = column[leaf] as number;
      for (let n = 0; n < joins.length; n += 2) {
        const into = joins[n] as number;
        const a = possible[into] as number;
        const b = possible[joins[n + 1] as number] as number;
        if ((a & b) === 0) changes += weights[pattern] as number;
        possible[into] = (a & b) === 0 ? a | b : a & b;
      }
    }
    return -changes / temperature;
  };
}
