import { rules, WebgfnError } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";

/** A data file: its name, for messages, and its text. A configuration stores both, so that it does not depend on the file. */
export interface DataFile {
  /** Name of the file, for errors and titles. */
  name: string;
  /** The file's text. */
  text: string;
}

/** Largest data file, in bytes. An alignment of 64 taxa and 100,000 sites has 6.4 million letters, a table of 12 × 100,000 some 25 million. */
export const MOST_BYTES = 2 ** 25;
/** Most lines of a data file. It bounds the cost of a file of short lines. */
const MOST_LINES = 2 ** 21;
/** Most characters of a name. */
const MOST_OF_NAME = 1000;

/** A fault of a data file, with the line where it was found. */
export class DataFault extends WebgfnError {
  readonly line: number;
  /** The line up to which the file was read. */
  readonly reached: number;

  constructor(file: DataFile, line: number, message: string, reached = line) {
    super("file", `${file.name}:${line}: ${message}`);
    this.line = line;
    this.reached = reached;
  }
}

/** A fault of a data file at a line, in one sentence. */
export function fault(file: DataFile, line: number, message: string): DataFault {
  return new DataFault(file, line, message);
}

/** Refuses a file that is too large to be data, before anything reads it. */
export function checkSize(name: string, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  // A stream is read only up to one byte beyond the limit, so its size is unknown.
  const size = bytes > MOST_BYTES + 1 ? `found ${Math.ceil(bytes / 2 ** 20)} MiB` : "found more";
  throw new WebgfnError("file", `${name}: expected a data file of at most ${MOST_BYTES / 2 ** 20} MiB, ${size}; take a part of it`);
}

/** Files that are not UTF-8 text: their first bytes, what they are, and what to do. */
const FOREIGN: readonly (readonly [string, string, string])[] = [
  ["\xFF\xFE\0\0", "UTF-32", "save it as UTF-8"],
  ["\xFF\xFE", "UTF-16 (little endian, as Excel's “Unicode Text”)", "save it as UTF-8"],
  ["\xFE\xFF", "UTF-16 (big endian)", "save it as UTF-8"],
  ["\x1F\x8B", "a gzip archive", "unpack it"],
  ["BZh", "a bzip2 archive", "unpack it"],
  ["\xFD7zXZ", "an xz archive", "unpack it"],
  ["PK\x03\x04", "a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV UTF-8"],
  ["\xD0\xCF\x11\xE0", "an Excel workbook", "save the sheet as CSV UTF-8"],
];

const BYTES = { words: "a Uint8Array", accepts: (value: unknown) => value instanceof Uint8Array };

/**
 * Decodes the bytes of a data file, which must be UTF-8.
 *
 * @throws WebgfnError `file` that names the file's actual kind (UTF-16, an archive, a workbook) or the byte that is not UTF-8.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { decodeDataFile, phylogenetics } from "@webgfn/envs";
 * const alignment = decodeDataFile("primates.fasta", await readFile("primates.fasta"));
 * console.log(phylogenetics({ alignment }).title);
 * ```
 */
export function decodeDataFile(name: string, bytes: Uint8Array): DataFile {
  requireRule("the name of a data file", name, rules.text);
  requireRule("the bytes of a data file", bytes, BYTES);
  checkSize(name, bytes.length);
  const head = Array.from(bytes.subarray(0, 8), (byte) => String.fromCharCode(byte)).join("");
  const foreign = FOREIGN.find(([start]) => head.startsWith(start));
  if (foreign !== undefined) throw new WebgfnError("file", `${name}: expected UTF-8 text, found ${foreign[1]}; ${foreign[2]}`);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const wrong = text.indexOf("\uFFFD");
  if (wrong >= 0) {
    const byte = bytes[new TextEncoder().encode(text.slice(0, wrong)).length] as number;
    if (byte !== 0xef)
      throw notText({ name, text }, wrong, `the byte 0x${byte.toString(16).toUpperCase()}, as in Latin-1 and Windows-1252`);
  }
  return { name, text };
}

/** The error for a character at `at` that does not occur in text files. */
function notText(file: DataFile, at: number, found: string): DataFault {
  const { line, column } = positionOf(file.text, at);
  return fault(file, line, `expected UTF-8 text, found ${found}, in column ${column}; save it as UTF-8`);
}

/** Contents that servers and version control deliver instead of a file: how they begin, and what they are. */
const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/^\s*<(!doctype|html)/i, "a web page (HTML), as a server sends where it has no such file"],
  [/^version https:\/\/git-lfs/, "a pointer of Git LFS; fetch the file with `git lfs pull`"],
];

/**
 * The file's text without a byte order mark.
 *
 * @throws WebgfnError `file` if it is empty (with what was expected), too large, or not text.
 */
export function contentOf(file: DataFile, expected: string): string {
  checkSize(file.name, file.text.length);
  const text = file.text.replace(/^\uFEFF/, "");
  if (!/\S/.test(text)) throw new WebgfnError("file", `${file.name} is empty; expected ${expected}`);
  const nul = text.indexOf("\0");
  if (nul >= 0) throw notText({ ...file, text }, nul, "a zero byte, as in binary files and UTF-16");
  const replaced = text.indexOf("\uFFFD");
  if (replaced >= 0) throw notText({ ...file, text }, replaced, "U+FFFD, the mark of bytes that were not UTF-8");
  for (const [start, found] of PLACEHOLDERS) if (start.test(text)) throw fault(file, 1, `expected ${expected}, found ${found}`);
  for (const end of ["\n", "\r"]) {
    let lines = 1;
    for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end, at + 1)) {
      if (++lines > MOST_LINES) throw fault(file, lines, `expected at most ${MOST_LINES} lines, found more`);
    }
  }
  return text;
}

/** A line of a file, and its number from 1. */
export interface Line {
  text: string;
  number: number;
}

/** Iterates over the lines of a text, with any line ending, without making a list of them. */
export function* eachLine(text: string): Generator<Line> {
  const end = /\r\n?|\n/g;
  for (let [number, from] = [1, 0]; ; number++) {
    const match = end.exec(text);
    yield { text: text.slice(from, match?.index), number };
    if (match === null) return;
    from = end.lastIndex;
  }
}

/** The line and the column, both from 1, of a position in a text. */
export function positionOf(text: string, at: number): { line: number; column: number } {
  let position = { line: 1, column: 1 };
  for (const { text: line, number } of eachLine(text.slice(0, at))) position = { line: number, column: line.length + 1 };
  return position;
}

/** Formats a piece of a file for an error: short, on one line, and harmless to a terminal. */
export function quoted(text: string): string {
  const short = text.length > 24 ? `${text.slice(0, 24)}…` : text;
  return JSON.stringify(short).replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const UNPRINTABLE = /[\x7F-\x9F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;
/** Characters that names must not have: control characters other than tabs and line ends, and marks that change the direction of writing. */
const NOT_IN_NAMES = /[^\P{Cc}\t\n\r]|[\u202A-\u202E\u2066-\u2069]/u;

/** Refuses a name that contains control characters or is too long. */
export function checkName(file: DataFile, line: number, name: string): void {
  if (name.length > MOST_OF_NAME) {
    throw fault(file, line, `expected a name of at most ${MOST_OF_NAME} characters, found ${name.length}: ${quoted(name)}`);
  }
  if (NOT_IN_NAMES.test(name)) throw fault(file, line, `expected a name without control characters, found ${quoted(name)}`);
}
