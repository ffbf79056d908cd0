import type { Environment, SampledObject } from "@webgfn/envs";
import { requireArgument } from "@webgfn/tensor/internal";
import { readObjects } from "../objects/read-objects.js";
import { readDataBytes } from "./data-file.js";

/**
 * Reads objects from the file at a path; see `readObjects` of `@webgfn/runs`.
 *
 * @throws WebgfnError `file` if it cannot be read, is too large, or holds something else; `argument` for an environment without `encode`.
 *
 * @example
 * ```ts
 * import { encodeObjects, sets } from "@webgfn/envs";
 * import { readObjectFile } from "@webgfn/runs/node";
 * const environment = sets({ items: 10, size: 5 });
 * const states = encodeObjects(environment, readObjectFile(environment, "samples.jsonl")); // as `webgfn sample` writes them
 * console.log(states.length / environment.stateWords);
 * ```
 */
export function readObjectFile<O extends SampledObject>(environment: Environment<O>, path: string): O[] {
  requireArgument.path(path);
  return readObjects(environment, readDataBytes(path));
}
