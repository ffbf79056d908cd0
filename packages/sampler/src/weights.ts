import { type Device, RandomStream, type Tensor } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import type { Layer, Network } from "./network.js";

/** The weights of one layer in the layout of PyTorch's `nn.Linear`: weight [out][in] and bias [out]. A model is a list of them. */
export interface LinearWeights {
  /** [out · in], row by row. */
  weight: Float32Array;
  /** [out] */
  bias: Float32Array;
}

/** Purpose of the random stream that draws initial weights; the same seed gives the same weights for any objective. */
const INITIAL_WEIGHTS = 0x77656967;

/** Initial weights and biases, uniform in ±bound. The default bound is 1/√fan_in, as in PyTorch's `nn.Linear`. */
export function initialWeights({ layers }: Network, seed: number): LinearWeights[] {
  const random = new RandomStream(seed, INITIAL_WEIGHTS);
  return layers.map(({ inputs, outputs, bound, initialBias }) => {
    const draw = () => bound * (2 * random.uniform() - 1);
    const bias = () => initialBias ?? draw();
    return { weight: Float32Array.from({ length: outputs * inputs }, draw), bias: Float32Array.from({ length: outputs }, bias) };
  });
}

/** Index, among a replica's floats, of W[in][out] of a layer. */
function weightIndex(layer: Layer, input: number, output: number): number {
  return 4 * (layer.weight + input * layer.out4) + output;
}

/** A replica's weights in the GPU's layout, with the transposed copies. */
export function packWeights(network: Network, weights: readonly LinearWeights[]): Float32Array {
  const packed = new Float32Array(4 * network.weights4);
  network.layers.forEach((layer, l) => {
    const { weight, bias } = checked(weights[l], layer, l);
    for (let output = 0; output < layer.outputs; output++) {
      packed[4 * layer.bias + output] = bias[output] as number;
      for (let input = 0; input < layer.inputs; input++) {
        const value = weight[output * layer.inputs + input] as number;
        packed[weightIndex(layer, input, output)] = value;
        if (l > 0) packed[4 * (layer.transposed + output * layer.in4) + input] = value;
      }
    }
  });
  return packed;
}

/**
 * The weights of several models in one tensor, `[model, 4 · weights4]`, in the layout of the kernels.
 *
 * @throws WebgfnError `argument` for weights that do not fit the network, `limit` if they exceed the adapter's limits.
 */
export function weightsTensor(device: Device, network: Network, models: readonly (readonly LinearWeights[])[]): Tensor {
  const packed = models.map((weights) => packWeights(network, weights));
  const size = 4 * network.weights4;
  const tensor = device.tensor([models.length, size], { label: "weights" });
  for (const [m, values] of packed.entries()) tensor.write(values, m * size);
  return tensor;
}

function checked(weights: LinearWeights | undefined, layer: Layer, l: number): LinearWeights {
  if (weights?.weight.length !== layer.inputs * layer.outputs || weights.bias.length !== layer.outputs) {
    throw argumentError(`layer ${l} needs a weight of ${layer.outputs}×${layer.inputs} and a bias of ${layer.outputs}`);
  }
  return weights;
}

/** The reverse of {@link packWeights}; also reads gradients and moments, which share the layout of the parameters. */
export function unpackWeights(network: Network, packed: Float32Array): LinearWeights[] {
  return network.layers.map((layer) => {
    const weight = new Float32Array(layer.outputs * layer.inputs);
    for (let output = 0; output < layer.outputs; output++) {
      for (let input = 0; input < layer.inputs; input++) {
        weight[output * layer.inputs + input] = packed[weightIndex(layer, input, output)] as number;
      }
    }
    return { weight, bias: packed.slice(4 * layer.bias, 4 * layer.bias + layer.outputs) };
  });
}
