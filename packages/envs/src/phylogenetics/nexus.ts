import { type DataFile, fault } from "../data-file.js";
import { type MatrixFormat, readMatrix } from "./nexus-matrix.js";
import { NexusScanner } from "./nexus-scanner.js";
import { basesOf } from "./nucleotides.js";
import type { SequenceRecord } from "./sequence-record.js";

const DATATYPES = ["DNA", "RNA", "NUCLEOTIDE"];

/** Whether a text begins with #NEXUS, after blanks and [comments]. */
export function isNexus(file: DataFile): boolean {
  return /^#nexus$/i.test(new NexusScanner(file).word());
}

/**
 * NEXUS (Maddison, Swofford and Maddison, Systematic Biology 46, 1997): the one matrix of nucleotides in a DATA or CHARACTERS block,
 * interleaved or not, with quoted names, nested [comments], {AC} and (AC) as ambiguities, and the block's own symbols for missing, gap and
 * "as in the first taxon". Names are compared without regard to case; an underscore outside quotes is a blank. Matrices of other data are
 * skipped.
 *
 * @throws WebgfnError `file` if there is no such matrix or more than one, or if its format changes the meaning of letters.
 */
export function parseNexus(file: DataFile): SequenceRecord[] {
  const scanner = new NexusScanner(file);
  scanner.word(); // #NEXUS
  const blocks = new Blocks(scanner);
  const format = blocks.nextMatrix();
  if (format === undefined) throw blocks.noMatrix();
  const line = scanner.line;
  if (format.unsupported !== undefined) throw format.unsupported;
  const records = readMatrix(scanner, format);
  scanner.skipCommand();
  let another: MatrixFormat | undefined;
  try {
    another = blocks.nextMatrix();
  } catch {
    // The rest of the file need not be readable, unless it has another matrix.
  }
  if (another === undefined) return records;
  throw fault(file, scanner.line, `expected one matrix of nucleotides, found another beside that in line ${line}; leave one of them out`);
}

/** Iterates over the blocks and their commands. */
class Blocks {
  readonly #scanner: NexusScanner;
  #block = "";
  #format: MatrixFormat = newFormat(undefined);
  #taxa: number | undefined;
  /** Why the first skipped matrix is not one of nucleotides. */
  #passedOver: Error | undefined;

  constructor(scanner: NexusScanner) {
    this.#scanner = scanner;
  }

  /** The error for a file without a matrix of nucleotides. */
  noMatrix(): Error {
    return this.#passedOver ?? this.#scanner.expected("a DATA or CHARACTERS block with a MATRIX");
  }

