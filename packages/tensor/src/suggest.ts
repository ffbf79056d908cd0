import { argumentError, type WebgfnError } from "./errors.js";
import { inBrief, shownName } from "./show-value.js";

/** Longer words are not compared: they are hardly typing mistakes, and comparing them takes time. */
const LONGEST_WORD = 100;

/** Smallest number of insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1] as number[];
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (rows[i - 2]?.[j - 2] as number) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
}

/** The accepted word that was probably meant, if one is similar. */
export function nearest(given: string, accepted: readonly string[]): string | undefined {
  if (given.length > LONGEST_WORD) return undefined;
  const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, "");
  let best: { word: string; distance: number } | undefined;
  for (const word of accepted) {
    const distance = editDistance(plain(given), plain(word));
    if (distance <= Math.max(1, Math.floor(plain(word).length / 3)) && (best === undefined || distance < best.distance))
      best = { word, distance };
  }
  return best?.word;
}

/** A suggestion for the middle of a sentence; empty if no accepted word is similar. */
export function suggestion(given: string, accepted: readonly string[]): string {
  const meant = nearest(given, accepted);
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
}

/**
 * The error for a word that is not accepted. It names the word, the one that was probably meant, and the accepted words.
 *
 * @param what continues "is not", such as `an objective`.
 * @param given the word, or any other value in its place.
 */
export function unknownWord(what: string, given: unknown, accepted: readonly string[]): WebgfnError {
  const shown = typeof given === "string" ? `"${shownName(given)}"` : inBrief(given);
  const meant = typeof given === "string" ? suggestion(given, accepted) : "";
  return argumentError(`${shown} is not ${what}${meant}; choose from ${accepted.join(", ")}`);
}

/**
 * The entry of a table by its name.
 *
 * @param what continues "is not", such as `an objective`.
 * @throws WebgfnError `argument` for a value that is not the name of one of the table's own entries.
 */
export function requireEntry<T>(what: string, table: Readonly<Record<string, T>>, name: unknown): T {
  if (typeof name !== "string" || !Object.hasOwn(table, name)) throw unknownWord(what, name, Object.keys(table));
  return table[name] as T;
}
