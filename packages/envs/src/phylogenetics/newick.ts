import type { Branches } from "./branches.js";
import { type JoinLengths, joinsOf, lengthsOf } from "./forest-state.js";

/** Names that every reader of Newick accepts unquoted: letters and digits of any script, ".", "-". */
const PLAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;

/**
 * A leaf's name. Names with anything but letters, digits, "." and "-" are quoted, with '' for a quote: blanks and Newick's
 * punctuation would end a name without quotes, and an underscore would be read as a blank.
 */
export function label(name: string): string {
  return PLAIN.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
}

/** The text of two subtrees under a new root, with the lengths of their branches if they were chosen. */
export function joinedText(left: string, right: string, [a, b]: JoinLengths, { bins, lengths }: Branches): string {
  const branch = (length: number): string => (bins > 0 ? `:${shownLength(lengths[length] as number)}` : "");
  return `(${left}${branch(a)},${right}${branch(b)})`;
}

/** The text of a length without digits from binary rounding. */
export function shownLength(length: number): string {
  return String(Number(length.toPrecision(12)));
}

/**
 * A tree in Newick format, `((A,B),C);`, or with lengths `((A:0.002,B:0.01):0.006,C:0);`. Of two subtrees the one with the smallest leaf
 * comes first, so that every tree has exactly one text. Branch lengths are left out if they are all equal.
 */
export function newick(state: Uint32Array, names: readonly string[], branches: Branches): string {
  const written = names.map(label);
  const joins = joinsOf(state);
  const lengths = lengthsOf(state);
  for (let n = 0; n < joins.length; n += 2) {
    const slot = joins[n] as number;
    const right = written[joins[n + 1] as number] as string;
    written[slot] = joinedText(written[slot] as string, right, [lengths[n] as number, lengths[n + 1] as number], branches);
  }
  return `${written[0]};`;
}
