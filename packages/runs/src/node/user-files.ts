import { lstatSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { WebgfnError } from "@webgfn/tensor";
import { printable } from "@webgfn/tensor/internal";
import { readStart, requireEnd } from "./read-start.js";
import { makeFolder, type WriteOptions, writeFile } from "./write-file.js";

/** The longest string that V8 makes. */
const LONGEST_TEXT = 2 ** 29 - 24;

/**
 * Writes a text atomically, and makes its folder if needed.
 *
 * @throws WebgfnError `file` when it cannot be written.
 */
export function writeText(path: string, text: string, options: WriteOptions = {}): void {
  try {
    makeFolder(dirname(path));
    writeFile(path, text, options);
  } catch (cause) {
    throw notWritable(path, reason(cause));
  }
}

/**
 * Reads a file as UTF-8.
 *
 * @throws WebgfnError `file` when it cannot be read, or is longer than a string can be.
 */
export function readText(path: string): string {
  const checkLength = (length: number) => {
    if (length > LONGEST_TEXT) throw notReadable(path, `it has more than ${LONGEST_TEXT} bytes, the most that a text may have`);
  };
  const bytes = readAtMost(path, LONGEST_TEXT + 1, checkLength);
  checkLength(bytes.length);
  return new TextDecoder().decode(bytes);
}

/**
 * Reads a file or a pipe up to its first `most` bytes.
 *
 * @param checkSize called with the size of a regular file before reading; its errors are rethrown.
 * @throws WebgfnError `file` if it cannot be read, or is a device, which may never end.
 */
export function readAtMost(path: string, most: number, checkSize: (bytes: number) => void): Uint8Array {
  try {
    return readStart(path, most, checkSize);
  } catch (cause) {
    if (cause instanceof WebgfnError) throw cause;
    throw notReadable(path, reason(cause), cause);
  }
}

/**
 * Reads a file or a pipe.
 *
 * @throws WebgfnError `file` if it cannot be read, or is a device, which may never end.
 */
export function readBytes(path: string): Uint8Array {
  try {
    requireEnd(statSync(path));
    // A plain array with its own memory: Node's buffers are views of a shared one.
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw notReadable(path, reason(cause), cause);
  }
}

/**
 * Whether a path is a regular file. A folder from somebody else may contain a link to the user's files in its place, or a pipe, which would
 * never end.
 *
 * @throws WebgfnError `file` for anything else at the path.
 */
export function isFileThere(path: string): boolean {
  let kind: ReturnType<typeof lstatSync>;
  try {
    kind = lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw notReadable(path, reason(cause), cause);
  }
  if (kind?.isSymbolicLink()) throw notReadable(path, "it is a link, which is not followed");
  if (kind?.isFile() === false) throw notReadable(path, "it is not a regular file");
  return kind !== undefined;
}

/** The error for a file that cannot be read. */
export function notReadable(path: string, why: string, cause?: unknown): WebgfnError {
  return new WebgfnError("file", `${path} cannot be read: ${why}`, { cause });
}

/** The error for a file or folder that the user chose and that cannot be written. */
export function notWritable(path: string, why: string): WebgfnError {
  return new WebgfnError("file", `${path} cannot be written: ${why}`, { fix: "choose another --out, or make room" });
}

/** The system's message of a failure, without the call and the path that Node adds. */
export function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (message.startsWith("EISDIR")) return "it is a folder";
  return printable(message.replace(/^[A-Z]+: /, "").replace(/, .*$/s, ""));
}
