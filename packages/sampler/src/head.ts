import type { Environment } from "@webgfn/envs";
import categorical from "@webgfn/shaders/sampler/categorical.wgsl";
import { type Rule, rules } from "@webgfn/tensor";
import { argumentError, type ValuesOf } from "@webgfn/tensor/internal";
import { vec4s } from "./layout.js";
import type { BackwardPolicy, Head } from "./network.js";

const SCALES: Rule = {
  words: "the least and the largest standard deviation, such as [0.1, 1], from 1e-3 to 1e3",
  accepts: (value) => Array.isArray(value) && value.length === 2 && value[0] >= 1e-3 && value[0] < value[1] && value[1] <= 1e3,
};

const gaussianMixture = async () => (await import("@webgfn/shaders/sampler/gaussian_mixture.wgsl")).default;

/** The parameters of a policy's head. Every policy has them in addition to its own. */
export const HEAD_PARAMETERS = {
  components: { value: 9, rule: rules.whole(1, 256), help: "Gaussians per coordinate, for continuous environments" },
  scales: { value: [0.1, 1] as readonly number[], rule: SCALES, help: "least and largest standard deviation of those Gaussians" },
  backward: {
    value: "uniform" as BackwardPolicy,
    rule: rules.oneOf("uniform", "learned"),
    help: "p_B over the parents of a state: uniform or learned",
  },
};

export type HeadValues = ValuesOf<typeof HEAD_PARAMETERS>;

/**
 * The head of a policy in an environment: a masked softmax over the actions, or a mixture of Gaussians over a coordinate.
 *
 * @throws WebgfnError `argument` for a learned p_B if every object has one trajectory, or in combination with a flow.
 */
export function makeHead(environment: Environment, { components, scales, backward }: HeadValues, flow: boolean): Head {
  const continuous = environment.actionSpace === "continuous";
  const learned = backward === "learned";
  if (flow && learned) throw argumentError("a network that learns a flow cannot learn a backward policy as well");
  if (continuous && learned) {
    throw argumentError(`${environment.title} has one trajectory per object: there is no backward policy to learn`);
  }
  const forward = continuous ? 3 * components : environment.actions;
  const forward4 = vec4s(forward);
  const [lowest = 0, highest = 1] = scales;
  return {
    name: continuous ? "gaussian-mixture" : "categorical",
    wgsl: continuous ? gaussianMixture : () => categorical,
    outputs: learned ? 4 * forward4 + environment.actions : flow ? 4 * forward4 + 1 : forward,
    forward4,
    backward,
    flow,
    constants: { COMPONENTS: components, LOWEST_SCALE: lowest, HIGHEST_SCALE: highest },
  };
}
