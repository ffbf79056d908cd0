import type { LinearWeights } from "@webgfn/sampler";
import type { Trainer } from "@webgfn/trainer";

/**
 * Weights of the same policy at another temperature: the weights of the last layer's logits, divided by the temperature. For a mixture of
 * Gaussians over a coordinate, these are the logits of the components, not their means and widths.
 */
export function temperedWeights(trainer: Trainer, weights: readonly LinearWeights[], temperature: number): LinearWeights[] {
  const { actionSpace } = trainer.options.environment;
  const last = weights.length - 1;
  return weights.map((layer, l) => {
    if (l !== last || temperature === 1) return layer;
    const outputs = layer.bias.length;
    const logits = actionSpace === "continuous" ? (trainer.network.head.constants["COMPONENTS"] as number) : outputs;
    const inputs = layer.weight.length / outputs;
    return {
      weight: layer.weight.map((value, k) => (k < logits * inputs ? value / temperature : value)),
      bias: layer.bias.map((value, k) => (k < logits ? value / temperature : value)),
    };
  });
}
