import { type DataFile, fault, quoted } from "../data-file.js";
import { ANY_BASE, basesOf, EXPECTED_LETTER } from "./nucleotides.js";
import type { SequenceRecord } from "./sequence-record.js";

/** What the commands before the matrix said. */
interface Format {
  taxa: number | undefined;
  sites: number | undefined;
  missing: string;
  gap: string;
  match: string | undefined;
  interleaved: boolean;
}

/** Settings that would change how the matrix is read. */
const UNSUPPORTED = ["TRANSPOSE", "NOLABELS", "EQUATE", "TOKENS"];
const DATATYPES = ["DNA", "RNA", "NUCLEOTIDE"];

/**
 * NEXUS (Maddison, Swofford and Maddison, Systematic Biology 46, 1997): the matrix of the first DATA or CHARACTERS block,
 * interleaved or not, with quoted names, nested [comments], {AC} and (AC) as ambiguities, and the block's own symbols for
 * missing, gap and "as in the first taxon".
 */
export function parseNexus(file: DataFile): SequenceRecord[] {
  const scanner = new Scanner(file);
  scanner.word(); // #NEXUS
  const format: Format = { taxa: undefined, sites: undefined, missing: "?", gap: "-", match: undefined, interleaved: false };
  let block = "";
  for (;;) {
    const command = scanner.word();
    if (command === "") throw scanner.expected("a DATA or CHARACTERS block with a MATRIX");
    const isData = block === "DATA" || block === "CHARACTERS";
    switch (command.toUpperCase()) {
      case "BEGIN":
        block = scanner.word().toUpperCase();
        break;
      case "END":
      case "ENDBLOCK":
        if (isData) throw scanner.expected(`a MATRIX in the ${block} block`);
        block = "";
        break;
      case "DIMENSIONS":
        if (isData || block === "TAXA") readDimensions(scanner, format);
        break;
      case "FORMAT":
        if (isData) readFormat(scanner, format);
        break;
      case "MATRIX":
        if (isData) return readMatrix(scanner, format);
        break;
    }
    scanner.skipCommand();
  }
}

const SYMBOLS = ["MISSING", "GAP", "MATCHCHAR"];

/** The pairs NAME=value, and names alone, up to the command's semicolon. */
function* settings(scanner: Scanner): Generator<{ name: string; value: string | undefined }> {
  while (!scanner.atSemicolon()) {
    const name = scanner.word().toUpperCase();
    if (!scanner.takes("=")) yield { name, value: undefined };
    else yield { name, value: SYMBOLS.includes(name) ? scanner.take() : scanner.value() };
  }
}

function readDimensions(scanner: Scanner, format: Format): void {
  for (const { name, value } of settings(scanner)) {
    if (name !== "NTAX" && name !== "NCHAR") continue;
    if (value === undefined || !/^\d{1,15}$/.test(value)) throw scanner.expected(`${name} = a whole number`, value);
    if (name === "NTAX") format.taxa = Number(value);
    else format.sites = Number(value);
  }
}

function readFormat(scanner: Scanner, format: Format): void {
  for (const { name, value } of settings(scanner)) {
    if (name === "DATATYPE" && !DATATYPES.includes(value?.toUpperCase() ?? "")) {
      throw scanner.expected(`DATATYPE = ${DATATYPES.join(" or ")}`, value);
    }
    if (name === "MISSING") format.missing = value ?? "?";
    if (name === "GAP") format.gap = value ?? "-";
    if (name === "MATCHCHAR") format.match = value;
    if (name === "INTERLEAVE") format.interleaved = value?.toUpperCase() !== "NO";
    if (UNSUPPORTED.includes(name) || (name === "LABELS" && value?.toUpperCase() === "NO")) {
      throw scanner.expected("a plain matrix with a name before each taxon's letters", name);
    }
  }
}

function readMatrix(scanner: Scanner, format: Format): SequenceRecord[] {
  const { taxa, sites, interleaved } = format;
  if (sites === undefined) throw scanner.expected("DIMENSIONS with NCHAR before the MATRIX", "MATRIX");
  const records = new Map<string, SequenceRecord>();
  while (!scanner.atSemicolon()) {
    const line = scanner.line;
    const name = scanner.name();
    const known = records.get(name);
    if (known !== undefined && (!interleaved || known.bases.length >= sites)) {
      throw fault(scanner.file, line, `expected every taxon once, but ${quoted(name)} is also in line ${known.line}`);
    }
    const record: SequenceRecord = known ?? { name, line, bases: [] };
    records.set(name, record);
    const [first] = records.values();
    const before = record.bases.length;
    while (record.bases.length < sites && scanner.hasSite({ onThisLine: interleaved && record.bases.length > before })) {
      record.bases.push(readBases(scanner, format, first === record ? undefined : first?.bases[record.bases.length]));
    }
    if (record.bases.length === sites && scanner.isWithinWord()) {
      throw fault(scanner.file, scanner.line, `expected NCHAR = ${sites} sites in ${quoted(name)}, found more`);
    }
  }
  const found = [...records.values()];
  const short = found.find(({ bases }) => bases.length !== sites);
  if (short !== undefined) {
    throw fault(scanner.file, short.line, `expected NCHAR = ${sites} sites in ${quoted(short.name)}, found ${short.bases.length}`);
  }
  if (taxa !== undefined && taxa !== found.length) throw scanner.expected(`NTAX = ${taxa} taxa`, String(found.length));
  return found;
}

