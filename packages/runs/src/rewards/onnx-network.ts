import type { ConvolutionLayer, LinearLayer, RewardLayer, RewardNetwork } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { shownName } from "@webgfn/tensor/internal";
import type { ObjectBytes } from "../objects/found-object.js";
import { withBatchNorm } from "./batch-norm.js";
import { type OnnxNode, type OnnxTensor, readOnnx } from "./onnx-model.js";

/**
 * The meaning of an axis: objects (`N`), channels (`C`), positions (`L`), all numbers of an object in one list (`F`), or an axis of size 1
 * without a meaning.
 */
type Axis = "N" | "C" | "L" | "F" | "1";

/** The chain of layers so far. */
interface Chain {
  file: ObjectBytes;
  constants: ReadonlyMap<string, OnnxTensor>;
  /** The name of the latest output. */
  current: string;
  axes: Axis[];
  layers: RewardLayer[];
}

type Read = (chain: Chain, node: OnnxNode) => void;

const keep: Read = () => {};
const activation =
  (kind: "relu" | "sigmoid" | "tanh"): Read =>
  ({ layers }) =>
    layers.push({ kind });

const OPERATORS: Readonly<Record<string, Read>> = {
  Gemm: gemm,
  MatMul: matMul,
  Add: add,
  Conv: convolution,
  BatchNormalization: batchNorm,
  MaxPool: pool("max-pool"),
  AveragePool: pool("mean-pool"),
  GlobalMaxPool: globalPool("max-pool"),
  GlobalAveragePool: globalPool("mean-pool"),
  ReduceMax: reduce("max-pool"),
  ReduceMean: reduce("mean-pool"),
  Gather: gather,
  OneHot: oneHot,
  Equal: equal,
  Relu: activation("relu"),
  LeakyRelu: ({ layers }, { attributes }) => layers.push({ kind: "leaky-relu", slope: attributes.get("alpha")?.f ?? 0.01 }),
  Sigmoid: activation("sigmoid"),
  Tanh: activation("tanh"),
  Transpose: transpose,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Identity: keep,
  Dropout: keep,
  Cast: keep,
};
/** The supported operators, for messages. */
const READ = [...Object.keys(OPERATORS), "Mul (as x · sigmoid(x))"];

/**
 * The network of an ONNX model: a chain from one input to one output, as PyTorch exports an MLP or a convolutional network. The input is one
 * of: all features of an object, [N, features]; channels at positions, [N, channels, positions], or [N, positions, channels] with a
 * transposition first; or the symbols of a sequence, [N, positions], for an embedding.
 *
 * @throws WebgfnError `file` that names the unsupported operator, or another fault.
 */
export function onnxNetwork(file: ObjectBytes): RewardNetwork {
  const { nodes, constants, inputs, outputs } = readOnnx(file);
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0 || outputs.length !== 1) {
    throw fault(file, `expected a model with one input and one output, found ${inputs.length} and ${outputs.length}`);
  }
  const { name, rank = 2 } = input;
  const chain: Chain = {
    file,
    constants,
    current: name,
    axes: axesOf(
      file,
      rank,
      nodes.find((node) => node.inputs.includes(name)),
    ),
    layers: [],
  };
  for (let steps = 0; chain.current !== outputs[0]; steps++) {
    const { current } = chain;
    const readers = nodes.filter((node) => node.inputs.includes(current));
    const product = silu(current, readers);
    const next = product ?? (readers.length === 1 ? readers[0] : undefined);
    if (next === undefined) throw fault(file, `expected a chain of operators, found ${readers.length} that read ${shownName(current)}`);
    if (steps > nodes.length) throw fault(file, "expected a chain of operators, found a circle");
    if (product !== undefined) chain.layers.push({ kind: "silu" });
    else operatorOf(file, next)(chain, next);
    chain.current = next.outputs[0] as string;
  }
  return { layers: chain.layers };
}

