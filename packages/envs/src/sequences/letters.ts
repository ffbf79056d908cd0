/** The letters of symbols that have no names of their own. */
export const ALPHABET: readonly string[] = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** How symbols are written by their numbers: a letter each, or the number where there is none. Longer names stand between dots. */
export function lettersOf(letters: readonly string[]): { letter(symbol: number): string; text(symbols: readonly number[]): string } {
  const letter = (symbol: number): string => letters[symbol] ?? `(${symbol})`;
  const between = letters.every(({ length }) => length === 1) ? "" : "·";
  return { letter, text: (symbols) => symbols.map(letter).join(between) || "(empty)" };
}
