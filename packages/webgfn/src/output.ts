import { once } from "node:events";
import { fstatSync } from "node:fs";
import { ignoreErrors, reason, writeAll } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { printable } from "@webgfn/tensor/internal";

const STANDARD_OUTPUT = 1;

/** Whether the reader of standard output has gone, as `| head` does. */
let closed = false;
/** Why writing to standard output failed, if not because its reader has gone: a full disk, or a closed terminal. */
let failure: unknown;

function failed(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code === "EPIPE") closed = true;
  else failure ??= error;
}

/** Stops writing without an error when the reader of standard output goes away early. Text that standard error does not accept is lost. */
export function watchOutput(): void {
  ignoreErrors(process.stderr);
  process.stdout.on("error", failed);
}

/** Whether standard output is a file: Node does not check how much of a text a full disk accepted. */
function isFile(): boolean {
  try {
    const kind = fstatSync(STANDARD_OUTPUT);
    return kind.isFile() || (kind.isCharacterDevice() && !process.stdout.isTTY);
  } catch {
    return false;
  }
}

/**
 * Writes to standard output, waiting while its reader is slow. In texts, control characters become escape sequences, which JSON reads as the same
 * characters.
 *
 * @returns whether anyone still reads.
 * @throws WebgfnError `file` when standard output cannot be written, as on a full disk.
 */
export async function print(content: string | Uint8Array): Promise<boolean> {
  const chunk = typeof content === "string" ? printable(content) : content;
  if (!closed && failure === undefined) {
    if (isFile() && !isIntercepted()) attempt(() => writeAll(STANDARD_OUTPUT, chunk));
    else await writeToStream(chunk);
  }
  requireOutput();
  return !closed;
}

/** Whether a program has replaced standard output's own `write`. */
function isIntercepted(): boolean {
  return Object.hasOwn(process.stdout, "write");
}

async function writeToStream(chunk: string | Uint8Array): Promise<void> {
  const { stdout } = process;
  if (stdout.writableEnded || stdout.destroyed) {
    closed = true;
    return;
  }
  let isTaken = true;
  attempt(() => {
    isTaken = stdout.write(chunk);
  });
  // If the reader goes away, waiting ends with an error, which watchOutput has already noted.
  if (!isTaken) await once(stdout, "drain").catch(() => {});
}

function attempt(write: () => void): void {
  try {
    write();
  } catch (error) {
    failed(error);
  }
}

/** @throws WebgfnError `file` when standard output could not be written. */
function requireOutput(): void {
  if (failure === undefined) return;
  throw new WebgfnError("file", `standard output cannot be written: ${reason(failure)}`, { fix: "make room, or write elsewhere" });
}

/**
 * Waits until everything printed has been written.
 *
 * @throws WebgfnError `file` if some of it could not be written, unless `print` has already thrown.
 */
export async function flush(): Promise<void> {
  const { stdout } = process;
  if (failure !== undefined || closed || stdout.destroyed || stdout.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stdout.once("error", () => resolve());
    stdout.write("", () => resolve());
  });
  requireOutput();
}