/** The axes of the input, by its rank and the operator that reads it. */
function axesOf(file: ObjectBytes, rank: number, first: OnnxNode | undefined): Axis[] {
  if (rank === 2) return ["N", "F"];
  if (rank !== 3)
    throw fault(file, `expected an input of the shape [N, features], [N, channels, positions] or [N, positions], found ${rank} dimensions`);
  return ["Conv", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"].includes(first?.op ?? "")
    ? ["N", "C", "L"]
    : ["N", "L", "C"];
}

/** The product of x · sigmoid(x), if exactly these two operators read x. */
function silu(current: string, readers: readonly OnnxNode[]): OnnxNode | undefined {
  const gate = readers.find(({ op }) => op === "Sigmoid");
  const product = readers.find(({ op, inputs }) => op === "Mul" && gate?.outputs[0] !== undefined && inputs.includes(gate.outputs[0]));
  return readers.length === 2 && product?.inputs.includes(current) === true ? product : undefined;
}

function operatorOf(file: ObjectBytes, { op, domain }: OnnxNode): Read {
  const isOwn = domain === "" || domain === "ai.onnx";
  const read = isOwn && Object.hasOwn(OPERATORS, op) ? OPERATORS[op] : undefined;
  if (read !== undefined) return read;
  throw fault(file, `the operator ${shownName(isOwn ? op : `${domain}.${op}`)} is not among those that are read: ${READ.join(", ")}`);
}

/** The constant that an operator reads as its input `at`. */
function constant({ file, constants }: Chain, { op, inputs }: OnnxNode, at: number): OnnxTensor {
  const found = constants.get(inputs[at] ?? "");
  if (found === undefined) throw fault(file, `expected constant weights for ${op}, found ${shownName(inputs[at] || "none")}`);
  return found;
}

/** A list of numbers that is an attribute or, in later opsets, a constant input. */
function listOf(chain: Chain, node: OnnxNode, name: string, at: number): number[] | undefined {
  return node.attributes.get(name)?.ints ?? (node.inputs[at] ? constant(chain, node, at).data : undefined);
}

/** @throws WebgfnError `file` unless the operator reads these axes. */
function requireAxes({ file, axes }: Chain, { op }: OnnxNode, wanted: string): void {
  if (axes.join() === wanted) return;
  const words = { N: "N", C: "channels", L: "positions", F: "numbers", 1: "1" };
  const text = (list: readonly string[]) => `[${list.map((axis) => words[axis as Axis]).join(", ")}]`;
  throw fault(file, `expected ${op} to read ${text(wanted.split(","))}, found ${text(axes)}`);
}

/** @throws WebgfnError `file` unless an attribute has the one supported value. */
function requireAttribute(file: ObjectBytes, { op, attributes }: OnnxNode, name: string, wanted: number): void {
  const { i = wanted, ints = [] } = attributes.get(name) ?? {};
  if (i !== wanted || ints.some((each) => each !== wanted))
    throw fault(file, `expected ${op} with the ${name} ${wanted}, found ${ints.length > 0 ? ints : i}`);
}

function gemm(chain: Chain, node: OnnxNode): void {
  const { file, current, layers } = chain;
  const { attributes, inputs } = node;
  requireAxes(chain, node, "N,F");
  const [alpha, beta] = [attributes.get("alpha")?.f ?? 1, attributes.get("beta")?.f ?? 1];
  if ((attributes.get("transA")?.i ?? 0) !== 0 || inputs[0] !== current)
    throw fault(file, "expected Gemm to multiply by its weights from the right");
  const matrix = linear(file, constant(chain, node, 1), (attributes.get("transB")?.i ?? 0) === 1);
  const bias = inputs[2] ? constant(chain, node, 2).data.map((value) => beta * value) : undefined;
  layers.push({ ...matrix, weight: Array.from(matrix.weight, (value) => alpha * value), ...(bias && { bias }) });
}

function matMul(chain: Chain, node: OnnxNode): void {
  const { file, current, axes, layers } = chain;
  if (node.inputs[0] !== current) throw fault(file, "expected MatMul to multiply by its weights from the right");
  const matrix = linear(file, constant(chain, node, 1), false);
  // A matrix at each position is a convolution with a kernel of one position.
  if (axes.join() === "N,L,C") layers.push({ ...matrix, kind: "conv1d", kernel: 1 });
  else {
    requireAxes(chain, node, "N,F");
    layers.push(matrix);
  }
}

/** A linear layer from its matrix, [outputs][inputs] or, for MatMul, [inputs][outputs]. */
function linear(file: ObjectBytes, { name, shape, data }: OnnxTensor, isTransposed: boolean): LinearLayer {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2) throw fault(file, `expected the weights ${shownName(name)} to be a matrix, found the shape [${shape}]`);
  const [inputs, outputs] = isTransposed ? [columns, rows] : [rows, columns];
  const weight = isTransposed
    ? data
    : Array.from({ length: data.length }, (_, n) => data[(n % inputs) * outputs + Math.floor(n / inputs)] as number);
  return { kind: "linear", inputs, outputs, weight };
}

/** Takes the layer with weights before an operator from the chain. */
function layerBefore({ file, layers }: Chain, op: string): LinearLayer | ConvolutionLayer {
  const before = layers.pop();
  if (before?.kind === "linear" || before?.kind === "conv1d") return before;
  throw fault(file, `expected ${op} behind a Gemm, MatMul or Conv`);
}

