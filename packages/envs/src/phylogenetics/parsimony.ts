import type { SitePatterns } from "./site-patterns.js";

/**
 * −M/T of trees, each given by its joins as `joinsOf` lists them: M is the least number of changes of bases along the branches (Fitch 1971, "Toward
 * defining the course of evolution: minimum change for a specific tree topology"). Where two subtrees can have a base in common at their roots
 * they have it, else there is a change.
 */
export function parsimony({ bases, weights }: SitePatterns, temperature: number): (joins: Uint8Array) => number {
  return (joins) => {
    let changes = 0;
    for (const [pattern, column] of bases.entries()) {
      const possible = column.slice();
      for (let n = 0; n < joins.length; n += 2) {
        const [a, b] = [possible[joins[n] as number] as number, possible[joins[n + 1] as number] as number];
        if ((a & b) === 0) changes += weights[pattern] as number;
        possible[joins[n] as number] = (a & b) === 0 ? a | b : a & b;
      }
    }
    return -changes / temperature;
  };
}
