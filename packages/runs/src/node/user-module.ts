import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, nearest } from "@webgfn/tensor/internal";
import { splitReference } from "../file-reference.js";

async function importFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw argumentError(`${path} does not exist`);
  if (!statSync(file).isFile()) throw argumentError(`${path} is not a file`);
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const fix = cause instanceof WebgfnError ? cause.fix : undefined;
    throw new WebgfnError("argument", `${path} cannot be loaded: ${message.split("\n")[0]}`, {
      cause,
      ...(fix === undefined ? {} : { fix }),
    });
  }
}

/**
 * Lists the exports of a user's module, as references for {@link loadUserModule}.
 *
 * @param reference `./file.mjs`, or `./file.mjs#name` for this export only.
 * @throws WebgfnError `argument` as {@link loadUserModule} does.
 */
export async function listUserExports(reference: string): Promise<string[]> {
  const { path, name } = splitReference(reference);
  if (name !== undefined) return [reference];
  const names = Object.keys(await importFile(path)).sort();
  if (names.length === 0) throw argumentError(`${path} exports nothing`);
  return names.map((each) => `${path}#${each}`);
}

/**
 * Loads an export of a user's module: the named one; without a name, the default export or the only one. The code of the file runs, so the
 * path must come from the user, never from somebody else's file.
 *
 * @param reference `./file.mjs#name` or `./file.mjs`.
 * @throws WebgfnError `argument` if the file is missing, throws when it is imported, or has no such export.
 */
export async function loadUserModule(reference: string): Promise<unknown> {
  const { path, name } = splitReference(reference);
  const exports = await importFile(path);
  const names = Object.keys(exports).sort();
  const listed = names.length === 0 ? "nothing" : names.join(", ");
  const wanted = name ?? (names.includes("default") ? "default" : names.length === 1 ? names[0] : undefined);
  if (wanted === undefined) throw argumentError(`${path} exports ${listed}`, `name one of them, such as ${path}#${names[0] ?? "name"}`);
  if (!names.includes(wanted)) {
    const meant = nearest(wanted, names);
    throw argumentError(`${path} does not export ${wanted}${meant === undefined ? "" : ` (did you mean ${meant}?)`}; it exports ${listed}`);
  }
  return exports[wanted];
}
