/** Networks as rewards: an MLP from the features of an object to one number. */

interface Linear {
  kind: "linear";
  inputs: number;
  outputs: number;
  /** [outputs * inputs], row by row. */
  weight: ArrayLike<number>;
  bias?: ArrayLike<number>;
}

type Activation = "relu" | "leaky-relu" | "silu" | "tanh" | "sigmoid";

const ACTIVATIONS: Readonly<Record<Activation, (x: number, slope: number) => number>> = {
  relu: (x) => Math.max(0, x),
  "leaky-relu": (x, slope) => (x > 0 ? x : slope * x),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

export const rewardActivations = Object.keys(ACTIVATIONS) as Activation[];

export interface ReferenceRewardNetwork {
  layers: readonly (Linear | { kind: Activation; slope?: number })[];
}

/** The network's number for the features of an object. */
export function rewardNumber({ layers }: ReferenceRewardNetwork, features: readonly number[]): number {
  let numbers = [...features];
  for (const layer of layers) {
    const before = numbers;
    if (layer.kind === "linear") {
      const { inputs, outputs, weight, bias } = layer;
      numbers = Array.from({ length: outputs }, (_, o) => before.reduce((sum, x, i) => sum + x * weight[o * inputs + i]!, bias?.[o] ?? 0));
    } else {
      const { kind, slope = 0.01 } = layer;
      numbers = before.map((x) => ACTIVATIONS[kind](x, slope));
    }
  }
  return numbers[0]!;
}
