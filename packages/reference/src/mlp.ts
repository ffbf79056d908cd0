/**
 * The policy network: a multilayer perceptron with LeakyReLU between its layers and none after the last,
 * followed by a softmax over the allowed actions (method.md section 4).
 */
import { logSumExp } from "./vectors.js";

export interface Layer {
  /** [out][in] */
  weight: number[][];
  /** [out] */
  bias: number[];
}

export interface Mlp {
  layers: Layer[];
}

/** PyTorch's default. */
export const LEAKY_SLOPE = 0.01;

function leakyRelu(value: number): number {
  return value > 0 ? value : LEAKY_SLOPE * value;
}

/** At exactly 0 this is the lower slope, as in PyTorch; it matters if features and bias are all 0. */
function leakyReluSlope(value: number): number {
  return value > 0 ? 1 : LEAKY_SLOPE;
}

/** The inputs of each layer, and its outputs before the activation. */
interface LayerTrace {
  input: number[];
  output: number[];
}

function affine(layer: Layer, input: readonly number[]): number[] {
  return layer.weight.map((row, out) => {
    if (row.length !== input.length) throw new Error(`A layer takes ${row.length} inputs, not ${input.length}.`);
    let total = layer.bias[out]!;
    row.forEach((weight, i) => {
      total += weight * input[i]!;
    });
    return total;
  });
}

function traceForward(mlp: Mlp, features: readonly number[]): LayerTrace[] {
  const traces: LayerTrace[] = [];
  let input = [...features];
  for (const layer of mlp.layers) {
    const output = affine(layer, input);
    traces.push({ input, output });
    input = output.map(leakyRelu);
  }
  return traces;
}

/** The network's raw outputs, one for each action. */
export function logits(mlp: Mlp, features: number[]): number[] {
  return traceForward(mlp, features).at(-1)!.output;
}

function maskedLogSoftmax(values: readonly number[], allowed: readonly boolean[]): number[] {
  const normaliser = logSumExp(values.filter((_, action) => allowed[action]));
  return values.map((value, action) => (allowed[action] ? value - normaliser : -Infinity));
}

/** log p(action) under the softmax over the allowed actions; -Infinity for the others. */
export function logProbabilities(mlp: Mlp, features: number[], allowed: boolean[]): number[] {
  return maskedLogSoftmax(logits(mlp, features), allowed);
}

/**
 * The gradient of log p(action) with respect to every parameter, in the order of `flatten`.
 * It starts from d log p(action) / d logit_j = [j = action] - p(j), which is 0 for masked j.
 */
export function scoreGradient(mlp: Mlp, features: number[], allowed: boolean[], action: number): Float64Array {
  if (!allowed[action]) throw new Error(`Action ${action} is not allowed here: its log probability has no gradient.`);
  const logProbability = logProbabilities(mlp, features, allowed);
  return parameterGradient(
    mlp,
    features,
    logProbability.map((value, j) => (j === action ? 1 : 0) - Math.exp(value)),
  );
}

/**
 * The gradient of a function of the raw outputs with respect to every parameter, in the order of `flatten`, computed from its gradient with
 * respect to the outputs by backpropagation.
 */
export function parameterGradient(mlp: Mlp, features: number[], outputGradient: readonly number[]): Float64Array {
  const traces = traceForward(mlp, features);

  // The gradient with respect to the current layer's output, before its activation.
  let delta = [...outputGradient];
  const perLayer: number[][] = [];
  for (let index = mlp.layers.length - 1; index >= 0; index--) {
    const { input } = traces[index]!;
    const weightGradient = delta.map((outer) => input.map((inner) => outer * inner));
    perLayer.unshift([...weightGradient.flat(), ...delta]);

    if (index === 0) break;
    const { weight } = mlp.layers[index]!;
    const below = traces[index - 1]!.output;
    delta = below.map((value, i) => {
      let total = 0;
      delta.forEach((outer, out) => {
        total += outer * weight[out]![i]!;
      });
      return total * leakyReluSlope(value);
    });
  }
  return Float64Array.from(perLayer.flat());
}

export function parameterCount(mlp: Mlp): number {
  return flatten(mlp).length;
}

/** Layer by layer: the weights row-major [out][in], then the biases. */
export function flatten(mlp: Mlp): Float64Array {
  return Float64Array.from(mlp.layers.flatMap((layer) => [...layer.weight.flat(), ...layer.bias]));
}

/** The inverse of `flatten`: a new network with the shape of `shape` and these parameters. */
export function unflatten(shape: Mlp, parameters: Float64Array): Mlp {
  if (parameters.length !== parameterCount(shape)) {
    throw new Error(`This network has ${parameterCount(shape)} parameters, not ${parameters.length}.`);
  }
  let next = 0;
  const take = (): number => parameters[next++]!;
  return {
    layers: shape.layers.map((layer) => {
      const weight = layer.weight.map((row) => row.map(take));
      const bias = layer.bias.map(take);
      return { weight, bias };
    }),
  };
}

/**
 * A network with layer sizes `[features, hidden..., actions]`; weights and biases uniform on
 * ±1/sqrt(fan in), PyTorch's default for a linear layer. Drawn in the order of `flatten`.
 */
export function randomMlp(sizes: number[], random: () => number): Mlp {
  const layers = sizes.slice(1).map((out, index) => {
    const fanIn = sizes[index]!;
    const draw = (): number => (2 * random() - 1) / Math.sqrt(fanIn);
    const weight = Array.from({ length: out }, () => Array.from({ length: fanIn }, draw));
    const bias = Array.from({ length: out }, draw);
    return { weight, bias };
  });
  return { layers };
}