function add(chain: Chain, node: OnnxNode): void {
  const { file, current, axes, layers } = chain;
  const before = layerBefore(chain, "Add");
  const { shape, data } = constant(chain, node, node.inputs[0] === current ? 1 : 0);
  // Only the channel axis of the constant may be longer than 1.
  const outer = axes.length - shape.length;
  const isBias =
    outer >= 0 && shape.every((extent, n) => extent === 1 || (extent === before.outputs && ["C", "F"].includes(axes[n + outer] as Axis)));
  if (!isBias) throw fault(file, `expected Add of a bias for each of ${before.outputs} outputs, found the shape [${shape}]`);
  const bias = Array.from({ length: before.outputs }, (_, o) => (before.bias?.[o] ?? 0) + (data[o % data.length] as number));
  layers.push({ ...before, bias });
}

function batchNorm(chain: Chain, node: OnnxNode): void {
  const { file, axes, layers } = chain;
  const before = layerBefore(chain, "BatchNormalization");
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) => constant(chain, node, at).data) as [
    number[],
    number[],
    number[],
    number[],
  ];
  if (gamma.length !== before.outputs || (axes[1] !== "C" && axes[1] !== "F")) {
    throw fault(file, "expected BatchNormalization behind a layer of as many outputs");
  }
  layers.push(withBatchNorm(before, { gamma, beta, mean, variance, epsilon: node.attributes.get("epsilon")?.f ?? 1e-5 }));
}

/** Stride, padding and dilation of a window along the positions. */
function windowOf(chain: Chain, node: OnnxNode): { kernel?: number; stride: number; padding: number; dilation: number } {
  const { file } = chain;
  requireAxes(chain, node, "N,C,L");
  const { op, attributes } = node;
  const automatic = attributes.get("auto_pad")?.s ?? "NOTSET";
  if (automatic !== "NOTSET" && automatic !== "") throw fault(file, `expected ${op} with pads, found auto_pad ${shownName(automatic)}`);
  const [before = 0, after = before] = attributes.get("pads")?.ints ?? [];
  if (before !== after) throw fault(file, `expected ${op} with as much padding on both sides, found ${before} and ${after}`);
  const one = (name: string, absent?: number) => attributes.get(name)?.ints?.[0] ?? absent;
  const kernel = one("kernel_shape");
  return {
    ...(kernel !== undefined && { kernel }),
    stride: one("strides", 1) as number,
    padding: before,
    dilation: one("dilations", 1) as number,
  };
}

function convolution(chain: Chain, node: OnnxNode): void {
  const { file, layers } = chain;
  const { name, shape, data: weight } = constant(chain, node, 1);
  const [outputs = 0, inputs = 0, kernel = 0] = shape;
  if (shape.length !== 3) throw fault(file, `expected the weights ${shownName(name)} of a Conv along one axis, found the shape [${shape}]`);
  requireAttribute(file, node, "group", 1);
  const { stride, padding, dilation } = windowOf(chain, node);
  const bias = node.inputs[2] ? constant(chain, node, 2).data : undefined;
  layers.push({ kind: "conv1d", inputs, outputs, kernel, stride, padding, dilation, weight, ...(bias && { bias }) });
}

function pool(kind: "max-pool" | "mean-pool"): Read {
  return (chain, node) => {
    const { file, layers } = chain;
    const { kernel: window, stride, padding } = windowOf(chain, node);
    if (window === undefined) throw fault(file, `expected ${node.op} with a kernel_shape`);
    requireAttribute(file, node, "ceil_mode", 0);
    requireAttribute(file, node, "dilations", 1);
    if (kind === "mean-pool" && padding > 0 && node.attributes.get("count_include_pad")?.i !== 1) {
      throw fault(file, "expected AveragePool with padding to count it, found count_include_pad 0");
    }
    layers.push({ kind, window, stride, ...(padding > 0 && { padding }) });
  };
}

function globalPool(kind: "max-pool" | "mean-pool"): Read {
  return (chain, node) => {
    requireAxes(chain, node, "N,C,L");
    chain.layers.push({ kind });
    chain.axes = ["N", "F", "1"];
  };
}

function reduce(kind: "max-pool" | "mean-pool"): Read {
  return (chain, node) => {
    const { file, axes, layers } = chain;
    const reduced = (listOf(chain, node, "axes", 1) ?? axes.map((_, n) => n)).map((axis) => (axis < 0 ? axis + axes.length : axis));
    const labels = reduced.map((axis) => axes[axis]);
    if (!labels.includes("L") || !labels.every((label) => label === "L" || label === "1")) {
      throw fault(file, `expected ${node.op} over all positions, found the axes ${reduced}`);
    }
    const keeps = (node.attributes.get("keepdims")?.i ?? 1) === 1;
    layers.push({ kind });
    chain.axes = axes.flatMap((axis, n) => (reduced.includes(n) ? (keeps ? ["1"] : []) : [axis === "C" ? "F" : axis]));
  };
}

