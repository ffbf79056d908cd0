import type { LinearWeights } from "@webgfn/sampler";
import type { Trainer } from "@webgfn/trainer";

/**
 * Weights of the policy whose logits are divided by a temperature: the last layer's, divided. Of a mixture over a coordinate
 * only the components' logits are, not their means and widths.
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
