/** Default letters of symbols without names. */
export const ALPHABET: readonly string[] = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** Writes symbols by their numbers: as one letter each, or as the number if there is no letter. Longer names are separated by dots. */
export function lettersOf(letters: readonly string[]): { letter(symbol: number): string; text(symbols: readonly number[]): string } {
  const letter = (symbol: number): string => letters[symbol] ?? `(${symbol})`;
  const between = letters.every(({ length }) => length === 1) ? "" : "·";
  return { letter, text: (symbols) => symbols.map(letter).join(between) || "(empty)" };
}
