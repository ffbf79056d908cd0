import { argumentError, inBrief, requireArgument } from "@webgfn/tensor/internal";

/** A linear layer as `nn.Linear` keeps it. */
export interface LinearLayer {
  /** Tells it from other layers. */
  kind: "linear";
  /** Numbers that it reads. */
  inputs: number;
  /** Numbers that it gives. */
  outputs: number;
  /** [outputs · inputs], row by row. */
  weight: ArrayLike<number>;
  /** [outputs]. Default: zeros. */
  bias?: ArrayLike<number>;
}

/** A convolution along the positions of a sequence as `nn.Conv1d` keeps it, in one group. */
export interface ConvolutionLayer {
  /** Tells it from other layers. */
  kind: "conv1d";
  /** Channels. */
  inputs: number;
  /** Channels of its output. */
  outputs: number;
  /** Positions that one output reads. */
  kernel: number;
  /** Default 1. */
  stride?: number;
  /** Zeros on both sides. Default 0. */
  padding?: number;
  /** Distance of the positions that one output reads. Default 1. */
  dilation?: number;
  /** [outputs · inputs · kernel]. */
  weight: ArrayLike<number>;
  /** [outputs]. Default: zeros. */
  bias?: ArrayLike<number>;
}

/** The largest or mean number of each channel: in windows, or of all positions where there is no `window`. */
export interface PoolLayer {
  /** The largest number, or the mean. */
  kind: "max-pool" | "mean-pool";
  /** Positions of a window. Default: all, which leaves one number a channel. */
  window?: number;
  /** Default: the window's size. */
  stride?: number;
  /** Positions on both sides, at most half a window; a mean counts them as zeros, as `nn.AvgPool1d` does. Default 0. */
  padding?: number;
}

/** A vector for the symbol of each position, as `nn.Embedding` keeps it. It must be the first layer. */
export interface EmbeddingLayer {
  /** Tells it from other layers. */
  kind: "embedding";
  /** Vectors: one for each symbol, and, if there is one more, the last for positions without a symbol, which are zeros otherwise. */
  rows: number;
  /** Numbers of a vector. */
  width: number;
  /** [rows · width]. */
  weight: ArrayLike<number>;
}

/** Channels and positions as one list of numbers, for a linear layer. */
export interface FlattenLayer {
  /** Tells it from other layers. */
  kind: "flatten";
  /**
   * Which index is the outer one. Default: PyTorch's, `positions` for features and behind an embedding ([N, L, C]), `channels` behind
   * a convolution or a pool ([N, C, L]).
   */
  order?: "channels" | "positions";
}

/** An activation, number by number. */
export interface ActivationLayer {
  kind: "relu" | "leaky-relu" | "silu" | "tanh" | "sigmoid";
  /** Of a leaky ReLU below 0. Default 0.01. */
  slope?: number;
}

/** A layer of a {@link RewardNetwork}. */
export type RewardLayer = LinearLayer | ConvolutionLayer | PoolLayer | EmbeddingLayer | FlattenLayer | ActivationLayer;

/** A network from the features of an object to one number. */
export interface RewardNetwork {
  /** The layers in their order; the last gives one number. */
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

/** Largest extent of anything in a layer, so that products of them stay exact. */
const LARGEST = 2 ** 20;

/**
 * What can be said of layers by themselves: their kinds, sizes and weights. Whether they fit each other is found where they meet the
 * features.
 *
 * @throws WebgfnError `argument` that names the first wrong layer.
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
      // Otherwise a window could lie in the padding alone.
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

/** What two networks of an ensemble must have in common. */
export function shapeOf({ layers }: RewardNetwork): string {
  return JSON.stringify(layers.map((layer) => ({ ...layer, weight: 0, bias: 0 })));
}
