import { basename } from "node:path";
import { type DataFile, decodeDataFile } from "@webgfn/envs";
import { checkSize, MOST_BYTES } from "@webgfn/envs/internal";
import type { ObjectBytes } from "../objects/found-object.js";
import { readAtMost } from "./user-files.js";

/**
 * Reads the bytes of a data file. It reads only the first bytes of a file that is too large.
 *
 * @throws WebgfnError `file` if it cannot be read, or is too large.
 */
export function readDataBytes(path: string): ObjectBytes {
  const name = basename(path);
  return { name, bytes: readAtMost(path, MOST_BYTES + 1, (bytes) => checkSize(name, bytes)) };
}

/**
 * Reads a data file, which must be UTF-8.
 *
 * @throws WebgfnError `file` if it cannot be read, is too large, or is not text.
 */
export function readDataFile(path: string): DataFile {
  const { name, bytes } = readDataBytes(path);
  return decodeDataFile(name, bytes);
}
