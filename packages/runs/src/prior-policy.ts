import type { DataFile } from "@webgfn/envs";
import { checkSize } from "@webgfn/envs/internal";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, samplingCheckpoint } from "@webgfn/sampler";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief } from "@webgfn/tensor/internal";
import type { PartialConfiguration } from "./configuration.js";
import type { ObjectBytes } from "./objects/found-object.js";

/** The prior of a run: as a configuration stores it, and as the trainer's option. */
export interface GivenPrior {
  /** The policy of replica 0 as a checkpoint in base64, so that the run needs no other file. */
  file: DataFile;
  checkpoint: Checkpoint;
}

/** Settings of the prior's own training that its policy does not need. */
const NOT_OF_POLICY = ["objects", "rewardTable", "rewardNetwork", "rewardParameters", "prior", "metrics", "files"];

/**
 * The prior of a configuration, if it has one.
 *
 * @throws WebgfnError `argument` for a path: only the command line reads files; `file` if the file is not a checkpoint.
 */
export function priorOfConfiguration({ prior }: PartialConfiguration): GivenPrior | undefined {
  if (prior === undefined) return undefined;
  if (typeof prior !== "object") {
    throw argumentError(`prior names ${inBrief(prior)}, and only the command line reads it`, "give { name, bytes } of a checkpoint");
  }
  return "bytes" in prior ? packed(prior) : { file: prior, checkpoint: decodeCheckpoint(bytesIn(prior), prior.name) };
}

/** Keeps only the policy of replica 0. */
function packed({ name, bytes }: ObjectBytes): GivenPrior {
  const { configuration, ...policy } = samplingCheckpoint(decodeCheckpoint(bytes, name), { replica: 0 });
  const settings = Object.entries(JSON.parse(configuration)).filter(([field]) => !NOT_OF_POLICY.includes(field));
  const checkpoint = { ...policy, configuration: JSON.stringify(Object.fromEntries(settings)) };
  const text = base64Of(encodeCheckpoint(checkpoint));
  checkSize(`${name} as text`, text.length);
  return { file: { name, text }, checkpoint };
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @throws WebgfnError `file` for a text that is not base64. */
function bytesIn({ name, text }: DataFile): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new WebgfnError("file", `${name}: expected a checkpoint in base64, found ${inBrief(text)}`);
  }
}
