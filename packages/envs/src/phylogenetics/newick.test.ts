import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBranches } from "./branches.js";
import { joinedText, label } from "./newick.js";

/** A plain reading of a tree by the standard: quoted names as they are, '' for a quote; elsewhere an underscore is a blank. */
function leavesOf(newick: string): string[] {
  const leaves: string[] = [];
  const token = /'((?:[^']|'')*)'|([^\s()[\]{}:;,'"]+)|[(),;]/gy;
  for (let match = token.exec(newick); match !== null; match = token.exec(newick)) {
    const [, inQuotes, plain] = match;
    if (inQuotes !== undefined) leaves.push(inQuotes.replaceAll("''", "'"));
    else if (plain !== undefined) leaves.push(plain.replaceAll("_", " "));
    if (token.lastIndex === newick.length) return leaves;
  }
  throw new Error(`not Newick: ${newick}`);
}

describe("a leaf's name", () => {
  it.each<[string, string]>([
    ["A", "A"],
    ["sp.-1", "sp.-1"],
    ["Bär2", "Bär2"],
    ["Homo sapiens", "'Homo sapiens'"],
    ["Homo_sapiens", "'Homo_sapiens'"],
    ["d'Arwin", "'d''Arwin'"],
    ["a(b)[c]:d;e,f", "'a(b)[c]:d;e,f'"],
    ["a=1/2", "'a=1/2'"],
    ['"x"', "'\"x\"'"],
  ])("%s is written as %s", (name, text) => expect(label(name)).toBe(text));
});

describe("any tree", () => {
  it("is read back with its names", () => {
    const names = fc.array(fc.oneof(fc.string({ minLength: 1, unit: "grapheme" }), fc.stringMatching(/^[a-z_' (),;:[\]"\\=*{}-]{1,8}$/)), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(names, (leaves) => {
        const [first = "", ...rest] = leaves.map(label);
        const tree = rest.reduce((left, right) => joinedText(left, right, [0, 0], equalBranches(0.3)), first);
        expect(leavesOf(`${tree};`)).toEqual(leaves);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
