import { basename } from "node:path";
import { environmentDeclarations } from "@webgfn/envs";
import { encodeCheckpoint, samplingCheckpoint } from "@webgfn/sampler";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { completeConfiguration } from "../complete-configuration.js";
import type { Configuration, PartialConfiguration } from "../configuration.js";
import type { ObjectBytes } from "../objects/found-object.js";
import type { Parts } from "../parts.js";
import { readCheckpoint } from "./checkpoint-file.js";
import { readDataBytes, readDataFile } from "./data-file.js";
import { RunFolder } from "./run-folder.js";

/**
 * Completes a configuration whose parameters may be paths of files. A file that cannot be used is bad usage (`argument`).
 *
 * @param parts objects from the user's files.
 */
export function withParameterFiles(given: PartialConfiguration, parts: Parts = {}): Configuration {
  try {
    return completeConfiguration(readObjectsPath(readParameterFiles(given)), parts);
  } catch (cause) {
    if (cause instanceof WebgfnError && cause.code === "file") throw new WebgfnError("argument", cause.message, { cause });
    throw cause;
  }
}

/** Replaces the paths of given objects, prior and rewards by the files' names and bytes. */
function readObjectsPath(given: PartialConfiguration): PartialConfiguration {
  const [objects, prior, rewardTable, rewardNetwork]: unknown[] = [given.objects, given.prior, given.rewardTable, given.rewardNetwork];
  return {
    ...given,
    ...(typeof prior === "string" && { prior: readRunPolicy(prior) }),
    ...(typeof objects === "string" && { objects: readDataBytes(objects) }),
    ...(typeof rewardTable === "string" && { rewardTable: readDataBytes(rewardTable) }),
    ...(typeof rewardNetwork === "string" && { rewardNetwork: readDataBytes(rewardNetwork) }),
  };
}

/** Replaces the path in each file parameter by the file's name and text, so that the configuration needs no other file. */
function readParameterFiles(given: PartialConfiguration): PartialConfiguration {
  const env = { ...given.env };
  const name = given.environment ?? "";
  const declared = Object.hasOwn(environmentDeclarations, name) ? (environmentDeclarations[name]?.parameters ?? {}) : {};
  for (const [parameter, { file }] of Object.entries(declared)) {
    if (file !== true) continue;
    const path = env[parameter];
    if (typeof path === "string" || typeof path === "number") env[parameter] = readDataFile(String(path));
  }
  return { ...given, env };
}

/**
 * The policy of a run's folder, or of a single checkpoint, as the bytes of a checkpoint.
 *
 * @throws WebgfnError `argument` if it is neither, or damaged.
 */
function readRunPolicy(path: string): ObjectBytes {
  try {
    const { checkpoint } = path.endsWith(".safetensors") ? readCheckpoint(path) : { checkpoint: RunFolder.open(path).readCheckpoint() };
    return { name: basename(path), bytes: encodeCheckpoint(samplingCheckpoint(checkpoint, { replica: 0 })) };
  } catch (cause) {
    if (!(cause instanceof WebgfnError)) throw cause;
    throw argumentError(`--prior: ${cause.message}`, "give the folder of a run, or its checkpoint.safetensors");
  }
}
