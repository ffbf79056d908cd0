import type { LinearWeights, Network } from "@webgfn/sampler";
import { packWeights } from "@webgfn/sampler/internal";

/** LeakyReLU's slope below 0, as in `shaders/sampler/activation.wgsl`. */
const SLOPE = 0.01;

/** An MLP on the host in float64, for gradients summed over every state of an environment. */
export class DenseNetwork {
  readonly #network: Network;
  /** In the GPU's layout. */
  readonly #weights: Float32Array;

  constructor(network: Network, weights: readonly LinearWeights[]) {
    this.#network = network;
    this.#weights = packWeights(network, weights);
  }

  /** The inputs of each layer, and the outputs as the last entry. */
  activations(features: ArrayLike<number>): Float64Array[] {
    const weights = this.#weights;
    const values = [Float64Array.from(features)];
    for (const [l, { inputs, outputs, out4, weight, bias }] of this.#network.layers.entries()) {
      const input = values[l] as Float64Array;
      const output = Float64Array.from({ length: outputs }, (_, o) => weights[4 * bias + o] as number);
      for (let i = 0; i < inputs; i++) {
        const x = input[i] as number;
        if (x === 0) continue;
        const row = 4 * (weight + i * out4);
        for (let o = 0; o < outputs; o++) output[o] = (output[o] as number) + x * (weights[row + o] as number);
      }
      const last = l + 1 === this.#network.layers.length;
      values.push(last ? output : output.map((value) => (value > 0 ? value : SLOPE * value)));
    }
    return values;
  }

  /**
   * Adds the gradient of ⟨outputs, delta⟩ by every parameter to `gradient`, in the GPU's layout.
   *
   * @param activations the result of {@link activations}.
   */
  addGradient(gradient: Float64Array, activations: readonly Float64Array[], delta: Float64Array): void {
    const weights = this.#weights;
    let deltas = delta;
    for (let l = this.#network.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, out4, weight, bias } = this.#network.layers[l] as Network["layers"][number];
      const input = activations[l] as Float64Array;
      const before = new Float64Array(inputs);
      for (let o = 0; o < outputs; o++) gradient[4 * bias + o] = (gradient[4 * bias + o] as number) + (deltas[o] as number);
      for (let i = 0; i < inputs; i++) {
        const x = input[i] as number;
        const row = 4 * (weight + i * out4);
        let sum = 0;
        for (let o = 0; o < outputs; o++) {
          const d = deltas[o] as number;
          gradient[row + o] = (gradient[row + o] as number) + x * d;
          sum += (weights[row + o] as number) * d;
        }
        before[i] = x > 0 ? sum : SLOPE * sum;
      }
      deltas = before;
    }
  }
}
