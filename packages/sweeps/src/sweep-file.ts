import { isFileReference, requireKeysOnce } from "@webgfn/runs/internal";
import { loadUserModule, readText } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief } from "@webgfn/tensor/internal";
import { parseDescription, type SweepDescription } from "./description.js";

/**
 * Reads a sweep file: JSON, or a module that exports the same object, a list of configurations, or a function that returns one of these.
 *
 * @param replicas most seeds per run, if the command line sets it.
 * @throws WebgfnError `file` if it cannot be read, `argument` for invalid content.
 *
 * @example
 * ```ts
 * import { writeFileSync } from "node:fs";
 * import { readSweepFile } from "@webgfn/sweeps";
 * writeFileSync("grid.json", '{ "environment": "sets", "grid": { "objective": ["tb", "renyi"] }, "seeds": 4 }');
 * const { fixed, grid } = await readSweepFile("grid.json");
 * console.log(fixed, grid);
 * ```
 */
export async function readSweepFile(file: string, replicas?: number): Promise<SweepDescription> {
  if (/\.[cm]?js(#\w+)?$/.test(file) && isFileReference(file)) {
    const exported = await loadUserModule(file);
    return parseDescription(plain(await resultOf(exported, file), file), file, replicas);
  }
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw argumentError(`${file} is not JSON: ${cause.message}`);
    throw cause;
  }
  requireKeysOnce(text, file);
  return parseDescription(value, file, replicas);
}

async function resultOf(exported: unknown, file: string): Promise<unknown> {
  if (typeof exported !== "function") return exported;
  try {
    return await exported();
  } catch (cause) {
    throw argumentError(`${file} cannot describe a sweep: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Converts a module's export to plain JSON. @throws WebgfnError `argument` for a value that JSON cannot represent. */
function plain(value: unknown, file: string): unknown {
  const held = (key: string, each: unknown) => {
    const isHeld = typeof each === "number" ? Number.isFinite(each) : !["function", "symbol", "bigint", "undefined"].includes(typeof each);
    if (isHeld) return each;
    throw argumentError(`${file}: ${key === "" ? "the sweep" : key} is ${inBrief(each)}, which is no value of a setting`);
  };
  try {
    return JSON.parse(JSON.stringify(value, held));
  } catch (cause) {
    if (cause instanceof WebgfnError) throw cause;
    throw argumentError(`${file} describes no sweep: ${(cause as Error).message.split("\n")[0]}`);
  }
}
