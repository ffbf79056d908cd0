import type { LinearLayer, RewardNetwork } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { shownName } from "@webgfn/tensor/internal";
import type { ObjectBytes } from "../objects/found-object.js";
import { withBatchNorm } from "./batch-norm.js";
import { type OnnxNode, type OnnxTensor, readOnnx } from "./onnx-model.js";

type Layer = RewardNetwork["layers"][number];

/** Operators that keep the numbers of one object in their order. */
const PASSED = ["Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast"];
const READ = ["Gemm", "MatMul", "Add", "BatchNormalization", "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Mul (as x · sigmoid(x))", ...PASSED];
const ACTIVATIONS: Readonly<Record<string, "relu" | "sigmoid" | "tanh">> = { Relu: "relu", Sigmoid: "sigmoid", Tanh: "tanh" };

/**
 * The network of an ONNX model: a chain of linear layers, batch norms and activations from one input to one output, as PyTorch exports an
 * MLP.
 *
 * @throws WebgfnError `file` that names the operator which is not read, or what else is wrong.
 */
export function onnxNetwork(file: ObjectBytes): RewardNetwork {
  const { nodes, constants, inputs, outputs } = readOnnx(file);
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0 || outputs.length !== 1) {
    throw fault(file, `expected a model with one input and one output, found ${inputs.length} and ${outputs.length}`);
  }
  const layers: Layer[] = [];
  let current = input;
  while (current !== outputs[0]) {
    const readers = nodes.filter((node) => node.inputs.includes(current));
    const next = silu(current, readers) ?? (readers.length === 1 ? readers[0] : undefined);
    if (next === undefined) throw fault(file, `expected a chain of operators, found ${readers.length} that read ${shownName(current)}`);
    if (layers.length > nodes.length) throw fault(file, "expected a chain of operators, found a circle");
    if (readers.length === 2) layers.push({ kind: "silu" });
    else append(file, layers, next, current, constants);
    current = next.outputs[0] as string;
  }
  return { layers };
}

/** The product of x · sigmoid(x), where exactly these two operators read x. */
function silu(current: string, readers: readonly OnnxNode[]): OnnxNode | undefined {
  const gate = readers.find(({ op }) => op === "Sigmoid");
  const product = readers.find(({ op, inputs }) => op === "Mul" && gate?.outputs[0] !== undefined && inputs.includes(gate.outputs[0]));
  return readers.length === 2 && product?.inputs.includes(current) === true ? product : undefined;
}

/** Adds what an operator does to the layers. */
function append(file: ObjectBytes, layers: Layer[], node: OnnxNode, current: string, constants: ReadonlyMap<string, OnnxTensor>): void {
  const { op, domain, attributes } = node;
  if (domain !== "" && domain !== "ai.onnx") throw notRead(file, `${domain}.${op}`);
  const constant = (at: number): OnnxTensor => {
    const found = constants.get(node.inputs[at] ?? "");
    if (found === undefined) throw fault(file, `expected constant weights for ${op}, found ${shownName(node.inputs[at] ?? "none")}`);
    return found;
  };
  const activation = ACTIVATIONS[op];
  if (PASSED.includes(op)) return;
  if (activation !== undefined) layers.push({ kind: activation });
  else if (op === "LeakyRelu") layers.push({ kind: "leaky-relu", slope: attributes.get("alpha")?.f ?? 0.01 });
  else if (op === "Gemm") {
    const [alpha, beta] = [attributes.get("alpha")?.f ?? 1, attributes.get("beta")?.f ?? 1];
    if ((attributes.get("transA")?.i ?? 0) !== 0 || node.inputs[0] !== current)
      throw fault(file, "expected Gemm to multiply by its weights from the right");
    const matrix = linear(file, constant(1), (attributes.get("transB")?.i ?? 0) === 1);
    const bias = node.inputs[2] ? constant(2).data.map((value) => beta * value) : undefined;
    layers.push({ ...matrix, weight: Array.from(matrix.weight, (value) => alpha * value), ...(bias && { bias }) });
  } else if (op === "MatMul") {
    if (node.inputs[0] !== current) throw fault(file, "expected MatMul to multiply by its weights from the right");
    layers.push(linear(file, constant(1), false));
  } else if (op === "Add") {
    const before = layers.pop();
    if (before?.kind !== "linear") throw fault(file, "expected Add behind a MatMul or Gemm, as its bias");
    const { data } = constant(node.inputs[0] === current ? 1 : 0);
    layers.push({
      ...before,
      bias: Array.from({ length: before.outputs }, (_, o) => (before.bias?.[o] ?? 0) + (data[o % data.length] as number)),
    });
  } else if (op === "BatchNormalization") {
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) => constant(at).data) as [number[], number[], number[], number[]];
    const before = layers.pop();
    if (before?.kind !== "linear" || gamma.length !== before.outputs)
      throw fault(file, "expected BatchNormalization behind a linear layer of as many outputs");
    layers.push(withBatchNorm(before, { gamma, beta, mean, variance, epsilon: attributes.get("epsilon")?.f ?? 1e-5 }));
  } else throw notRead(file, op);
}

/** A linear layer from its matrix, [outputs][inputs] or, as MatMul has it, [inputs][outputs]. */
function linear(file: ObjectBytes, { name, shape, data }: OnnxTensor, isTransposed: boolean): LinearLayer {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2) throw fault(file, `expected the weights ${shownName(name)} to be a matrix, found the shape [${shape}]`);
  const [inputs, outputs] = isTransposed ? [columns, rows] : [rows, columns];
  const weight = isTransposed
    ? data
    : Array.from({ length: data.length }, (_, n) => data[(n % inputs) * outputs + Math.floor(n / inputs)] as number);
  return { kind: "linear", inputs, outputs, weight };
}

function notRead(file: ObjectBytes, op: string): WebgfnError {
  return fault(file, `the operator ${shownName(op)} is not among those that are read: ${READ.join(", ")}`);
}

function fault(file: ObjectBytes, message: string): WebgfnError {
  return new WebgfnError("file", `${file.name}: ${message}`);
}
