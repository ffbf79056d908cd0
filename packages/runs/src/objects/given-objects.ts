import { type DataFile, type Environment, encodeObjects } from "@webgfn/envs";
import { checkSize } from "@webgfn/envs/internal";
import { line } from "../json.js";
import type { ObjectBytes } from "./found-object.js";
import { readObjects } from "./read-objects.js";

/** The objects of source `objects`: as a configuration stores them, and as states for the trainer. */
export interface GivenObjects {
  /** JSON lines, converted from the file's own form, so that the run needs no other file. */
  file: DataFile;
  states: Uint32Array;
}

/**
 * Reads the objects of a configuration.
 *
 * @throws WebgfnError `file` for a faulty file, or for more objects than a configuration may store; `argument` for an environment without
 * `encode`.
 */
export function givenObjects(environment: Environment, file: DataFile | ObjectBytes): GivenObjects {
  const objects = readObjects(environment, file);
  const states = encodeObjects(environment, objects);
  const text = objects.map((object) => line({ object })).join("");
  checkSize(`${file.name} as JSON lines`, text.length);
  return { file: { name: file.name, text }, states };
}
