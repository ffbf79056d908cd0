import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FileWriter, makeFolder, notWritable, reason, writeText } from "@webgfn/runs/node/internal";
import { argumentError } from "@webgfn/tensor/internal";
import { print } from "./output.js";

/** The path that stands for standard output. */
export const STANDARD_OUTPUT = "-";

/**
 * Refuses an option that names a file where a folder is.
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
 * Refuses standard output where an option names a folder.
 *
 * @throws WebgfnError `argument`
 */
export function requireFolderName(option: string, path: string | undefined): void {
  if (path === STANDARD_OUTPUT)
    throw argumentError(`${option} names a folder, and - stands for standard output`, "for a folder called -, give ./-");
}

/**
 * Where the CSV of a page goes: to the file of --csv, or beside the page. A page on standard output has no place beside it.
 *
 * @throws WebgfnError `argument` where --out or --csv names a folder, or both name one file.
 */
export function valuesBeside(out: string, csv: string | undefined): string | undefined {
  const values = csv ?? (out === STANDARD_OUTPUT ? undefined : `${out.replace(/\.html?$/i, "")}.csv`);
  if (values !== undefined && resolve(out) === resolve(values)) throw argumentError(`--out and --csv both name ${out}`);
  requireNoFolder("--out", out);
  if (values !== undefined) requireNoFolder("--csv", values);
  return values;
}

/** Writes a page or its CSV to a file or to standard output: a file gets the text as it is, a terminal only what it shows. */
export async function writePage(path: string, text: string, followLinks: boolean): Promise<void> {
  if (path === STANDARD_OUTPUT) await print(process.stdout.isTTY ? text : new TextEncoder().encode(text));
  else writeText(path, text, { followLinks });
}

/**
 * Lets `produce` write a file piece by piece. A regular file has its name only once it is whole, and is taken back where `produce`
 * fails. Pipes and devices are written to as the pieces come, and a link as what it points to.
 *
 * @param produce gets a function that writes a piece and says whether anyone still reads: a pipe may lose its reader.
 * @throws WebgfnError `file` when it cannot be written.
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