  /** Moves to the next matrix of nucleotides and returns its format; undefined at the end of the file. */
  nextMatrix(): MatrixFormat | undefined {
    const scanner = this.#scanner;
    for (;;) {
      const command = scanner.word().toUpperCase();
      if (command === "") return undefined;
      const isData = this.#block === "DATA" || this.#block === "CHARACTERS";
      if (command === "BEGIN") {
        this.#block = scanner.word().toUpperCase();
        this.#format = newFormat(this.#taxa);
      } else if (command === "END" || command === "ENDBLOCK") {
        if (isData && !this.#format.matrixSeen) throw scanner.expected(`a MATRIX in the ${this.#block} block`, command);
        this.#block = "";
      } else if (command === "DIMENSIONS" && (isData || this.#block === "TAXA")) {
        readDimensions(scanner, this.#format);
        if (this.#block === "TAXA") this.#taxa = this.#format.taxa;
      } else if (command === "FORMAT" && isData) {
        readFormat(scanner, this.#format);
      } else if (command === "ELIMINATE" && isData) {
        this.#format.unsupported ??= scanner.expected("a matrix of which all sites count", command, "; take these sites out of the matrix");
      } else if (command === "MATRIX") {
        this.#format.matrixSeen = true;
        const { foreign } = this.#format;
        if (isData && foreign === undefined) return this.#format;
        this.#passedOver ??=
          foreign ?? scanner.expected("a MATRIX in a DATA or CHARACTERS block", command, `, in the block ${this.#block}`);
      }
      scanner.skipCommand();
    }
  }
}

function newFormat(taxa: number | undefined): MatrixFormat {
  return { taxa, sites: undefined, missing: "?", gap: "-", match: undefined, interleaved: false, matrixSeen: false };
}

const SYMBOLS = ["MISSING", "GAP", "MATCHCHAR"];
/** Most characters of an EQUATE. */
const MOST_OF_EQUATE = 1000;

/** The pairs NAME=value, and names without a value, up to the command's semicolon. */
function* settings(scanner: NexusScanner): Generator<{ name: string; value: string | undefined }> {
  while (!scanner.atSemicolon()) {
    const name = scanner.word().toUpperCase();
    if (!scanner.takes("=")) yield { name, value: undefined };
    else yield { name, value: SYMBOLS.includes(name) ? scanner.symbol() : scanner.value() };
  }
}

function readDimensions(scanner: NexusScanner, format: MatrixFormat): void {
  for (const { name, value } of settings(scanner)) {
    if (name !== "NTAX" && name !== "NCHAR") continue;
    if (value === undefined || !/^\d{1,15}$/.test(value)) throw scanner.expected(`${name} = a whole number`, value);
    if (name === "NTAX") format.taxa = Number(value);
    else format.sites = Number(value);
  }
}

/** Settings that may change how the matrix is read, with the values that change nothing. Undefined stands for a name without a value. */
const PLAIN_VALUES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  TRANSPOSE: ["NO"],
  TOKENS: ["NO"],
  NOLABELS: [],
  LABELS: ["LEFT", "YES", undefined],
  STATESFORMAT: ["STATESPRESENT"],
  ITEMS: ["STATES"],
};

function readFormat(scanner: NexusScanner, format: MatrixFormat): void {
  for (const { name, value } of settings(scanner)) {
    const upper = value?.toUpperCase();
    if (name === "DATATYPE" && !DATATYPES.includes(upper ?? "")) {
      format.foreign ??= scanner.expected(`DATATYPE = ${DATATYPES.join(" or ")}`, value ?? name);
    } else if (name === "MISSING") format.missing = value ?? "?";
    else if (name === "GAP") format.gap = value ?? "-";
    else if (name === "MATCHCHAR") format.match = value;
    else if (name === "NOINTERLEAVE") format.interleaved = false;
    else if (name === "INTERLEAVE") {
      if (upper !== undefined && upper !== "YES" && upper !== "NO") throw scanner.expected("INTERLEAVE = YES or NO", value);
      format.interleaved = upper !== "NO";
    } else if (name === "EQUATE" && !saysNothingNew(value ?? "")) {
      format.unsupported ??= scanner.expected("an EQUATE that repeats IUPAC codes", value ?? name, "; write the letters themselves");
    } else if (Object.hasOwn(PLAIN_VALUES, name) && !PLAIN_VALUES[name]?.includes(upper)) {
      format.unsupported ??= scanner.expected(
        "a plain matrix with a name before each taxon's letters",
        upper === undefined ? name : `${name}=${upper}`,
      );
    }
  }
}

/** Whether every pair of an EQUATE, such as R={AG}, only repeats the usual meaning of its letter. */
function saysNothingNew(equate: string): boolean {
  if (equate.length > MOST_OF_EQUATE) return false;
  const pair = /\s*(\S)\s*=\s*(?:\{([^}]*)\}|\(([^)]*)\)|(\S))\s*/y;
  while (pair.lastIndex < equate.length) {
    const match = pair.exec(equate);
    if (match === null) return false;
    const [, letter = "", ...sets] = match;
    const bases = [...(sets.find((set) => set !== undefined) ?? "").replace(/[\s,]/g, "")].map((base) => basesOf(base) ?? Number.NaN);
    if (basesOf(letter) === undefined || bases.reduce((union, base) => union | base, 0) !== basesOf(letter) || bases.some(Number.isNaN))
      return false;
  }
  return true;
}
