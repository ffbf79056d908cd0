import { once } from "node:events";

/** Whether the reader of standard output has gone, as `| head` does. */
let closed = false;

/** Makes a reader that goes away early no error: writing simply stops. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (stream === process.stdout) closed = true;
    });
  }
}

/**
 * Writes to standard output, waiting while its reader is slow.
 *
 * @returns whether anyone still reads.
 */
export async function print(text: string | Uint8Array): Promise<boolean> {
  if (closed || process.stdout.writableEnded || process.stdout.destroyed) return false;
  // Waiting ends with an error where the reader goes away meanwhile; watchOutput has noted it by then.
  if (!process.stdout.write(text)) await once(process.stdout, "drain").catch(() => {});
  return !closed;
}
