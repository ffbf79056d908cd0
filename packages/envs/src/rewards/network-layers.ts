import { argumentError, inBrief, requireArgument } from "@webgfn/tensor/internal";

/** A linear layer in the layout of `nn.Linear`. */
export interface LinearLayer {
  /** Tells it from other layers. */
  kind: "linear";
  /** Number of inputs. */
  inputs: number;
  /** Number of outputs. */
  outputs: number;
  /** Weights `[outputs · inputs]`, row by row. */
  weight: ArrayLike<number>;
  /** [outputs]. Default: zeros. */
  bias?: ArrayLike<number>;
}

/** A convolution along the positions of a sequence, in the layout of `nn.Conv1d` with one group. */
export interface ConvolutionLayer {
  /** Tells it from other layers. */
  kind: "conv1d";
  /** Channels of its input. */
  inputs: number;
  /** Channels of its output. */
  outputs: number;
  /** Positions that one output reads. */
  kernel: number;
  /** Distance between the inputs of neighbouring outputs. Default 1. */
  stride?: number;
  /** Zeros on both sides. Default 0. */
  padding?: number;
  /** Distance of the positions that one output reads. Default 1. */
  dilation?: number;
  /** Weights `[outputs · inputs · kernel]`. */
  weight: ArrayLike<number>;
  /** [outputs]. Default: zeros. */
  bias?: ArrayLike<number>;
}

/** The largest or mean number of each channel, in windows; without a `window`, over all positions. */
export interface PoolLayer {
  /** The largest number, or the mean. */
  kind: "max-pool" | "mean-pool";
  /** Positions of a window. Default: all positions, which leaves one number per channel. */
  window?: number;
  /** Distance between windows. Default: the window's size. */
  stride?: number;
  /** Padding on both sides, at most half a window. A mean counts it as zeros, as `nn.AvgPool1d` does. Default 0. */
  padding?: number;
}

/** A vector for the symbol at each position, in the layout of `nn.Embedding`. It must be the first layer. */
export interface EmbeddingLayer {
  /** Tells it from other layers. */
  kind: "embedding";
  /** Number of vectors: one for each symbol, and optionally a last one for positions without a symbol, which are otherwise zeros. */
  rows: number;
  /** Length of a vector. */
  width: number;
  /** Vectors `[rows · width]`. */
  weight: ArrayLike<number>;
}

/** Turns channels and positions into one list of numbers, for a linear layer. */
export interface FlattenLayer {
  /** Tells it from other layers. */
  kind: "flatten";
  /**
   * Which index is the outer one. Default: PyTorch's order: `positions` for features and after an embedding ([N, L, C]), `channels` after a
   * convolution or a pool ([N, C, L]).
   */
  order?: "channels" | "positions";
}

/** An activation function, applied to each number. */
export interface ActivationLayer {
  kind: "relu" | "leaky-relu" | "silu" | "tanh" | "sigmoid";
  /** Slope of a leaky ReLU below 0. Default 0.01. */
  slope?: number;
}

/** A layer of a {@link RewardNetwork}. */
export type RewardLayer = LinearLayer | ConvolutionLayer | PoolLayer | EmbeddingLayer | FlattenLayer | ActivationLayer;

/** A network from the features of an object to one number. */
export interface RewardNetwork {
  /** The layers in their order; the last one has one output. */
  layers: readonly RewardLayer[];
}

const KINDS: Readonly<Record<RewardLayer["kind"], true>> = {
  linear: true,
  conv1d: true,
  embedding: true,
  "max-pool": true,
  "mean-pool": true,
  flatten: true,
  relu: true,
  "leaky-relu": true,
  silu: true,
  tanh: true,
  sigmoid: true,
};

/** Largest size in a layer, so that products of sizes stay exact. */
const LARGEST = 2 ** 20;

/**
 * Checks the layers one by one: their kinds, sizes and weights. Whether they fit each other depends on the features and is checked later.
 *
 * @throws WebgfnError `argument` that names the first invalid layer.
 */
export function requireNetwork(network: RewardNetwork): void {
  requireArgument.object("a network", network);
  const { layers } = network;
  requireArgument.list("the layers of a network", layers);
  layers.forEach((layer, n) => {
    requireArgument.object(`layer ${n} of a network`, layer);
    if (typeof layer.kind !== "string" || !Object.hasOwn(KINDS, layer.kind)) {
      throw argumentError(`layer ${n} is ${inBrief(layer.kind)}, and must be ${Object.keys(KINDS).join(", ")}`);
    }
    const size = (what: string, value: unknown, least: number): void => {
      if (value === undefined || (Number.isInteger(value) && (value as number) >= least && (value as number) <= LARGEST)) return;
      throw argumentError(`layer ${n} (${layer.kind}) has the ${what} ${inBrief(value)}, and it must be a whole number from ${least} on`);
    };
    const needed = (what: string, value: unknown): void => size(what, value ?? null, 1);
    if (layer.kind === "linear" || layer.kind === "conv1d") {
      const { inputs, outputs, weight, bias } = layer;
      needed("number of inputs", inputs);
      needed("number of outputs", outputs);
      if (layer.kind === "conv1d") {
        needed("kernel", layer.kernel);
        size("stride", layer.stride, 1);
        size("padding", layer.padding, 0);
        size("dilation", layer.dilation, 1);
      }
      requireNumbers(n, "weights", weight, layer.kind === "linear" ? [outputs, inputs] : [outputs, inputs, layer.kernel]);
      if (bias !== undefined) requireNumbers(n, "biases", bias, [outputs]);
    } else if (layer.kind === "embedding") {
      needed("number of rows", layer.rows);
      needed("width", layer.width);
      requireNumbers(n, "weights", layer.weight, [layer.rows, layer.width]);
    } else if (layer.kind === "max-pool" || layer.kind === "mean-pool") {
      size("window", layer.window, 1);
      size("stride", layer.stride, 1);
      size("padding", layer.padding, 0);
      const { window, stride, padding = 0 } = layer;
      if (window === undefined && (stride !== undefined || padding > 0)) {
        throw argumentError(`layer ${n} (${layer.kind}) has a stride or a padding, and no window`);
      }
      // Otherwise a window could lie entirely in the padding.
      if (window !== undefined && padding > window / 2) {
        throw argumentError(`layer ${n} (${layer.kind}) has the padding ${padding}, more than half its window of ${window}`);
      }
    } else if (layer.kind === "flatten") {
      if (layer.order !== undefined && layer.order !== "channels" && layer.order !== "positions") {
        throw argumentError(`layer ${n} (flatten) has the order ${inBrief(layer.order)}, and it must be channels or positions`);
      }
    } else if ("slope" in layer && layer.slope !== undefined && !Number.isFinite(layer.slope)) {
      throw argumentError(`layer ${n} (${layer.kind}) has the slope ${inBrief(layer.slope)}, not a finite number`);
    }
  });
}

function requireNumbers(n: number, what: string, values: ArrayLike<number>, shape: readonly number[]): void {
  if (values?.length !== shape.reduce((product, extent) => product * extent, 1)) {
    throw argumentError(`layer ${n} has ${values?.length ?? "no"} ${what}, and ${shape.join(" × ")} are needed`);
  }
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(Math.fround(values[k] as number))) {
      throw argumentError(`layer ${n} holds a weight that is ${inBrief(values[k])}, not a finite number`);
    }
  }
}

/** The shape of a network, which all networks of an ensemble must share. */
export function shapeOf({ layers }: RewardNetwork): string {
  return JSON.stringify(layers.map((layer) => ({ ...layer, weight: 0, bias: 0 })));
}