/** @throws WebgfnError `file` unless an operator reads the symbols of a sequence, with these axes. */
function requireSymbols(chain: Chain, node: OnnxNode, wanted: string): void {
  requireAxes(chain, node, wanted);
  if (chain.layers.length > 0) throw fault(chain.file, `expected ${node.op} to read the model's input`);
}

function embed(chain: Chain, rows: number, width: number, weight: readonly number[]): void {
  chain.layers.push({ kind: "embedding", rows, width, weight });
  chain.axes = ["N", "L", "C"];
}

function gather(chain: Chain, node: OnnxNode): void {
  const { file, current } = chain;
  requireSymbols(chain, node, "N,F");
  requireAttribute(file, node, "axis", 0);
  const { name, shape, data } = constant(chain, node, 0);
  const [rows = 0, width = 0] = shape;
  if (shape.length !== 2 || node.inputs[1] !== current)
    throw fault(file, `expected Gather of rows of a matrix, found ${shownName(name)} of the shape [${shape}]`);
  embed(chain, rows, width, data);
}

/** One channel for each symbol: an embedding with unit vectors. */
function units(chain: Chain, count: number): void {
  embed(
    chain,
    count,
    count,
    Array.from({ length: count * count }, (_, n) => (n % (count + 1) === 0 ? 1 : 0)),
  );
}

function oneHot(chain: Chain, node: OnnxNode): void {
  const { file } = chain;
  requireSymbols(chain, node, "N,F");
  const axis = node.attributes.get("axis")?.i ?? -1;
  const [depth = 0, values] = [constant(chain, node, 1).data[0], constant(chain, node, 2).data];
  if ((axis !== -1 && axis !== 2) || values.join() !== "0,1") throw fault(file, "expected OneHot of zeros and ones along a last axis");
  units(chain, depth);
}

/** PyTorch's other notation of one-hot: x[:, :, None] == arange(symbols). */
function equal(chain: Chain, node: OnnxNode): void {
  requireSymbols(chain, node, "N,F,1");
  const { data } = constant(chain, node, node.inputs[0] === chain.current ? 1 : 0);
  if (data.some((value, n) => value !== n)) throw fault(chain.file, "expected Equal to compare symbols with 0, 1, 2, …");
  units(chain, data.length);
}

function transpose(chain: Chain, { attributes }: OnnxNode): void {
  const { axes, file } = chain;
  const order = attributes.get("perm")?.ints ?? axes.map((_, n) => axes.length - 1 - n);
  if (order[0] !== 0 || order.length !== axes.length || order.some((from) => axes[from] === undefined)) {
    throw fault(file, `expected Transpose to leave the first axis, found perm ${order}`);
  }
  chain.axes = order.map((from) => axes[from] as Axis);
}

/** Flattens all numbers of an object into one list, in the order of the axes. */
function flattenAxes(chain: Chain): void {
  const named = chain.axes.filter((axis) => axis === "C" || axis === "L");
  if (named.length > 0) chain.layers.push({ kind: "flatten", order: named[0] === "C" ? "channels" : "positions" });
  chain.axes = ["N", "F"];
}

function flatten(chain: Chain, node: OnnxNode): void {
  requireAttribute(chain.file, node, "axis", 1);
  flattenAxes(chain);
}

function reshape(chain: Chain, node: OnnxNode): void {
  const { file, axes, layers } = chain;
  const { data: shape } = constant(chain, node, 1);
  if (shape.length <= 2) flattenAxes(chain);
  // The environments' features are ordered position by position.
  else if (shape.length === 3 && axes.join() === "N,F" && layers.length === 0) chain.axes = ["N", "L", "C"];
  else throw fault(file, `expected Reshape to one list of numbers, found the shape [${shape}]`);
}

function squeeze(chain: Chain, node: OnnxNode): void {
  const { axes } = chain;
  const given = listOf(chain, node, "axes", 1)?.map((axis) => (axis < 0 ? axis + axes.length : axis));
  const isLeft = (axis: Axis, n: number) => axis !== "1" || (given !== undefined && !given.includes(n));
  const hasPositions = given?.some((n) => axes[n] === "L" || axes[n] === "C") ?? false;
  // One position without an axis is a list of channels. The next layer's inputs verify that it is one position.
  if (hasPositions) flattenAxes(chain);
  else chain.axes = axes.filter(isLeft);
}

function unsqueeze(chain: Chain, node: OnnxNode): void {
  const given = listOf(chain, node, "axes", 1) ?? [];
  const rank = chain.axes.length + given.length;
  const places = given.map((axis) => (axis < 0 ? axis + rank : axis));
  const rest = [...chain.axes];
  chain.axes = Array.from({ length: rank }, (_, n) => (places.includes(n) ? "1" : (rest.shift() ?? "1")));
}

function fault(file: ObjectBytes, message: string): WebgfnError {
  return new WebgfnError("file", `${file.name}: ${message}`);
}
