import type { Environment } from "@webgfn/envs";
import source from "@webgfn/shaders/sampler/mlp.wgsl";
import { argumentError, requireOptions, rules, type Schema } from "@webgfn/tensor";
import { denseLayers, type Network, vec4s } from "./layout.js";
import { type BackwardPolicy, type Policy, widths } from "./policy.js";

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
  /** Adds an output for log F(s), the flow through a state, which detailed balance and SubTB learn. Default false. */
  flow?: boolean;
}

const OPTIONS: Schema<MlpOptions> = {
  hidden: widths,
  components: rules.whole(1, 256),
  scales: {
    words: "the least and the largest standard deviation, such as [0.1, 1], from 1e-3 to 1e3",
    accepts: (value) => Array.isArray(value) && value.length === 2 && value[0] >= 1e-3 && value[0] < value[1] && value[1] <= 1e3,
  },
  backward: rules.oneOf("uniform", "learned"),
  flow: rules.oneOf(true, false),
};

/**
 * A multilayer perceptron with LeakyReLU (slope .01) between layers. Its outputs are one logit per action, or, for
 * continuous environments, a mixture of Gaussians over the next coordinate: `components` logits, means and raw scales, in
 * this order (see `shaders/sampler/gaussian_mixture.wgsl`). From the next multiple of four outputs on follows a second set of
 * logits, with a learned p_B, or log F(s), with a flow.
 *
 * @throws WebgfnError `argument` when a width is not a whole number from 1 to 4096, there is no hidden layer, or the mixture
 * is not acceptable.
 */
export function mlp(options: MlpOptions = {}): Policy {
  requireOptions("mlp", options, OPTIONS);
  const { hidden = [64, 64], components = 9, scales = [0.1, 1], backward = "uniform", flow = false } = options;
  if (flow && backward === "learned") throw argumentError("a network that learns a flow cannot learn a backward policy as well");
  const [least, largest] = scales;
  return { name: "mlp", hidden: [...hidden], components, scales: [least, largest], backward, flow, shader: source };
}

/** @throws WebgfnError `argument` for a learned p_B where every object has one trajectory. */
export function mlpNetwork(policy: Policy, environment: Environment): Network {
  const continuous = environment.actionSpace === "continuous";
  const learned = policy.backward === "learned";
  if (continuous && learned)
    throw argumentError(`${environment.title} has one trajectory per object: there is no backward policy to learn`);
  const forward = continuous ? 3 * policy.components : environment.actions;
  const forward4 = vec4s(forward);
  const outputs = learned ? 4 * forward4 + environment.actions : policy.flow ? 4 * forward4 + 1 : forward;
  const sizesOfLayers = [environment.features, ...policy.hidden, outputs];
  const sizes = sizesOfLayers.slice(1).map((outputs, l) => ({ inputs: sizesOfLayers[l] as number, outputs }));
  const { layers, parameters4, weights4 } = denseLayers(sizes);
  let row4 = 0;
  for (const layer of layers) {
    layer.input = row4;
    row4 += layer.in4;
  }
  for (const layer of layers) {
    layer.delta = row4;
    row4 += layer.out4;
  }
  return {
    policy,
    layers,
    parameters4,
    weights4,
    row4,
    memory4: 0,
    // The outputs are the last layer's, without an activation.
    score: layers.at(-1)?.delta as number,
    width4: Math.max(...layers.map((layer) => layer.out4)),
    rowBytes: 0,
    forward4,
    // One row per action, and with a learned p_B one for the object it ends in.
    rowsPerTrajectory: environment.horizon + (learned ? 1 : 0),
    constants: { COMPONENTS: policy.components, LOWEST_SCALE: policy.scales[0], HIGHEST_SCALE: policy.scales[1] },
  };
}
