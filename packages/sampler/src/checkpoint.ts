import { WebgfnError } from "@webgfn/tensor";
import type { Network } from "./network.js";
import { decodeSafetensors, encodeSafetensors, type FileTensor, type TensorFile } from "./safetensors.js";
import type { LinearWeights } from "./weights.js";

/** Version of the tensor names and metadata below. */
const FORMAT = "webgfn-1";

/** A checkpoint: what inference needs, and whatever else the trainer keeps beside it. */
export interface Checkpoint {
  /** The run's configuration, as JSON text. */
  configuration: string;
  /** Training steps taken. */
  step: number;
  tensors: Record<string, FileTensor>;
}

/**
 * Stacks every replica's layers as `PREFIX.layers.L.weight` [replica, out, in] and `PREFIX.layers.L.bias` [replica, out]. A
 * layer without inputs has a bias alone.
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
 * @throws WebgfnError `file` when a tensor is missing or has another shape than the network's.
 */
export function unstackLayers(
  prefix: string,
  { layers }: Network,
  tensors: Record<string, FileTensor>,
  replicas: number,
): LinearWeights[][] {
  return Array.from({ length: replicas }, (_, r) =>
    layers.map(({ inputs, outputs }, l) => ({
      weight: inputs > 0 ? replicaOf(tensors, `${prefix}.layers.${l}.weight`, [replicas, outputs, inputs], r) : new Float32Array(0),
      bias: replicaOf(tensors, `${prefix}.layers.${l}.bias`, [replicas, outputs], r),
    })),
  );
}

/** One replica's part of a tensor whose shape must be as given, and whose numbers finite. */
export function replicaOf(tensors: Record<string, FileTensor>, name: string, shape: number[], replica: number): Float32Array {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (tensor === undefined) throw new WebgfnError("file", `the checkpoint has no tensor "${name}"`);
  if (tensor.shape.join() !== shape.join()) {
    throw new WebgfnError(
      "file",
      `the checkpoint's "${name}" is [${tensor.shape.join(", ")}], but the configuration needs [${shape.join(", ")}]`,
    );
  }
  if (!tensor.data.every(Number.isFinite)) throw new WebgfnError("file", `the checkpoint's "${name}" holds a number that is not finite`);
  const size = tensor.data.length / (shape[0] as number);
  return tensor.data.slice(replica * size, (replica + 1) * size);
}

export function encodeCheckpoint({ configuration, step, tensors }: Checkpoint): Uint8Array {
  return encodeSafetensors({ tensors, metadata: { format: FORMAT, step: String(step), configuration } });
}

/**
 * @param name what the file is called in errors.
 * @throws WebgfnError `file` when it is damaged, or not a checkpoint of this project.
 */
export function decodeCheckpoint(file: Uint8Array, name = "the checkpoint"): Checkpoint {
  const { tensors, metadata }: TensorFile = decodeSafetensors(file, name);
  if (metadata["format"] !== FORMAT) {
    throw new WebgfnError("file", `${name} is not a webgfn checkpoint: its format is ${metadata["format"] ?? "not stated"}, not ${FORMAT}`);
  }
  const step = /^\d+$/.test(metadata["step"] ?? "") ? Number(metadata["step"]) : Number.NaN;
  if (!Number.isSafeInteger(step) || metadata["configuration"] === undefined) {
    throw new WebgfnError("file", `${name} states no step or configuration`);
  }
  return { configuration: metadata["configuration"], step, tensors };
}
