import { WebgfnError } from "@webgfn/tensor";

/** A file by its name, for messages, and its text: a configuration that holds both needs nothing else. */
export interface DataFile {
  name: string;
  text: string;
}

/** Lines of a text, whichever way they end. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/**
 * The file's text without a byte order mark.
 *
 * @throws WebgfnError `file` where it is empty, with what was expected, or no text at all.
 */
export function contentOf(file: DataFile, expected: string): string {
  const text = file.text.replace(/^\uFEFF/, "");
  if (text.trim() === "") throw new WebgfnError("file", `${file.name} is empty; expected ${expected}`);
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    throw fault(file, linesOf(text.slice(0, nul)).length, "expected UTF-8 text, found a zero byte, as in binary files and UTF-16");
  }
  return text;
}

/** A fault of a data file at a line, in one sentence. */
export function fault(file: DataFile, line: number, message: string): WebgfnError {
  return new WebgfnError("file", `${file.name}:${line}: ${message}`);
}

/** A piece of a file as errors quote it: short, on one line, and harmless to a terminal. */
export function quoted(text: string): string {
  const short = text.length > 24 ? `${text.slice(0, 24)}…` : text;
  return JSON.stringify(short).replace(/[\x7F-\x9F\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
