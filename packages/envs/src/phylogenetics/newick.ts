import { joinsOf } from "./forest-state.js";

/** Names that every reader of Newick takes as they are: letters and digits of any script, ".", "-". */
const PLAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;

/**
 * A leaf's name. Names with anything but letters, digits, "." and "-" are quoted, with '' for a quote: blanks and Newick's
 * punctuation would end a name without quotes, and an underscore would be read as a blank.
 */
export function label(name: string): string {
  return PLAIN.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
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
