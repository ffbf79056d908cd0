import type { Environment } from "@webgfn/envs";
import source from "@webgfn/shaders/sampler/mlp.wgsl";
import { argumentError } from "@webgfn/tensor";

export interface MlpOptions {
  /** Widths of the hidden layers. Default [64, 64], the paper's. */
  hidden?: readonly number[];
  /** For continuous environments: Gaussians in the mixture over a coordinate, from 1 to 256. Default 9. */
  components?: number;
  /**
   * For continuous environments: least and largest standard deviation of a Gaussian. Default [0.1, 1], those of torchgfn's
   * continuous tutorial; the paper states none.
   */
  scales?: readonly [number, number];
  /**
   * p_B over the parents of a state: `uniform` (default, the paper's), or `learned` by further outputs of the network, for
   * environments with discrete actions.
   */
  backward?: BackwardPolicy;
}

export type BackwardPolicy = "uniform" | "learned";

/** A policy's architecture, before it is fitted to an environment. */
export interface Policy {
  readonly name: "mlp";
  readonly hidden: readonly number[];
  readonly components: number;
  readonly scales: readonly [number, number];
  readonly backward: BackwardPolicy;
  /** The WGSL module `package::policy`. */
  readonly shader: string;
}

const MOST_COMPONENTS = 256;

/**
 * A multilayer perceptron with LeakyReLU (slope .01) between layers. Its outputs are one logit per action, or, for
 * continuous environments, a mixture of Gaussians over the next coordinate: `components` logits, means and raw scales, in
 * this order (see `shaders/sampler/gaussian_mixture.wgsl`). With a learned p_B a second set of logits follows, from the next
 * multiple of four outputs on.
 *
 * @throws WebgfnError `argument` when a width is not a whole number from 1 to 4096, there is no hidden layer, or the mixture
 * is not acceptable.
 */
export function mlp({ hidden = [64, 64], components = 9, scales = [0.1, 1], backward = "uniform" }: MlpOptions = {}): Policy {
  if (!Array.isArray(hidden) || hidden.length === 0 || hidden.length > 8) {
    throw argumentError("hidden must list the widths of 1 to 8 hidden layers, such as [64, 64]");
  }
  for (const width of hidden) {
    if (!Number.isInteger(width) || width < 1 || width > 4096) {
      throw argumentError(`hidden widths must be whole numbers from 1 to 4096, not ${width}`);
    }
  }
  if (!Number.isInteger(components) || components < 1 || components > MOST_COMPONENTS) {
    throw argumentError(`components must be a whole number from 1 to ${MOST_COMPONENTS}, not ${components}`);
  }
  if (!Array.isArray(scales) || scales.length !== 2 || !(scales[0] >= 1e-3 && scales[0] < scales[1] && scales[1] <= 1e3)) {
    throw argumentError("scales must be the least and the largest standard deviation, such as [0.1, 1], from 1e-3 to 1e3");
  }
  if (backward !== "uniform" && backward !== "learned") throw argumentError(`backward must be uniform or learned, not ${backward}`);
  const [least, largest] = scales;
  return { name: "mlp", hidden: [...hidden], components, scales: [least, largest], backward, shader: source };
}

/** One layer in the GPU's layout. Offsets and padded widths count vec4s; weights are [in][out], padded with zeros. */
export interface Layer {
  inputs: number;
  outputs: number;
  in4: number;
  out4: number;
  /** Offset of W in a replica's weights. */
  weight: number;
  /** Offset of b in a replica's weights. */
  bias: number;
  /** Offset of Wᵀ in a replica's weights; the first layer has none. */
  transposed: number;
  /** Offset of the layer's input in a row record. */
  input: number;
  /** Offset of the gradient of the layer's output in a row record. */
  delta: number;
}

/** A policy fitted to an environment's features and actions: where every weight and every activation lives. */
export interface Network {
  policy: Policy;
  layers: readonly Layer[];
  /** vec4s of weights that are trained, per replica. */
  parameters4: number;
  /** vec4s of weights with their transposed copies, per replica. */
  weights4: number;
  /** vec4s of a row record: features, hidden activations, and one delta per layer. */
  row4: number;
  /** Widest layer's vec4s, for workgroup memory. */
  width4: number;
  /** vec4s of the outputs that say where to go forward; with a learned p_B as many follow that say where one came from. */
  forward4: number;
  /** Rows recorded per trajectory: one per action, and with a learned p_B one for the object it ends in. */
  rowsPerTrajectory: number;
}

const vec4s = (count: number) => Math.ceil(count / 4);

/** @throws WebgfnError `argument` for a learned p_B where every object has one trajectory. */
export function network(policy: Policy, environment: Environment): Network {
  const continuous = environment.actionSpace === "continuous";
  const learned = policy.backward === "learned";
  if (continuous && learned)
    throw argumentError(`${environment.title} has one trajectory per object: there is no backward policy to learn`);
  const forward = continuous ? 3 * policy.components : environment.actions;
  const forward4 = vec4s(forward);
  const outputs = learned ? 4 * forward4 + environment.actions : forward;
  const widths = [environment.features, ...policy.hidden, outputs];
  const layers: Layer[] = [];
  let parameters4 = 0;
  let row4 = 0;
  for (let l = 0; l + 1 < widths.length; l++) {
    const inputs = widths[l] as number;
    const outputs = widths[l + 1] as number;
    const in4 = vec4s(inputs);
    const out4 = vec4s(outputs);
    const weight = parameters4;
    const bias = weight + 4 * in4 * out4;
    parameters4 = bias + out4;
    layers.push({ inputs, outputs, in4, out4, weight, bias, transposed: 0, input: row4, delta: 0 });
    row4 += in4;
  }
  for (const layer of layers) {
    layer.delta = row4;
    row4 += layer.out4;
  }
  let weights4 = parameters4;
  for (const layer of layers.slice(1)) {
    layer.transposed = weights4;
    weights4 += 4 * layer.in4 * layer.out4;
  }
  const width4 = Math.max(...layers.map((layer) => layer.out4));
  const rowsPerTrajectory = environment.horizon + (learned ? 1 : 0);
  return { policy, layers, parameters4, weights4, row4, width4, forward4, rowsPerTrajectory };
}

/** The network's sizes and offsets as constants of the WGSL modules. */
export function networkConstants(network: Network): Record<string, number | string> {
  const { policy, layers, parameters4, weights4, row4, width4, forward4, rowsPerTrajectory } = network;
  const array = (values: number[]) => `array<u32, ${values.length}>(${values.map((value) => `${value}u`).join(", ")})`;
  return {
    COMPONENTS: policy.components,
    LOWEST_SCALE: policy.scales[0],
    HIGHEST_SCALE: policy.scales[1],
    LAYERS: layers.length,
    IN4: array(layers.map((layer) => layer.in4)),
    OUT4: array(layers.map((layer) => layer.out4)),
    WEIGHT_OFFSET: array(layers.map((layer) => layer.weight)),
    BIAS_OFFSET: array(layers.map((layer) => layer.bias)),
    TRANSPOSED_OFFSET: array(layers.map((layer) => layer.transposed)),
    INPUT_OFFSET: array(layers.map((layer) => layer.input)),
    DELTA_OFFSET: array(layers.map((layer) => layer.delta)),
    PARAMETERS4: parameters4,
    WEIGHTS4: weights4,
    ROW4: row4,
    TILE_WIDTH4: width4,
    FORWARD4: forward4,
    ROWS: rowsPerTrajectory,
  };
}
