import type { LinearWeights } from "@webgfn/sampler";

/** PyTorch's default. */
const SLOPE = 0.01;

/** Logits of a multilayer perceptron with leaky ReLUs, in float32 as it was trained; of features, most of which are zero. */
export function logits(layers: readonly LinearWeights[], features: readonly number[]): Float32Array {
  let values: ArrayLike<number> = features;
  let outputs = new Float32Array();
  layers.forEach(({ weight, bias }, l) => {
    const width = values.length;
    const input = values;
    const set = Array.from({ length: width }, (_, i) => i).filter((i) => input[i] !== 0);
    outputs = Float32Array.from(bias, (start, o) => {
      let sum = start;
      for (const i of set) sum += (weight[o * width + i] as number) * (input[i] as number);
      return l === layers.length - 1 || sum > 0 ? sum : SLOPE * sum;
    });
    values = outputs;
  });
  return outputs;
}

/** log p of the allowed actions under their softmax; −∞ for the others. */
export function logSoftmax(values: Float32Array, allowed: readonly boolean[]): Float32Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const [action, value] of values.entries()) if (allowed[action] === true && value > most) most = value;
  let sum = 0;
  for (const [action, value] of values.entries()) if (allowed[action] === true) sum += Math.exp(value - most);
  return values.map((value, action) => (allowed[action] === true ? value - most - Math.log(sum) : Number.NEGATIVE_INFINITY));
}