/** One site: a letter, or several in brackets of which any may be the one. */
function readBases(scanner: Scanner, format: Format, inFirst: number | undefined): number {
  const letter = scanner.take();
  const closing = letter === "{" ? "}" : letter === "(" ? ")" : undefined;
  if (closing === undefined) return baseSet(scanner, format, letter, inFirst);
  let union = 0;
  while (!scanner.takes(closing)) union |= baseSet(scanner, format, scanner.take(), inFirst);
  if (union === 0) throw scanner.expected("letters between the brackets", letter + closing);
  return union;
}

function baseSet(scanner: Scanner, { missing, gap, match }: Format, letter: string, inFirst: number | undefined): number {
  if (letter === match && inFirst !== undefined) return inFirst;
  const bases = letter === missing || letter === gap ? ANY_BASE : basesOf(letter);
  if (bases === undefined) throw scanner.expected(EXPECTED_LETTER, letter);
  return bases;
}

/** Walks over the text once, counting lines and passing over blanks and nested [comments]. */
class Scanner {
  readonly file: DataFile;
  readonly #text: string;
  #at = 0;
  line = 1;

  constructor(file: DataFile) {
    this.file = file;
    this.#text = file.text.replace(/\r\n?/g, "\n");
  }

  expected(what: string, found?: string): Error {
    return fault(this.file, this.line, `expected ${what}, found ${found === undefined ? "the end of the file" : quoted(found)}`);
  }

  /** Goes to the next character that counts, at most to the end of this line if told so, and says whether there is one. */
  skipBlanks(onThisLine = false): boolean {
    let depth = 0;
    let opened = this.line;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === "[" && depth === 0) opened = this.line;
      if (character === "[") depth++;
      else if (character === "]" && depth > 0) depth--;
      else if (depth === 0 && !/\s/.test(character)) return true;
      if (character === "\n") {
        if (onThisLine && depth === 0) return false;
        this.line++;
      }
    }
    if (depth > 0) throw fault(this.file, opened, 'expected "]" after this comment, found the end of the file');
    return false;
  }

  /** Whether the matrix goes on with a site. */
  hasSite({ onThisLine }: { onThisLine: boolean }): boolean {
    return this.skipBlanks(onThisLine) && this.#text[this.#at] !== ";";
  }

  /** Whether more letters follow without a blank between. */
  isWithinWord(): boolean {
    return /[^\s[;]/.test(this.#text[this.#at] ?? ";");
  }

  /** The next character, whatever it is. */
  take(): string {
    if (!this.skipBlanks()) throw this.expected('";" after the matrix');
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) as number);
    this.#at += character.length;
    return character;
  }

  /** Takes the character if it is the next one. */
  takes(character: string): boolean {
    const next = this.skipBlanks() && this.#text[this.#at] === character;
    if (next) this.#at++;
    return next;
  }

  /** Whether the command ends here. */
  atSemicolon(): boolean {
    if (!this.skipBlanks()) throw this.expected('";"');
    return this.#text[this.#at] === ";";
  }

  /** The next word of a command; empty at the end of the file. Punctuation counts as a word by itself. */
  word(): string {
    return this.#run(/[^\s[\]{}()=;,'"]/);
  }

  /** What follows "=". */
  value(): string {
    return this.#run(/[^\s[\];,'"]/);
  }

  /** A taxon's name: quoted, with '' for a quote, or up to the next blank. */
  name(): string {
    const opened = this.line;
    const name = this.#run(/[^\s[;']/);
    if (name === "") throw fault(this.file, opened, "expected a taxon's name, found an empty one");
    return name;
  }

  #run(part: RegExp): string {
    if (!this.skipBlanks()) return "";
    const first = this.#text[this.#at] as string;
    if (first === "'" || first === '"') return this.#quoted(first);
    const start = this.#at;
    do this.#at++;
    while (this.#at < this.#text.length && part.test(this.#text[this.#at] as string) && part.test(first));
    return this.#text.slice(start, this.#at);
  }

  #quoted(quote: string): string {
    const opened = this.line;
    let text = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === "\n") this.line++;
      if (character === quote) {
        if (this.#text[this.#at + 1] !== quote) {
          this.#at++;
          return text;
        }
        this.#at++;
      }
      text += character;
    }
    throw fault(this.file, opened, `expected a closing ${quote} after this name, found the end of the file`);
  }

  /** Goes on after the command's semicolon. */
  skipCommand(): void {
    while (!this.atSemicolon()) this.#run(/[^\s[\];'"]/);
    this.#at++;
  }
}
