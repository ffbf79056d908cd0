import { WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief, shownName } from "@webgfn/tensor/internal";
import { digestOf } from "./digest.js";
import type { Network } from "./network.js";
import {
  type ByteSource,
  decodeSafetensors,
  encodeSafetensors,
  type FileTensor,
  LONGEST_HEADER,
  requireTensors,
  safetensorsPieces,
  sourceOf,
  type TensorFile,
} from "./safetensors.js";
import type { LinearWeights } from "./weights.js";

/** Version of the tensor names and metadata below. */
const FORMAT = "webgfn-1";
/** The metadata key of the digest. */
const DIGEST = "digest";
/** Bytes of a header that are reserved for the names and shapes of tensors. */
const ROOM_FOR_TENSORS = 2 ** 20;

/** A checkpoint: the tensors for inference, and further ones from the trainer. */
export interface Checkpoint {
  /** The run's configuration, as JSON text. */
  configuration: string;
  /** Training steps taken. */
  step: number;
  /** Every tensor by its name, with the replica axis first; see `checkpoint` of `@webgfn/trainer`. */
  tensors: Record<string, FileTensor>;
}

/**
 * Stacks every replica's layers as `PREFIX.layers.L.weight` [replica, out, in] and `PREFIX.layers.L.bias` [replica, out]. A layer without
 * inputs has only a bias.
 */
export function stackLayers(prefix: string, { layers }: Network, replicas: readonly LinearWeights[][]): Record<string, FileTensor> {
  const tensors: Record<string, FileTensor> = {};
  layers.forEach(({ inputs, outputs }, l) => {
    if (inputs > 0) tensors[`${prefix}.layers.${l}.weight`] = stack(replicas, [outputs, inputs], (model) => model[l]?.weight);
    tensors[`${prefix}.layers.${l}.bias`] = stack(replicas, [outputs], (model) => model[l]?.bias);
  });
  return tensors;
}

function stack(
  replicas: readonly LinearWeights[][],
  shape: number[],
  pick: (model: LinearWeights[]) => Float32Array | undefined,
): FileTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = new Float32Array(replicas.length * size);
  replicas.forEach((model, r) => {
    data.set(pick(model) ?? [], r * size);
  });
  return { shape: [replicas.length, ...shape], data };
}

/**
 * The reverse of {@link stackLayers}.
 *
 * @throws WebgfnError `file` if a tensor is missing or its shape differs from the network's.
 */
export function unstackLayers(
  prefix: string,
  { layers }: Network,
  tensors: Record<string, FileTensor>,
  replicas: number,
): LinearWeights[][] {
  const parts = layers.map(({ inputs, outputs }, l) => ({
    weights: inputs > 0 ? replicasOf(tensors, `${prefix}.layers.${l}.weight`, [replicas, outputs, inputs]) : undefined,
    biases: replicasOf(tensors, `${prefix}.layers.${l}.bias`, [replicas, outputs]),
  }));
  return Array.from({ length: replicas }, (_, r) =>
    parts.map(({ weights, biases }) => ({ weight: weights?.[r] ?? new Float32Array(0), bias: biases[r] as Float32Array })),
  );
}

/**
 * Each replica's part of a tensor. The tensor is checked once for all replicas.
 *
 * @param shape what the tensor's shape must be, the number of replicas first.
 * @throws WebgfnError `file` when the tensor is missing, has another shape, or holds a number that is not finite.
 */
export function replicasOf(tensors: Record<string, FileTensor>, name: string, shape: readonly number[]): Float32Array[] {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (tensor === undefined) throw new WebgfnError("file", `the checkpoint has no tensor "${name}"`);
  if (tensor.shape.join() !== shape.join()) {
    throw new WebgfnError(
      "file",
      `the checkpoint's "${name}" is [${shownName(tensor.shape.join(", "))}], but the configuration needs [${shape.join(", ")}]`,
    );
  }
  if (!tensor.data.every(Number.isFinite)) throw new WebgfnError("file", `the checkpoint's "${name}" holds a number that is not finite`);
  const [replicas = 0] = shape;
  const size = tensor.data.length / replicas;
  return Array.from({ length: replicas }, (_, r) => tensor.data.slice(r * size, (r + 1) * size));
}

/**
 * Checks, before any training, that a configuration fits into the header of a checkpoint.
 *
 * @param configuration as JSON text.
 * @throws WebgfnError `file` if it is too long.
 */
