/**
 * Nucleotides as sets of bases: A = 1, C = 2, G = 4, T = 8, and the IUPAC ambiguity codes as their unions (Cornish-Bowden,
 * Nucleic Acids Research 13, 1985). A gap says nothing about the base, so it is the whole set, as in Felsenstein (1981).
 */
const CODES: Readonly<Record<string, number>> = {
  A: 1,
  C: 2,
  G: 4,
  T: 8,
  U: 8,
  M: 3,
  R: 5,
  W: 9,
  S: 6,
  Y: 10,
  K: 12,
  V: 7,
  H: 11,
  D: 13,
  B: 14,
  N: 15,
  X: 15,
  "?": 15,
  "-": 15,
};

/** Any base at all: a gap, an unknown letter. */
export const ANY_BASE = 15;

/** The sets by the letters' codes, upper and lower case; 0 for a character that is not a nucleotide. */
const MASKS = new Uint8Array(128);
for (const [letter, mask] of Object.entries(CODES)) {
  for (const either of [letter, letter.toLowerCase()]) MASKS[either.charCodeAt(0)] = mask;
}

/** The set of bases that a letter stands for, or undefined if it is not a nucleotide. */
export function basesOf(letter: string): number | undefined {
  return MASKS[letter.length === 1 ? letter.charCodeAt(0) : 0] || undefined;
}

/** What was expected, for the error about any other letter. */
export const EXPECTED_LETTER = "a nucleotide (A, C, G, T, U, an IUPAC ambiguity code, N, X, ? or -)";

/** A possible reason for a letter in place of a nucleotide, as the end of a sentence. */
export function letterCause(letter: string): string {
  if (/^[EFILPQZJ*]$/i.test(letter)) return ", as in proteins";
  if (/^[0-9]$/.test(letter)) return ", as in tables of characters or numbered sequences";
  if (letter === "~") return ", a gap in some programs: write -";
  return "";
}
