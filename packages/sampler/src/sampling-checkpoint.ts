import { rules, WebgfnError } from "@webgfn/tensor";
import { argumentError, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import type { Checkpoint } from "./checkpoint.js";
import { type FileTensor, requireTensors } from "./safetensors.js";
import { modelConfiguration } from "./trained-model.js";

/** Options of {@link samplingCheckpoint}. */
export interface SamplingCheckpointOptions {
  /** Keeps only this model, as the only one of a run with its seed. Default: all models. */
  replica?: number;
}

const OPTIONS: Schema<SamplingCheckpointOptions> = { replica: rules.whole(0) };

/** Tensors to keep: the policy, the learned log Z that evaluations compare, and the faults of replicas. */
const KEPT = /^policy\.|^log_z$|^fault$/;

/**
 * Makes a checkpoint for sampling and evaluating only, without the states of the optimiser and the replay buffer. It has a third of the size
 * and samples the same objects. Training cannot continue from it.
 *
 * @throws WebgfnError `argument` for a value that is not a checkpoint, or if it has no such replica; `file` if it holds no policy.
 *
 * @example
 * ```ts
 * import { readFile, writeFile } from "node:fs/promises";
 * import { decodeCheckpoint, encodeCheckpoint, samplingCheckpoint } from "@webgfn/sampler";
 * const whole = decodeCheckpoint(await readFile("runs/sets/checkpoint.safetensors"));
 * await writeFile("sets.safetensors", encodeCheckpoint(samplingCheckpoint(whole, { replica: 0 })));
 * ```
 */
export function samplingCheckpoint(checkpoint: Checkpoint, options: SamplingCheckpointOptions = {}): Checkpoint {
  requireArgument.object("the checkpoint", checkpoint);
  requireArgument.object("the tensors of the checkpoint", checkpoint.tensors);
  requireTensors(checkpoint.tensors);
  requireOptions("samplingCheckpoint", options, OPTIONS);
  const configuration = modelConfiguration(checkpoint, "the checkpoint");
  const kept = Object.entries(checkpoint.tensors).filter(([name]) => KEPT.test(name));
  if (!kept.some(([name]) => name.startsWith("policy."))) throw new WebgfnError("file", "the checkpoint holds no policy");
  const { replica } = options;
  if (replica === undefined) return { ...checkpoint, tensors: Object.fromEntries(kept) };
  const { replicas, seed } = configuration;
  if (replica >= replicas) throw argumentError(`replica must be a whole number from 0 to ${replicas - 1}, not ${replica}`);
  const alone = kept.map(([name, tensor]): [string, FileTensor] => [name, partOf(name, tensor, replica, replicas)]);
  return {
    ...checkpoint,
    // Replica r of a run equals a single run with seed + r.
    configuration: JSON.stringify({ ...configuration, replicas: 1, seed: (typeof seed === "number" ? seed : 0) + replica }),
    tensors: Object.fromEntries(alone),
  };
}

/** One replica's part of a tensor, as a tensor with one replica. */
function partOf(name: string, { shape, data }: FileTensor, replica: number, replicas: number): FileTensor {
  const [count, ...rest] = shape;
  if (count !== replicas)
    throw new WebgfnError("file", `the checkpoint's "${name}" has ${count} replicas, but its configuration ${replicas}`);
  const size = data.length / replicas;
  return { shape: [1, ...rest], data: data.slice(replica * size, (replica + 1) * size) };
}
