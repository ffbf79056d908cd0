import { type DataFile, decodeDataFile, type Environment, type SampledObject } from "@webgfn/envs";
import { checkSize, contentOf, encodeObject, fault, quoted, requireEncode } from "@webgfn/envs/internal";
import { rules, WebgfnError } from "@webgfn/tensor";
import { argumentError, requireArgument, requireRule } from "@webgfn/tensor/internal";
import { objectColumns, recordColumns } from "./columns.js";
import { csvObjects } from "./csv.js";
import type { FoundObject, ObjectBytes } from "./found-object.js";
import { jsonObjects } from "./json-lines.js";
import { isNpy, npyObjects } from "./npy.js";
import { isSafetensors, tensorObjects, tensorsIn } from "./tensors.js";

/** The accepted kinds of files for an environment's objects, for messages. */
function expected(environment: Environment): string {
  const table = objectColumns(environment).available ? ", a table (CSV) with a header" : "";
  const records = recordColumns(environment).available ? ", a NumPy array of records, safetensors" : "";
  return `objects as JSON lines${table}${records}`;
}

/**
 * Reads objects from a file: JSON lines as `webgfn sample` writes them or with one plain object per line, a `.npy` array of records as
 * `webgfn sample --format npy` writes it, safetensors with a tensor for each of the environment's columns, or a table (CSV) whose header
 * names these columns. The file's content determines the format. `encodeObjects` turns the objects into states for the source `objects`.
 *
 * @param file a text or bytes: `{ name, text }` or `{ name, bytes }`.
 * @throws WebgfnError `argument` for an environment without `encode`; `file` for an empty, foreign or damaged file, and for an object that
 * the environment cannot reach, with its line.
 *
 * @example
 * ```ts
 * import { hypergrid } from "@webgfn/envs";
 * import { readObjects } from "@webgfn/runs";
 * const file = { name: "cells.csv", text: "coordinates_0,coordinates_1\n0,3\n3,3\n" };
 * console.log(readObjects(hypergrid({ side: 4 }), file)); // [ { coordinates: [ 0, 3 ] }, { coordinates: [ 3, 3 ] } ]
 * ```
 */
export function readObjects<O extends SampledObject>(environment: Environment<O>, file: DataFile | ObjectBytes): O[] {
  requireEncode(environment);
  const objects: O[] = [];
  for (const { value, place } of foundObjects(environment, file)) {
    let state: Uint32Array;
    try {
      state = encodeObject(environment, value as O);
    } catch (cause) {
      throw new WebgfnError("file", `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    objects.push(environment.decode(state));
  }
  if (objects.length === 0) throw new WebgfnError("file", `${file.name} holds no objects; expected ${expected(environment)}`);
  return objects;
}

/** The unchecked objects of a file; see {@link readObjects}. */
export function* foundObjects(environment: Environment, file: DataFile | ObjectBytes): Generator<FoundObject> {
  requireArgument.object("a file of objects", file);
  const { name } = file;
  requireRule("the name of a file of objects", name, rules.text);
  if ("bytes" in file && isNpy(file.bytes)) {
    checkSize(name, file.bytes.length);
    yield* npyObjects(environment, file);
    return;
  }
  if ("bytes" in file && isSafetensors(file.bytes)) {
    checkSize(name, file.bytes.length);
    yield* tensorObjects(environment, name, tensorsIn(file).tensors);
    return;
  }
  const { text: raw } = "bytes" in file ? decodeDataFile(name, file.bytes) : file;
  if (typeof raw !== "string") throw argumentError("a file of objects is { name, text } or { name, bytes }");
  const data = { name, text: raw };
  const text = contentOf(data, expected(environment));
  const [first = ""] = /\S/.exec(text) ?? [];
  if (first === "{") yield* jsonObjects(data, text);
  else if (first === "[") throw fault(data, 1, "expected JSON lines, found a list; write one object a line, as `jq -c '.[]'` does");
  else if (objectColumns(environment).available) yield* csvObjects(environment, data, text);
  else {
    const tree = first === "(" ? '; a tree is written as {"newick":"…"}' : "";
    throw fault(data, 1, `expected ${expected(environment)}, found ${quoted(text.trimStart().split(/[\r\n]/, 1)[0] as string)}${tree}`);
  }
}
