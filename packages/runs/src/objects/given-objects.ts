import { type DataFile, type Environment, encodeObjects } from "@webgfn/envs";
import { checkSize } from "@webgfn/envs/internal";
import { line } from "../json.js";
import type { ObjectBytes } from "./found-object.js";
import { readObjects } from "./read-objects.js";

/** The objects of source `objects`: as a configuration keeps them, and as states for the trainer. */
export interface GivenObjects {
  /** JSON lines, whichever form the file had, so that the run needs no other file. */
  file: DataFile;
  states: Uint32Array;
}

/**
 * Reads the objects of a configuration.
 *
 * @throws WebgfnError `file` with what is wrong with the file, or where its objects are more than a configuration may keep; `argument` for
 * an environment whose objects cannot be given.
 */
export function givenObjects(environment: Environment, file: DataFile | ObjectBytes): GivenObjects {
  const objects = readObjects(environment, file);
  const states = encodeObjects(environment, objects);
  const text = objects.map((object) => line({ object })).join("");
  checkSize(`${file.name} as JSON lines`, text.length);
  return { file: { name: file.name, text }, states };
}
