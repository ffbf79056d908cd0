import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FileWriter, makeFolder, notWritable, reason, writeText } from "@webgfn/runs/node/internal";
import { argumentError } from "@webgfn/tensor/internal";
import { print } from "./output.js";

/** The path that stands for standard output. */
export const STANDARD_OUTPUT = "-";

/**
 * Refuses an option that should name a file but names a folder.
 *
 * @throws WebgfnError `argument`
 */
export function requireNoFolder(option: string, path: string): void {
  if (isFolder(path)) throw argumentError(`${option} names a file, but ${path} is a folder`);
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Refuses standard output for an option that names a folder.
 *
 * @throws WebgfnError `argument`
 */
export function requireFolderName(option: string, path: string | undefined): void {
  if (path === STANDARD_OUTPUT)
    throw argumentError(`${option} names a folder, and - stands for standard output`, "for a folder called -, give ./-");
}

/**
 * Path of a page's CSV: the file of --csv, or a file next to the page. For a page on standard output there is none without --csv.
 *
 * @throws WebgfnError `argument` if --out or --csv names a folder, or both name the same file.
 */
export function valuesBeside(out: string, csv: string | undefined): string | undefined {
  const values = csv ?? (out === STANDARD_OUTPUT ? undefined : `${out.replace(/\.html?$/i, "")}.csv`);
  if (values !== undefined && resolve(out) === resolve(values)) throw argumentError(`--out and --csv both name ${out}`);
  requireNoFolder("--out", out);
  if (values !== undefined) requireNoFolder("--csv", values);
  return values;
}

/** Writes a page or its CSV to a file or to standard output. Only on a terminal are control characters escaped. */
export async function writePage(path: string, text: string, followLinks: boolean): Promise<void> {
  if (path === STANDARD_OUTPUT) await print(process.stdout.isTTY ? text : new TextEncoder().encode(text));
  else writeText(path, text, { followLinks });
}

/**
 * Lets `produce` write a file piece by piece. A regular file gets its name only once it is complete, and is removed if `produce` fails. Pipes and
 * devices receive each piece at once. A link is followed.
 *
 * @param produce gets a function that writes a piece and resolves to whether anyone still reads: a pipe may lose its reader.
 * @throws WebgfnError `file` if it cannot be written.
 */
export async function writeInPieces(
  path: string,
  produce: (write: (chunk: string | Uint8Array) => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw notWritable(path, reason(cause));
    }
  };
  const file = attempt(() => {
    makeFolder(dirname(path));
    return new FileWriter(path, { followLinks: true });
  });
  try {
    await produce(async (chunk) => attempt(() => file.write(chunk)));
    attempt(() => file.commit());
  } finally {
    file.discard();
  }
}
