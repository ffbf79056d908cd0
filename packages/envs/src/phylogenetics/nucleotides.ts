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

const MASKS = new Map(Object.entries(CODES).flatMap(([letter, mask]) => [[letter, mask] as const, [letter.toLowerCase(), mask] as const]));

/** The set of bases that a letter stands for, or undefined for what is no nucleotide. */
export function basesOf(letter: string): number | undefined {
  return MASKS.get(letter);
}

/** What to say where a letter is none of these. */
export const EXPECTED_LETTER = "a nucleotide (A, C, G, T, U, an IUPAC ambiguity code, N, X, ? or -)";
