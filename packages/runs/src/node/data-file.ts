import { basename } from "node:path";
import { type DataFile, decodeDataFile } from "@webgfn/envs";
import { checkSize, MOST_BYTES } from "@webgfn/envs/internal";
import { readAtMost } from "./user-files.js";

/**
 * Reads a data file, which must be UTF-8. Of a file that is too large no more than its first bytes are read.
 *
 * @throws WebgfnError `file` where it cannot be read, is too large, or is no text.
 */
export function readDataFile(path: string): DataFile {
  const name = basename(path);
  return decodeDataFile(
    name,
    readAtMost(path, MOST_BYTES + 1, (bytes) => checkSize(name, bytes)),
  );
}
