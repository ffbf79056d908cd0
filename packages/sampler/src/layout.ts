import type { Head } from "./head.js";
import type { Policy } from "./policy.js";

/** One dense layer in the GPU's layout. Offsets and padded widths count vec4s; weights are [in][out], padded with zeros. */
export interface Layer {
  inputs: number;
  outputs: number;
  in4: number;
  out4: number;
  /** Initial weights are uniform in ±bound. */
  bound: number;
  /** What biases start at, where they are not drawn like the weights. */
  initialBias?: number;
  /** Offset of W in a replica's weights. */
  weight: number;
  /** Offset of b in a replica's weights. */
  bias: number;
  /** Offset of Wᵀ in a replica's weights; the first layer has none. */
  transposed: number;
  /** Offset of the layer's input in a record. */
  input: number;
  /** Offset of the gradient of the layer's output in a record. */
  delta: number;
}

/** The backward pass of a policy: a WGSL kernel that turns the deltas of the outputs into those of every layer. */
export interface BackwardPass {
  /** The kernel's module, such as `trainer/mlp_backward`. */
  root: string;
  /** Its text, unless the trainer brings it. */
  wgsl?: string;
  /** What a row of its tile is: one evaluation of the policy, or all those of a trajectory, one after another. */
  unit: "evaluation" | "trajectory";
}

/** How a policy is laid out for an environment and a head. */
export interface Fit {
  /** The WGSL module `package::policy`. */
  wgsl: string;
  backward: BackwardPass;
  /**
   * Whether the layers follow one another, from the features to the outputs, with LeakyReLU between. Such a network can be evaluated
   * layer by layer, and on the host.
   */
  isChain: boolean;
  layers: readonly Layer[];
  /** vec4s of weights that are trained, per replica. */
  parameters4: number;
  /** vec4s of weights with their transposed copies, per replica. */
  weights4: number;
  /** vec4s of a record: what the layers read, their deltas, and the gradient of the outputs. */
  row4: number;
  /** vec4s of a record where there is no backward pass: what the policy itself reads again, all of it at the front. */
  memory4: number;
  /** Offset in a record of the gradient of log p with respect to the outputs. */
  score: number;
  /** vec4s of the widest row of activations, for workgroup memory. */
  width4: number;
  /** Further bytes of workgroup memory for each row of a tile. */
  rowBytes: number;
  /** Records of a trajectory: one per evaluation of the policy. */
  rowsPerTrajectory: number;
  /** What else the policy's WGSL modules import. */
  constants: Readonly<Record<string, number | string>>;
}

/** A policy fitted to an environment's features and actions: where every weight and every activation lives. */
export interface Network extends Fit {
  policy: Policy;
  head: Head;
  /** vec4s of the outputs for p_F; with a learned p_B as many follow for it. */
  forward4: number;
}

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
