/** Networks as rewards in float64, with PyTorch's definitions of the layers. */
import type { RewardLayer, RewardNetwork } from "@webgfn/envs";

type Kind = RewardLayer["kind"];
type Activation = Extract<Kind, "relu" | "leaky-relu" | "silu" | "tanh" | "sigmoid">;
type Layer<K extends Kind> = Extract<RewardLayer, { kind: K }>;

const ACTIVATIONS: Readonly<Record<Activation, (x: number, slope: number) => number>> = {
  relu: (x) => Math.max(0, x),
  "leaky-relu": (x, slope) => (x > 0 ? x : slope * x),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

export const rewardActivations = Object.keys(ACTIVATIONS) as Activation[];

/** [channel][position], or a list of numbers. */
type Value = number[][] | number[];

/**
 * The network's number for the features of an object.
 *
 * @param channels features of each position, for a network whose first layer reads positions. Default: all.
 */
export function rewardNumber({ layers }: RewardNetwork, features: readonly number[], channels = features.length): number {
  const grid = () => range(channels).map((c) => range(features.length / channels).map((p) => features[p * channels + c]!));
  let value: Value | undefined;
  // PyTorch stores features and embeddings as [position][channel], and everything else as [channel][position].
  let channelsFirst = false;
  for (const layer of layers) {
    switch (layer.kind) {
      case "linear":
        value = linear(layer, (value as number[] | undefined) ?? features);
        break;
      case "conv1d":
        value = convolution(layer, (value as number[][] | undefined) ?? grid());
        channelsFirst = true;
        break;
      case "embedding": {
        const rows = range(features.length / channels).map((p) => embedded(layer, features.slice(p * channels, (p + 1) * channels)));
        value = range(layer.width).map((o) => rows.map((row) => row[o]!));
        break;
      }
      case "max-pool":
      case "mean-pool":
        value = pooled(layer, (value as number[][] | undefined) ?? grid());
        channelsFirst = true;
        break;
      case "flatten": {
        const from: Value = value ?? grid();
        if (!isGrid(from)) break;
        const byChannel = layer.order === undefined ? channelsFirst : layer.order === "channels";
        value = byChannel ? from.flat() : range(from[0]!.length).flatMap((p) => from.map((channel) => channel[p]!));
        break;
      }
      default: {
        const { kind, slope = 0.01 } = layer;
        const each = (x: number) => ACTIVATIONS[kind](x, slope);
        value = isGrid(value!) ? value.map((channel) => channel.map(each)) : (value as number[]).map(each);
      }
    }
  }
  return (value as Value).flat()[0]!;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
const largest = (numbers: readonly number[]): number => numbers.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
const isGrid = (value: Value): value is number[][] => Array.isArray(value[0]);

function linear({ inputs, outputs, weight, bias }: Layer<"linear">, x: readonly number[]): number[] {
  return range(outputs).map((o) => (bias?.[o] ?? 0) + sum(range(inputs).map((i) => x[i]! * weight[o * inputs + i]!)));
}

function convolution(layer: Layer<"conv1d">, x: number[][]): number[][] {
  const { outputs, kernel, stride = 1, padding = 0, dilation = 1, weight, bias } = layer;
  const zeros = new Array<number>(padding).fill(0);
  const padded = x.map((channel) => [...zeros, ...channel, ...zeros]);
  const count = Math.floor((padded[0]!.length - dilation * (kernel - 1) - 1) / stride) + 1;
  return range(outputs).map((o) =>
    range(count).map((q) => {
      const products = padded.flatMap((channel, i) =>
        range(kernel).map((t) => channel[q * stride + t * dilation]! * weight[(o * padded.length + i) * kernel + t]!),
      );
      return (bias?.[o] ?? 0) + sum(products);
    }),
  );
}

/** The row of the symbol whose feature is 1. If none is 1, the row after those of the symbols, or zeros. */
function embedded({ rows, width, weight }: Layer<"embedding">, features: readonly number[]): number[] {
  const symbol = features.includes(1) ? features.indexOf(1) : features.length;
  return range(width).map((o) => (symbol < rows ? weight[symbol * width + o]! : 0));
}

function pooled({ kind, window, stride, padding = 0 }: Layer<"max-pool" | "mean-pool">, x: number[][]): Value {
  if (window === undefined) return x.map((channel) => (kind === "max-pool" ? largest(channel) : sum(channel) / channel.length));
  const outside = new Array<number>(padding).fill(kind === "max-pool" ? Number.NEGATIVE_INFINITY : 0);
  return x.map((channel) => {
    const padded = [...outside, ...channel, ...outside];
    const step = stride ?? window;
    return range(Math.floor((padded.length - window) / step) + 1).map((q) => {
      const inside = padded.slice(q * step, q * step + window);
      return kind === "max-pool" ? largest(inside) : sum(inside) / window;
    });
  });
}
