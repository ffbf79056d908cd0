import {
  type DataFile,
  type RewardLayer as Layer,
  type NetworkRewardOptions,
  networkReward,
  type Reward,
  type RewardNetwork,
} from "@webgfn/envs";
import { checkSize } from "@webgfn/envs/internal";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief, shownName } from "@webgfn/tensor/internal";
import { line } from "../json.js";
import type { ObjectBytes } from "../objects/found-object.js";
import { type NumbersByName as Tensors, tensorsIn } from "../objects/tensors.js";
import { withBatchNorm } from "./batch-norm.js";
import { onnxNetwork } from "./onnx-network.js";

/** A network, or an ensemble, as a configuration stores it, and its reward. */
export interface GivenNetwork {
  /** JSON: `{"networks":[{"layers":[…]}]}`. */
  file: DataFile;
  reward: Reward;
}

const ACTIVATIONS = ["relu", "leaky-relu", "silu", "tanh", "sigmoid"] as const;
/** The notation of layers, for messages. */
const FORM = '["linear net.0", "relu", "linear net.2"], or a list of such lists for an ensemble';

/**
 * Reads a network for a reward: an ONNX model (`.onnx`), or a safetensors file whose metadata `network` is the JSON list of its layers.
 * Weights have the names of PyTorch's modules: `linear NAME` has the tensors NAME.weight and NAME.bias, `conv NAME stride=2 padding=1
 * dilation=1` those of `nn.Conv1d`, `embedding NAME` that of `nn.Embedding`, and `batch-norm NAME` those of `nn.BatchNorm1d` after a linear
 * layer or a convolution. `max-pool 3 stride=2 padding=1` and `mean-pool 2` have a window; `max-pool` and `mean-pool` take all positions.
 * `flatten` is `nn.Flatten`; `flatten channels` and `flatten positions` select the outer index. Activations are relu, leaky-relu (`leaky-relu
 * 0.2`), silu, tanh and sigmoid.
 *
 * @throws WebgfnError `file` for a faulty file; `argument` for invalid options.
 */
export function givenNetwork(file: DataFile | ObjectBytes, options: NetworkRewardOptions = {}): GivenNetwork {
  const networks = "bytes" in file ? networksIn(file) : (JSON.parse(file.text) as { networks: RewardNetwork[] }).networks;
  const reward = networkReward(networks, { name: file.name, ...options });
  const text = line({ networks });
  checkSize(`${file.name} as JSON`, text.length);
  return { file: { name: file.name, text }, reward };
}

function networksIn(file: ObjectBytes): RewardNetwork[] {
  if (file.name.endsWith(".onnx")) return [onnxNetwork(file)];
  const { tensors, metadata } = tensorsIn(file);
  let lists: unknown;
  try {
    lists = JSON.parse(metadata["network"] ?? "");
  } catch {
    throw fault(file, `expected the metadata "network" to be JSON such as ${FORM}, found ${inBrief(metadata["network"])}`);
  }
  const all = Array.isArray(lists) && Array.isArray(lists[0]) ? (lists as unknown[]) : [lists];
  return all.map((layers) => {
    if (!Array.isArray(layers) || !layers.every((layer) => typeof layer === "string") || layers.length === 0) {
      throw fault(file, `expected the metadata "network" to be ${FORM}, found ${inBrief(layers)}`);
    }
    return { layers: layersOf(file, tensors, layers as string[]) };
  });
}

function layersOf(file: ObjectBytes, tensors: Tensors, texts: readonly string[]): Layer[] {
  const layers: Layer[] = [];
  for (const text of texts) {
    const line = lineOf(file, text);
    if (line.kind === "batch-norm") layers.push(folded(file, tensors, line.argument, layers.pop()));
    else layers.push(layerOf(file, tensors, line));
  }
  return layers;
}

/** A layer's text: `kind argument name=number …`. */
interface Line {
  text: string;
  kind: string;
  argument: string;
  sizes: Readonly<Record<string, number>>;
}

