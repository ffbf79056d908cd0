import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Checkpoint } from "@webgfn/sampler";
import { checkpointPieces, decodeCheckpointFrom } from "@webgfn/sampler/internal";
import { requireArgument } from "@webgfn/tensor/internal";
import { recordedConfiguration } from "../complete-configuration.js";
import { type Configuration, parseConfiguration } from "../configuration.js";
import { notReadable, readBytes, reason } from "./user-files.js";
import { type WriteOptions, writeFile } from "./write-file.js";

/** Bytes per system call, which takes at most 2 GiB. */
const PIECE = 2 ** 28;

/**
 * Writes a checkpoint atomically, tensor by tensor: this supports files beyond 2 GiB and needs no second copy in memory.
 *
 * @throws WebgfnError `file` for a checkpoint that could not be read back; the system's error when the file cannot be written.
 */
export function writeCheckpointFile(path: string, checkpoint: Checkpoint, options?: WriteOptions): void {
  writeFile(path, checkpointPieces(checkpoint), options);
}

/**
 * Reads a checkpoint and its configuration.
 *
 * @throws WebgfnError `file` if it cannot be read or is damaged.
 *
 * @example
 * ```ts
 * import { readCheckpoint } from "@webgfn/runs/node";
 * const { checkpoint, configuration } = readCheckpoint("runs/sets/checkpoint.safetensors");
 * console.log(checkpoint.step, configuration.environment, configuration.objective);
 * ```
 */
export function readCheckpoint(file: string): { checkpoint: Checkpoint; configuration: Configuration } {
  requireArgument.path(file);
  const checkpoint = readTensors(file);
  return { checkpoint, configuration: recordedConfiguration(parseConfiguration(checkpoint.configuration, `the configuration in ${file}`)) };
}

/** Reads each tensor from the file into a separate array. A pipe is first read as a whole. */
function readTensors(path: string): Checkpoint {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw notReadable(path, reason(cause), cause);
    }
  };
  const file = attempt(() => openSync(path, "r"));
  try {
    const status = attempt(() => fstatSync(file));
    if (!status.isFile()) {
      const bytes = readBytes(path);
      return decodeCheckpointFrom(
        { byteLength: bytes.byteLength, read: (start, into) => into.set(bytes.subarray(start, start + into.byteLength)) },
        path,
      );
    }
    const read = (start: number, into: Uint8Array) => attempt(() => readAll(file, start, into));
    return decodeCheckpointFrom({ byteLength: status.size, read }, path);
  } finally {
    closeSync(file);
  }
}

/** Fills an array with the bytes of a file from `start` on, with as many system calls as needed. */
function readAll(file: number, start: number, into: Uint8Array): void {
  for (let done = 0; done < into.byteLength; ) {
    const count = readSync(file, into, done, Math.min(PIECE, into.byteLength - done), start + done);
    if (count === 0) throw new Error("it became shorter while it was read");
    done += count;
  }
}
