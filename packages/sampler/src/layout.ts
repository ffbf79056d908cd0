import type { Environment } from "@webgfn/envs";
import type { Fit, Head, Layer, Network } from "./network.js";

/**
 * Sizes of a layer, and its start: weights uniform in ±bound (default 1/√inputs), biases drawn like the weights, or all at
 * `initialBias`.
 */
export interface LayerSize {
  /** Number of inputs; 0 for a vector of trained numbers. */
  inputs: number;
  /** Number of outputs. */
  outputs: number;
  /** Initial weights are uniform in ±bound. Default 1/√inputs. */
  bound?: number;
  /** Initial value of all biases. Default: they are drawn like the weights. */
  initialBias?: number;
}

export const vec4s = (count: number): number => Math.ceil(count / 4);

/** An array of offsets or sizes, as a WGSL expression. */
export const wgslArray = (values: readonly number[]): string =>
  `array<u32, ${values.length}>(${values.map((value) => `${value}u`).join(", ")})`;

/**
 * Lays out dense layers one after another in the weights. The caller fills in `input` and `delta`, the offsets of their activations in a
 * record.
 */
export function denseLayers(sizes: readonly LayerSize[]): {
  layers: Layer[];
  parameters4: number;
  weights4: number;
} {
  let parameters4 = 0;
  const layers = sizes.map(({ inputs, outputs, bound = 1 / Math.sqrt(inputs), initialBias }) => {
    const in4 = vec4s(inputs);
    const out4 = vec4s(outputs);
    const weight = parameters4;
    const bias = weight + 4 * in4 * out4;
    parameters4 = bias + out4;
    const start = initialBias === undefined ? {} : { initialBias };
    return { inputs, outputs, in4, out4, bound, ...start, weight, bias, transposed: 0, input: 0, delta: 0 };
  });
  let weights4 = parameters4;
  for (const layer of layers.slice(1)) {
    layer.transposed = weights4;
    weights4 += 4 * layer.in4 * layer.out4;
  }
  return { layers, parameters4, weights4 };
}

/**
 * The network's sizes and offsets as constants of the WGSL modules.
 *
 * @param record whether records are kept for a backward pass.
 */
export function networkConstants(network: Network, record = true): Record<string, number | string> {
  const { layers, parameters4, weights4, row4, memory4, score, width4, forward4, rowsPerTrajectory } = network;
  return {
    LAYERS: layers.length,
    IN4: wgslArray(layers.map((layer) => layer.in4)),
    OUT4: wgslArray(layers.map((layer) => layer.out4)),
    WEIGHT_OFFSET: wgslArray(layers.map((layer) => layer.weight)),
    BIAS_OFFSET: wgslArray(layers.map((layer) => layer.bias)),
    TRANSPOSED_OFFSET: wgslArray(layers.map((layer) => layer.transposed)),
    INPUT_OFFSET: wgslArray(layers.map((layer) => layer.input)),
    DELTA_OFFSET: wgslArray(layers.map((layer) => layer.delta)),
    SCORE_OFFSET: score,
    PARAMETERS4: parameters4,
    WEIGHTS4: weights4,
    ROW4: record ? row4 : memory4,
    TILE_WIDTH4: width4,
    FORWARD4: forward4,
    ROWS: rowsPerTrajectory,
    ...network.constants,
  };
}

/** The layout of a network of dense layers: {@link Fit} without its WGSL modules. */
type DenseFit = Omit<Fit, "wgsl" | "backward" | "isChain">;

/**
 * Lays out a network of dense layers with one record per evaluation: the inputs of all layers, then the gradients of their outputs, then the
 * policy's `extra` numbers. The outputs of the last layer are those of the network, so the delta of this layer is the gradient of log p by
 * the outputs.
 *
 * @param width smallest length of a row in each half of the workgroup's activations. Default: the outputs of the widest layer.
 */
export function denseFit(
  { horizon }: Pick<Environment, "horizon">,
  { backward }: Pick<Head, "backward">,
  sizes: readonly LayerSize[],
  { extra = 0, width = 0 } = {},
): DenseFit {
  const { layers, parameters4, weights4 } = denseLayers(sizes);
  let row4 = 0;
  for (const layer of layers) {
    layer.input = row4;
    row4 += layer.in4;
  }
  for (const layer of layers) {
    layer.delta = row4;
    row4 += layer.out4;
  }
  return {
    layers,
    parameters4,
    weights4,
    row4: row4 + vec4s(extra),
    memory4: 0,
    score: (layers.at(-1) as Layer).delta,
    width4: Math.max(vec4s(width), ...layers.map((layer) => layer.out4)),
    rowBytes: 0,
    // One evaluation per action, plus one for the final object if p_B is learned.
    rowsPerTrajectory: horizon + (backward === "learned" ? 1 : 0),
    constants: {},
  };
}