/** The kinds of layers, and the sizes that each may have. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  linear: [],
  conv: ["stride", "padding", "dilation"],
  embedding: [],
  "batch-norm": [],
  "max-pool": ["stride", "padding"],
  "mean-pool": ["stride", "padding"],
  flatten: [],
  ...Object.fromEntries(ACTIVATIONS.map((kind) => [kind, []])),
};

function lineOf(file: ObjectBytes, text: string): Line {
  const [kind = "", ...words] = text.trim().split(/\s+/);
  if (!Object.hasOwn(SIZES, kind)) throw fault(file, `expected ${Object.keys(SIZES).join(", ")} as a layer, found ${inBrief(text)}`);
  const [argument = "", ...rest] = words.filter((word) => !word.includes("="));
  const sizes: Record<string, number> = {};
  for (const word of words.filter((each) => each.includes("="))) {
    const [, name = "", digits] = /^(\w+)=(\d+)$/.exec(word) ?? [];
    if (!(SIZES[kind] as readonly string[]).includes(name))
      throw fault(file, `expected a layer such as "conv net.0 stride=2", found ${inBrief(text)}`);
    sizes[name] = Number(digits);
  }
  if (rest.length > 0) throw fault(file, `expected a layer such as "linear net.0", found ${inBrief(text)}`);
  return { text, kind, argument, sizes };
}

function layerOf(file: ObjectBytes, tensors: Tensors, { text, kind, argument, sizes }: Line): Layer {
  const wrong = (form: string) => fault(file, `expected a layer such as ${form}, found ${inBrief(text)}`);
  switch (kind) {
    case "linear": {
      const [weight, bias] = [shaped(file, tensors, argument, 2), biasOf(tensors, argument)];
      const [outputs, inputs] = weight.shape as [number, number];
      return { kind: "linear", inputs, outputs, weight: [...weight.numbers], ...bias };
    }
    case "conv": {
      const [weight, bias] = [shaped(file, tensors, argument, 3), biasOf(tensors, argument)];
      const [outputs, inputs, kernel] = weight.shape as [number, number, number];
      return { kind: "conv1d", inputs, outputs, kernel, ...sizes, weight: [...weight.numbers], ...bias };
    }
    case "embedding": {
      const weight = shaped(file, tensors, argument, 2);
      const [rows, width] = weight.shape as [number, number];
      return { kind: "embedding", rows, width, weight: [...weight.numbers] };
    }
    case "max-pool":
    case "mean-pool": {
      if (argument !== "" && !/^\d+$/.test(argument)) throw wrong('"max-pool 2"');
      return { kind, ...(argument !== "" && { window: Number(argument) }), ...sizes };
    }
    case "flatten": {
      if (argument !== "" && argument !== "channels" && argument !== "positions") throw wrong('"flatten"');
      return { kind, ...(argument !== "" && { order: argument }) };
    }
    default: {
      const activation = kind as (typeof ACTIVATIONS)[number];
      if (argument === "") return { kind: activation };
      const slope = Number(argument);
      if (activation !== "leaky-relu" || !Number.isFinite(slope)) throw wrong('"leaky-relu 0.2"');
      return { kind: activation, slope };
    }
  }
}

/** The weights of a layer, a tensor of this rank. */
function shaped(file: ObjectBytes, tensors: Tensors, name: string, rank: 2 | 3): Tensors[string] {
  const weight = tensorOf(file, tensors, `${name}.weight`);
  if (weight.shape.length === rank) return weight;
  const what = rank === 2 ? "a matrix" : "[outputs, inputs, kernel]";
  throw fault(file, `expected ${name}.weight to be ${what}, found the shape [${weight.shape}]`);
}

function biasOf(tensors: Tensors, name: string): { bias?: number[] } {
  const bias = Object.hasOwn(tensors, `${name}.bias`) ? tensors[`${name}.bias`] : undefined;
  return bias === undefined ? {} : { bias: [...bias.numbers] };
}

/** PyTorch's ε of a batch norm. */
const EPSILON = 1e-5;

/** Merges a layer and the batch norm after it. */
function folded(file: ObjectBytes, tensors: Tensors, name: string, layer: Layer | undefined): Layer {
  if (layer?.kind !== "linear" && layer?.kind !== "conv1d") {
    throw fault(file, `expected the batch norm ${name} behind a linear layer or a convolution`);
  }
  const values = (part: string) => {
    const { numbers } = tensorOf(file, tensors, `${name}.${part}`);
    if (numbers.length !== layer.outputs)
      throw fault(file, `expected ${layer.outputs} numbers in ${name}.${part}, found ${numbers.length}`);
    return numbers;
  };
  const norm = { gamma: values("weight"), beta: values("bias"), mean: values("running_mean"), variance: values("running_var") };
  return withBatchNorm(layer, { ...norm, epsilon: EPSILON });
}

function tensorOf(file: ObjectBytes, tensors: Tensors, name: string): Tensors[string] {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (tensor !== undefined) return tensor;
  const names = Object.keys(tensors).map((each) => shownName(each));
  throw fault(
    file,
    `expected a tensor ${shownName(name)}, found ${names.slice(0, 6).join(", ") || "none"}${names.length > 6 ? ", …" : ""}`,
  );
}

function fault(file: ObjectBytes, message: string): WebgfnError {
  return new WebgfnError("file", `${file.name}: ${message}`);
}
