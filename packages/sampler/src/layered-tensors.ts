import type { TensorPlan } from "@webgfn/tensor/internal";
import type { Layer, Network } from "./network.js";
import type { LayeredBuffers, RolloutShape } from "./rollout-shape.js";
import { uniformTable } from "./uniform-table.js";

/** Time steps of a rollout. A learned p_B is also evaluated at the final object. */
export function steps({ environment, network }: RolloutShape): number {
  return environment.horizon + (network.head.backward === "learned" ? 1 : 0);
}

/** @param network the network of `transient` if no records are kept. */
export function layeredTensors(shape: RolloutShape, network = shape.network): Record<keyof LayeredBuffers, TensorPlan> {
  const { environment, batch, replicas } = shape;
  const products = [...forwardProducts(network), ...backwardProducts(network)];
  return {
    frontier: { shape: [replicas, environment.horizon + 2 + 2 * batch], dtype: "u32", label: "trajectories under way" },
    times: uniformTable(steps(shape), (time) => [time], "time steps"),
    layers: uniformTable(products.length, (index) => products[index] ?? [], "layers"),
  };
}

/** The same network for a rollout without a backward pass: layers pass their activations to each other through two halves of a record. */
export function transient(network: Network): Network {
  const half = (layer: number) => (layer % 2) * network.width4;
  return {
    ...network,
    layers: network.layers.map((layer, index) => ({ ...layer, input: half(index) })),
    score: half(network.layers.length),
    row4: 2 * network.width4,
  };
}

/** Layers after the first. The last one computes the outputs, and stores them where their gradient will be. */
function forwardProducts({ layers, score }: Network): number[][] {
  return layers.slice(1).map(({ in4, out4, input, weight, bias }, index) => {
    const next = layers[index + 2];
    return [in4, out4, input, next?.input ?? score, weight, bias, 0, next === undefined ? 1 : 0];
  });
}

/** From the last layer down to the second. */
export function backwardProducts({ layers }: Network): number[][] {
  return layers.slice(1).map((_, index) => {
    const { in4, out4, input, delta, transposed } = layers[layers.length - 1 - index] as Layer;
    const below = layers[layers.length - 2 - index] as Layer;
    return [out4, in4, delta, below.delta, transposed, 0, input, 1];
  });
}
