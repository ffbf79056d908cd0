import type { Head, Layer, Network } from "./network.js";

/** Sizes of a layer, and how it starts: weights uniform in ±bound (default 1/√inputs), biases alike or at a constant. */
export interface LayerSize {
  inputs: number;
  outputs: number;
  bound?: number;
  initialBias?: number;
}

export const vec4s = (count: number): number => Math.ceil(count / 4);

/** An array of offsets or sizes, as WGSL. */
export const wgslArray = (values: readonly number[]): string =>
  `array<u32, ${values.length}>(${values.map((value) => `${value}u`).join(", ")})`;

/** Dense layers one after another in the weights; where their activations go is left to fill in. */
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

/**
 * Puts into every record the inputs of all layers, then the deltas of their outputs, then `extra` numbers of the policy's own.
 * The outputs of the network are those of the last layer, so that their score is its delta.
 */
export function chainedRecord(layers: readonly Layer[], extra = 0): { row4: number; score: number; extra4: number } {
  let row4 = 0;
  for (const layer of layers) {
    layer.input = row4;
    row4 += layer.in4;
  }
  for (const layer of layers) {
    layer.delta = row4;
    row4 += layer.out4;
  }
  return { row4: row4 + vec4s(extra), score: (layers.at(-1) as Layer).delta, extra4: row4 };
}

/** Evaluations of a policy along a trajectory: one per action, and with a learned p_B one for the object at its end. */
export function evaluationsPerTrajectory({ horizon }: { horizon: number }, { backward }: Pick<Head, "backward">): number {
  return horizon + (backward === "learned" ? 1 : 0);
}
