import { joinsOf } from "./forest-state.js";

/**
 * A leaf's name. Names with blanks or Newick's own punctuation are quoted, with '' for a quote; so are those with underscores, which
 * stand for blanks in names without quotes.
 */
export function label(name: string): string {
  return name === "" || /[\s()[\]{}:;,'"_]/.test(name) ? `'${name.replaceAll("'", "''")}'` : name;
}

/** Two subtrees under a new root. */
export function joinedText(left: string, right: string): string {
  return `(${left},${right})`;
}

/**
 * A tree in Newick format, `((A,B),C);`. Of two subtrees the one with the smallest leaf comes first, so that a tree is
 * written in one way only. Branch lengths are left out: they are all alike.
 */
export function newick(state: Uint32Array, names: readonly string[]): string {
  const written = names.map(label);
  const joins = joinsOf(state);
  for (let n = 0; n < joins.length; n += 2) {
    const slot = joins[n] as number;
    written[slot] = joinedText(written[slot] as string, written[joins[n + 1] as number] as string);
  }
  return `${written[0]};`;
}
