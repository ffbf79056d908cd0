import source from "@webgfn/shaders/sampler/mlp.wgsl";
import { rules } from "@webgfn/tensor";
import { denseFit } from "./layout.js";
import type { BackwardPolicy, Policy } from "./network.js";
import { buildPolicy } from "./policy.js";

/** A rule for widths of layers. */
export const widths = rules.list("the widths of 1 to 8 layers, whole numbers from 1 to 4096, such as [64, 64]", rules.whole(1, 4096), 1, 8);

const PARAMETERS = {
  hidden: { value: [64, 64] as readonly number[], rule: widths, help: "widths of the policy's hidden layers" },
};

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Widths of the hidden layers. Default [64, 64], the paper's. */
  hidden?: readonly number[];
  /** For continuous environments: number of Gaussians in the mixture over a coordinate, from 1 to 256. Default 9. */
  components?: number;
  /**
   * For continuous environments: smallest and largest standard deviation of a Gaussian. Default [0.1, 1], the values of torchgfn's continuous
   * tutorial; the paper states none.
   */
  scales?: readonly [number, number];
  /**
   * p_B over the parents of a state: `uniform` (default, the paper's), or `learned` by further outputs of the network, for
   * environments with discrete actions.
   */
  backward?: BackwardPolicy;
}

/**
 * A multilayer perceptron with LeakyReLU (slope .01) between layers. Its outputs are one logit per action, or, for continuous environments, a
 * mixture of Gaussians over the next coordinate: `components` logits, means and raw scales, in this order (see
 * `shaders/sampler/gaussian_mixture.wgsl`). From the next multiple of four outputs on follows a second set of logits if p_B is learned, or
 * log F(s) if the objective learns a flow.
 *
 * @throws WebgfnError `argument` if a width is not a whole number from 1 to 4096, there is no hidden layer, or the mixture is invalid.
 *
 * @example
 * ```ts
 * import { mlp } from "@webgfn/sampler";
 * const policy = mlp({ hidden: [128, 128], backward: "learned" });
 * console.log(policy.parameters["hidden"]?.value, policy.parameters["backward"]?.value); // [ 128, 128 ] learned
 * ```
 */
export function mlp(options: MlpOptions = {}): Policy {
  return buildPolicy(
    "mlp",
    PARAMETERS,
    (environment, head, { hidden }) => {
      const all = [environment.features, ...hidden, head.outputs];
      const sizes = all.slice(1).map((outputs, l) => ({ inputs: all[l] as number, outputs }));
      return {
        ...denseFit(environment, head, sizes),
        wgsl: source,
        backward: { root: "trainer/mlp_backward", unit: "evaluation" },
        isChain: true,
      };
    },
    options,
  );
}
