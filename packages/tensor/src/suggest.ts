import { argumentError, type WebgfnError } from "./errors.js";

/** Least number of insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
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

/** The accepted word that was probably meant, if one is near. */
export function nearest(given: string, accepted: readonly string[]): string | undefined {
  const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, "");
  let best: { word: string; distance: number } | undefined;
  for (const word of accepted) {
    const distance = editDistance(plain(given), plain(word));
    if (distance <= Math.max(1, Math.floor(plain(word).length / 3)) && (best === undefined || distance < best.distance))
      best = { word, distance };
  }
  return best?.word;
}

/** What was probably meant, for the middle of a sentence; empty where nothing is near. */
export function suggestion(given: string, accepted: readonly string[]): string {
  const meant = nearest(given, accepted);
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
}

/** A usage error for a word that is not among the accepted ones: what was wrong, what was probably meant, what there is. */
export function unknownWord(what: string, given: string, accepted: readonly string[]): WebgfnError {
  return argumentError(`"${given}" is not ${what}${suggestion(given, accepted)}; choose from ${accepted.join(", ")}`);
}
