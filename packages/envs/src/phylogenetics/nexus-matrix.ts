import { checkName, fault, quoted } from "../data-file.js";
import type { NexusScanner } from "./nexus-scanner.js";
import { ANY_BASE, basesOf } from "./nucleotides.js";
import { foreignLetter, MOST_SITES, MOST_TAXA, type SequenceRecord } from "./sequence-record.js";

/** The format that the commands before a matrix declared. */
export interface MatrixFormat {
  taxa: number | undefined;
  sites: number | undefined;
  missing: string;
  gap: string;
  match: string | undefined;
  interleaved: boolean;
  /** Whether the block's matrix has begun. */
  matrixSeen: boolean;
  /** Why the matrix is not one of nucleotides. */
  foreign?: Error;
  /** Why its letters have another meaning than this parser gives them. */
  unsupported?: Error;
}

/**
 * Reads the matrix up to its semicolon.
 *
 * @throws WebgfnError `file` with the line, the column, what was found there and a possible reason.
 */
export function readMatrix(scanner: NexusScanner, format: MatrixFormat): SequenceRecord[] {
  const { taxa, sites, interleaved } = format;
  const { file } = scanner;
  if (sites === undefined) throw scanner.expected("DIMENSIONS with NCHAR before the MATRIX", "MATRIX");
  if (sites > MOST_SITES) throw fault(file, scanner.line, `expected NCHAR = 1 to ${MOST_SITES} sites, found ${sites}`);
  const blocks = interleaved ? "" : "; a matrix in blocks needs INTERLEAVE in its FORMAT";
  // Names are compared without regard to case.
  const records = new Map<string, SequenceRecord>();
  while (!scanner.atSemicolon()) {
    const line = scanner.line;
    const name = scanner.name();
    const known = records.get(name.toLowerCase());
    if (known !== undefined && (!interleaved || known.bases.length >= sites)) {
      const other = known.name === name ? "" : ` as ${quoted(known.name)}`;
      throw fault(file, line, `expected every taxon once, but ${quoted(name)} is also in line ${known.line}${other}`);
    }
    if (known === undefined && records.size === MOST_TAXA) throw fault(file, line, `expected at most ${MOST_TAXA} taxa, found more`);
    checkName(file, line, name);
    const record: SequenceRecord = known ?? { name, line, bases: [] };
    records.set(name.toLowerCase(), record);
    const [first] = records.values();
    const before = record.bases.length;
    while (record.bases.length < sites && scanner.hasSite({ onThisLine: interleaved && record.bases.length > before })) {
      const inFirst = first === record ? undefined : first?.bases[record.bases.length];
      record.bases.push(readBases(scanner, format, inFirst, () => (scanner.line > line ? blocks : "")));
    }
    if (record.bases.length === sites && scanner.isWithinWord()) {
      throw fault(file, scanner.line, `expected NCHAR = ${sites} sites in ${quoted(name)}, found more${scanner.line > line ? blocks : ""}`);
    }
  }
  const found = [...records.values()];
  const short = found.find(({ bases }) => bases.length !== sites);
  if (short !== undefined) {
    throw fault(file, short.line, `expected NCHAR = ${sites} sites in ${quoted(short.name)}, found ${short.bases.length}`);
  }
  if (taxa !== undefined && taxa !== found.length) throw fault(file, scanner.line, `expected NTAX = ${taxa} taxa, found ${found.length}`);
  return found;
}

/** Reads one site: a letter, or alternatives in brackets. `cause` explains a letter that stands for no base, at the end of the error. */
function readBases(scanner: NexusScanner, format: MatrixFormat, inFirst: number | undefined, cause: () => string): number {
  const letter = scanner.take();
  const closing = letter === "{" ? "}" : letter === "(" ? ")" : undefined;
  if (closing === undefined) return baseSet(scanner, format, letter, inFirst, cause);
  let union = 0;
  while (!scanner.takes(closing)) union |= baseSet(scanner, format, scanner.take(), inFirst, cause);
  if (union === 0) throw scanner.expected("letters between the brackets", letter + closing);
  return union;
}

function baseSet(
  scanner: NexusScanner,
  { missing, gap, match }: MatrixFormat,
  letter: string,
  inFirst: number | undefined,
  cause: () => string,
): number {
  if (isSame(letter, match)) {
    if (inFirst !== undefined) return inFirst;
    throw scanner.expected("a letter in the first taxon", letter, ", the MATCHCHAR of the others");
  }
  if (isSame(letter, missing) || isSame(letter, gap)) return ANY_BASE;
  const bases = basesOf(letter);
  if (bases !== undefined) return bases;
  const point = 'for which FORMAT has no MATCHCHAR ("as in the first taxon"), GAP or MISSING';
  throw foreignLetter(scanner.file, scanner.line, scanner.column, letter, { point, rest: cause() });
}

function isSame(letter: string, symbol: string | undefined): boolean {
  return symbol !== undefined && letter.toLowerCase() === symbol.toLowerCase();
}
