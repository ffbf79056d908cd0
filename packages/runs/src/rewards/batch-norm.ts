import type { LinearLayer } from "@webgfn/envs";

/** A batch norm as it is applied: y = γ (x − mean) / √(variance + ε) + β, number by number. */
interface BatchNorm {
  gamma: ArrayLike<number>;
  beta: ArrayLike<number>;
  mean: ArrayLike<number>;
  variance: ArrayLike<number>;
  epsilon: number;
}

/** A linear layer with the batch norm behind it, as one linear layer. */
export function withBatchNorm(layer: LinearLayer, { gamma, beta, mean, variance, epsilon }: BatchNorm): LinearLayer {
  const { inputs, outputs, weight, bias } = layer;
  const factor = Array.from({ length: outputs }, (_, o) => (gamma[o] as number) / Math.sqrt((variance[o] as number) + epsilon));
  return {
    ...layer,
    weight: Array.from(weight, (value, n) => value * (factor[Math.floor(n / inputs)] as number)),
    bias: factor.map((each, o) => each * ((bias?.[o] ?? 0) - (mean[o] as number)) + (beta[o] as number)),
  };
}
