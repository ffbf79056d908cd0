import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { type DataFile, decodeDataFile } from "@webgfn/envs";
import { checkSize, MOST_BYTES } from "@webgfn/envs/internal";
import { WebgfnError } from "@webgfn/tensor";
import { notReadable, reason, requireEnd } from "./user-files.js";

/**
 * Reads a data file, which must be UTF-8. Of a file that is too large no more than its first bytes are read.
 *
 * @throws WebgfnError `file` where it cannot be read, is too large, or is no text.
 */
export function readDataFile(path: string): DataFile {
  const name = basename(path);
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, MOST_BYTES + 1, name);
  } catch (cause) {
    if (cause instanceof WebgfnError) throw cause;
    throw notReadable(path, reason(cause), cause);
  }
  return decodeDataFile(name, bytes);
}

/** The bytes of a file up to `most` of them. A regular file says its size, so that one that is too large is not read at all. */
function readAtMost(path: string, most: number, name: string): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const kind = fstatSync(descriptor);
    requireEnd(kind);
    if (kind.isFile()) checkSize(name, kind.size);
    let bytes = new Uint8Array(kind.isFile() ? Math.min(kind.size + 1, most) : 2 ** 16);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length >= most) return bytes.subarray(0, length);
      if (length < bytes.length) continue;
      const longer = new Uint8Array(Math.min(2 * bytes.length, most));
      longer.set(bytes);
      bytes = longer;
    }
  } finally {
    closeSync(descriptor);
  }
}
