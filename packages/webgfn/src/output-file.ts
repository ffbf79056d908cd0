import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { notWritable, reason } from "@webgfn/runs/node/internal";
import { argumentError } from "@webgfn/tensor/internal";

/**
 * Refuses an option that names a file where a folder is.
 *
 * @throws WebgfnError `argument`
 */
export function requireNoFolder(option: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw argumentError(`${option} names a file, but ${path} is a folder`);
}

/**
 * Lets `produce` write a file piece by piece. It has its name only once it is whole, and is taken back where `produce` fails.
 *
 * @throws WebgfnError `file` when it cannot be written.
 */
export async function writeInPieces(path: string, produce: (write: (chunk: string | Uint8Array) => void) => Promise<void>): Promise<void> {
  const partial = `${path}.partial`;
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw notWritable(path, reason(cause));
    }
  };
  const file = attempt(() => {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(partial, "w");
  });
  try {
    await produce((chunk) => {
      const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
      for (let written = 0; written < bytes.length; ) written += attempt(() => writeSync(file, bytes, written));
    });
    attempt(() => renameSync(partial, path));
  } finally {
    closeSync(file);
    rmSync(partial, { force: true });
  }
}
