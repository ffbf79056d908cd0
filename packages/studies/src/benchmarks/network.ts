import type { LinearWeights } from "@webgfn/sampler";

/** PyTorch's default. */
const SLOPE = 0.01;

/** Logits of a multilayer perceptron with leaky ReLUs. It uses plain loops, because it is called for millions of states. */
export function logits(layers: readonly LinearWeights[], features: readonly number[]): Float64Array {
  let input = Float64Array.from(features);
  for (const [l, { weight, bias }] of layers.entries()) {
    const width = input.length;
    const output = new Float64Array(bias.length);
    const places = nonZero(input);
    for (let o = 0; o < output.length; o++) {
      let sum = bias[o] as number;
      for (let k = 0; k < places.length; k++) {
        const i = places[k] as number;
        sum += (weight[o * width + i] as number) * (input[i] as number);
      }
      output[o] = l === layers.length - 1 || sum > 0 ? sum : SLOPE * sum;
    }
    input = output;
  }
  return input;
}

/** Indices of the values other than 0: features are mostly zeros. */
function nonZero(values: Float64Array): Int32Array {
  const places = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) places[count++] = i;
  return places.subarray(0, count);
}

/** log p of the allowed actions under their softmax; −∞ for the others. */
export function logSoftmax(values: Float64Array, allowed: readonly boolean[]): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (let a = 0; a < values.length; a++) if (allowed[a] === true && (values[a] as number) > most) most = values[a] as number;
  let sum = 0;
  for (let a = 0; a < values.length; a++) if (allowed[a] === true) sum += Math.exp((values[a] as number) - most);
  const logSum = most + Math.log(sum);
  return values.map((value, a) => (allowed[a] === true ? value - logSum : Number.NEGATIVE_INFINITY));
}