export function requireSavable(configuration: string): void {
  const bytes = new TextEncoder().encode(JSON.stringify(configuration)).length;
  if (bytes <= LONGEST_HEADER - ROOM_FOR_TENSORS) return;
  throw new WebgfnError(
    "file",
    `the configuration has ${bytes} bytes with the text of its data files, and a checkpoint keeps at most ${LONGEST_HEADER - ROOM_FOR_TENSORS}`,
    { fix: "take a smaller data file, or train without --out" },
  );
}

/** Checks a checkpoint, and returns it as a file of tensors with a digest of its content. */
function fileOf(checkpoint: Checkpoint): TensorFile {
  const { configuration, step, tensors } = (checkpoint ?? {}) as Partial<Checkpoint>;
  if (typeof configuration !== "string")
    throw argumentError(`the configuration of a checkpoint must be a text, not ${inBrief(configuration)}`);
  if (!Number.isSafeInteger(step) || (step as number) < 0)
    throw argumentError(`the step of a checkpoint must be a whole number, not ${inBrief(step)}`);
  if (typeof tensors !== "object" || tensors === null)
    throw argumentError(`the tensors of a checkpoint must be an object, not ${inBrief(tensors)}`);
  requireTensors(tensors);
  const metadata = { format: FORMAT, step: String(step), configuration };
  return { tensors, metadata: { ...metadata, [DIGEST]: digestOf(tensors, metadata, DIGEST) } };
}

/**
 * A checkpoint as bytes: a safetensors file.
 *
 * @throws WebgfnError `argument` for an incomplete checkpoint, `file` for one that could not be read back.
 *
 * @example
 * ```ts
 * import { decodeCheckpoint, encodeCheckpoint } from "@webgfn/sampler";
 * const tensors = { log_z: { shape: [1], data: Float32Array.of(8) } };
 * const bytes = encodeCheckpoint({ configuration: '{"environment":"sets"}', step: 100, tensors });
 * console.log(decodeCheckpoint(bytes).step, decodeCheckpoint(bytes).tensors["log_z"]?.data); // 100 Float32Array(1) [ 8 ]
 * ```
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return encodeSafetensors(fileOf(checkpoint));
}

/** Like {@link encodeCheckpoint}, but in pieces, for checkpoints that are too large for one array. */
export function checkpointPieces(checkpoint: Checkpoint): Iterable<Uint8Array> {
  return safetensorsPieces(fileOf(checkpoint));
}

/**
 * Reads a checkpoint from the bytes of its file.
 *
 * @param name name of the file in errors.
 * @throws WebgfnError `argument` for an argument that is not bytes, `file` if the file is damaged or not a checkpoint of this project.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { decodeCheckpoint } from "@webgfn/sampler";
 * const { step, tensors, configuration } = decodeCheckpoint(await readFile("runs/sets/checkpoint.safetensors"));
 * console.log(step, JSON.parse(configuration).environment, tensors["policy.layers.0.weight"]?.shape);
 * ```
 */
export function decodeCheckpoint(file: Uint8Array, name = "the checkpoint"): Checkpoint {
  // An array from another window or worker is not an instance of the classes of this one.
  if (!ArrayBuffer.isView(file)) throw argumentError(`a checkpoint is read from a Uint8Array, not from ${inBrief(file)}`);
  return decodeCheckpointFrom(sourceOf(new Uint8Array(file.buffer, file.byteOffset, file.byteLength)), name);
}

/** Like {@link decodeCheckpoint}, from a source whose bytes can be read in parts. */
export function decodeCheckpointFrom(source: ByteSource, name: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(source, name);
  const { format, step: written = "", configuration, [DIGEST]: digest } = metadata;
  if (format !== FORMAT) {
    const stated = format === undefined ? "not stated" : shownName(format);
    throw new WebgfnError("file", `${name} is not a webgfn checkpoint: its format is ${stated}, not ${FORMAT}`);
  }
  const step = /^\d+$/.test(written) ? Number(written) : Number.NaN;
  if (!Number.isSafeInteger(step) || configuration === undefined) throw new WebgfnError("file", `${name} states no step or configuration`);
  if (digest !== undefined && digest !== digestOf(tensors, metadata, DIGEST)) {
    throw new WebgfnError("file", `${name} is not as it was written: its content does not have the digest that it states`, {
      fix: `take an earlier copy; where you changed it yourself, remove "${DIGEST}" from its metadata`,
    });
  }
  return { configuration, step, tensors };
}
