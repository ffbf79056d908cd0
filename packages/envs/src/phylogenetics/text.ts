import { WebgfnError } from "@webgfn/tensor";
import type { DataFile } from "../data-file.js";

/** Lines of a text, whichever way they end. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/** A fault of a data file at a line, in one sentence. */
export function fault(file: DataFile, line: number, message: string): WebgfnError {
  return new WebgfnError("file", `${file.name}:${line}: ${message}`);
}

/** A piece of a file as errors quote it: short and on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);
}
