import { WebgfnError } from "@webgfn/tensor";
import { type DataFile, fault, type Line, quoted } from "../data-file.js";
import { basesOf, EXPECTED_LETTER, letterCause } from "./nucleotides.js";

/** One taxon as a parser found it, before the checks of the whole alignment. */
export interface SequenceRecord {
  name: string;
  /** The line where it begins, for errors. */
  line: number;
  /** Sets of bases, see `nucleotides.ts`. */
  bases: number[];
}

/** Fewest taxa with more than one tree, and most that a state's six bits per slot can number. */
export const FEWEST_TAXA = 3;
export const MOST_TAXA = 64;
/** Keeps the sums of the reward's exponents well within 32 bits. */
export const MOST_SITES = 100_000;

/**
 * Adds the letters of a line, from `from` on, to a taxon's bases.
 *
 * @param sites most sites of the taxon, and its wording in messages.
 * @throws WebgfnError `file` for a letter that is not a nucleotide, or for more sites.
 */
export function addLetters(file: DataFile, record: SequenceRecord, line: Line, from: number, sites: { most: number; words: string }): void {
  const { text, number } = line;
  for (let at = from; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === " ") continue;
    const bases = basesOf(letter);
    if (bases === undefined) {
      if (/\s/.test(letter)) continue;
      throw foreignLetter(file, number, at + 1, String.fromCodePoint(text.codePointAt(at) as number), { point: POINT });
    }
    if (record.bases.length >= sites.most) throw fault(file, number, `expected ${sites.words} sites in ${quoted(record.name)}, found more`);
    record.bases.push(bases);
  }
}

const POINT = 'a gap in some programs and "as in the first taxon" in others: write - or the letter';

/**
 * The error for a letter that is not a nucleotide.
 *
 * @param causes.point the meaning of a point, which differs between formats.
 * @param causes.rest the end of the sentence.
 */
export function foreignLetter(
  file: DataFile,
  line: number,
  column: number,
  letter: string,
  causes: { point: string; rest?: string },
): Error {
  const cause = letter === "." ? `, ${causes.point}` : letterCause(letter);
  return fault(file, line, `expected ${EXPECTED_LETTER}, found ${quoted(letter)} in column ${column}${cause}${causes.rest ?? ""}`);
}

/** The error for an alignment with too few or too many taxa. */
export function wrongTaxa(file: DataFile, found: number): WebgfnError {
  return new WebgfnError("file", `${file.name}: expected ${FEWEST_TAXA} to ${MOST_TAXA} taxa, found ${found}`);
}
