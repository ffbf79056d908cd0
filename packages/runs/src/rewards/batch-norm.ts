import type { ConvolutionLayer, LinearLayer } from "@webgfn/envs";

/** A batch norm at inference: y = γ (x − mean) / √(variance + ε) + β, number by number. */
interface BatchNorm {
  gamma: ArrayLike<number>;
  beta: ArrayLike<number>;
  mean: ArrayLike<number>;
  variance: ArrayLike<number>;
  epsilon: number;
}

/** Merges a linear layer or a convolution and the batch norm after it into one layer. */
export function withBatchNorm<L extends LinearLayer | ConvolutionLayer>(layer: L, { gamma, beta, mean, variance, epsilon }: BatchNorm): L {
  const { outputs, weight, bias } = layer;
  const factor = Array.from({ length: outputs }, (_, o) => (gamma[o] as number) / Math.sqrt((variance[o] as number) + epsilon));
  const perOutput = weight.length / outputs;
  return {
    ...layer,
    weight: Array.from(weight, (value, n) => value * (factor[Math.floor(n / perOutput)] as number)),
    bias: factor.map((each, o) => each * ((bias?.[o] ?? 0) - (mean[o] as number)) + (beta[o] as number)),
  };
}
