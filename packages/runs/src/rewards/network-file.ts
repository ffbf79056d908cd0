import { type DataFile, type NetworkRewardOptions, networkReward, type Reward, type RewardNetwork } from "@webgfn/envs";
import { checkSize } from "@webgfn/envs/internal";
import { decodeSafetensors, sourceOf } from "@webgfn/sampler/internal";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief, shownName } from "@webgfn/tensor/internal";
import { line } from "../json.js";
import type { ObjectBytes } from "../objects/found-object.js";
import { withBatchNorm } from "./batch-norm.js";
import { onnxNetwork } from "./onnx-network.js";

type Layer = RewardNetwork["layers"][number];
type Tensors = ReturnType<typeof decodeSafetensors>["tensors"];

/** A network, or an ensemble, as a configuration keeps it, and the reward. */
export interface GivenNetwork {
  /** JSON: `{"networks":[{"layers":[…]}]}`. */
  file: DataFile;
  reward: Reward;
}

const ACTIVATIONS = ["relu", "leaky-relu", "silu", "tanh", "sigmoid"] as const;
/** How the layers are written, for messages. */
const FORM = '["linear net.0", "relu", "linear net.2"], or a list of such lists for an ensemble';

/**
 * Reads a network for a reward: an ONNX model (`.onnx`) that is an MLP, or a safetensors file whose metadata `network` is the JSON list of its layers. `linear NAME` has the tensors
 * NAME.weight and NAME.bias, as `nn.Linear` has them; `batch-norm NAME` those of `nn.BatchNorm1d`, which must follow a linear layer;
 * activations are relu, leaky-relu (`leaky-relu 0.2`), silu, tanh and sigmoid.
 *
 * @throws WebgfnError `file` with what is wrong; `argument` for options that are not acceptable.
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
  const { tensors, metadata } = decodeSafetensors(sourceOf(file.bytes), file.name);
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
    const [kind = "", argument = "", ...rest] = text.trim().split(/\s+/);
    const activation = ACTIVATIONS.find((name) => name === kind);
    if (rest.length > 0) throw fault(file, `expected a layer such as "linear net.0", found ${inBrief(text)}`);
    if (kind === "linear") layers.push(linear(file, tensors, argument));
    else if (kind === "batch-norm") layers.push(folded(file, tensors, argument, layers.pop()));
    else if (activation === undefined) {
      throw fault(file, `expected linear, batch-norm, ${ACTIVATIONS.join(", ")} as a layer, found ${inBrief(text)}`);
    } else if (argument === "") layers.push({ kind: activation });
    else {
      const slope = Number(argument);
      if (activation !== "leaky-relu" || !Number.isFinite(slope))
        throw fault(file, `expected a layer such as "leaky-relu 0.2", found ${inBrief(text)}`);
      layers.push({ kind: activation, slope });
    }
  }
  return layers;
}

function linear(file: ObjectBytes, tensors: Tensors, name: string): Layer {
  const weight = tensorOf(file, tensors, `${name}.weight`);
  const [outputs = 0, inputs = 0, ...more] = weight.shape;
  if (weight.shape.length !== 2 || more.length > 0)
    throw fault(file, `expected ${name}.weight to be a matrix, found the shape [${weight.shape}]`);
  const bias = Object.hasOwn(tensors, `${name}.bias`) ? tensorOf(file, tensors, `${name}.bias`) : undefined;
  return { kind: "linear", inputs, outputs, weight: [...weight.data], ...(bias && { bias: [...bias.data] }) };
}

/** PyTorch's ε of a batch norm. */
const EPSILON = 1e-5;

/** A linear layer with the batch norm behind it. */
function folded(file: ObjectBytes, tensors: Tensors, name: string, layer: Layer | undefined): Layer {
  if (layer?.kind !== "linear") throw fault(file, `expected the batch norm ${name} behind a linear layer`);
  const values = (part: string) => {
    const { data } = tensorOf(file, tensors, `${name}.${part}`);
    if (data.length !== layer.outputs) throw fault(file, `expected ${layer.outputs} numbers in ${name}.${part}, found ${data.length}`);
    return data;
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
