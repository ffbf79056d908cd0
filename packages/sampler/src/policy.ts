import type { Environment } from "@webgfn/envs";
import type { Parameters } from "@webgfn/tensor";
import { parameterValues, type ValuesOf, withValues } from "@webgfn/tensor/internal";
import { HEAD_PARAMETERS, type HeadValues, makeHead } from "./head.js";
import type { Fit, Head, Network, Policy } from "./network.js";
import { wideBytes } from "./wide.js";

/**
 * Builds a policy from its declared parameters, and adds those of its head.
 *
 * @throws WebgfnError `argument` for a value that breaks its rule.
 */
export function buildPolicy<Declared extends Parameters>(
  name: string,
  declared: Declared,
  fit: (environment: Environment, head: Head, values: ValuesOf<Declared>) => Fit,
  options: object = {},
): Policy {
  const parameters = withValues(name, { ...declared, ...HEAD_PARAMETERS }, options);
  const values = parameterValues(parameters) as unknown as ValuesOf<Declared>;
  return {
    name,
    parameters,
    fit: (environment, head) => fit(environment, head, values),
    with(more) {
      const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
      return buildPolicy(name, declared, fit, { ...values, ...given });
    },
  };
}

/**
 * Fits a policy to an environment: the result defines the place of every weight and activation.
 *
 * @param flow whether one more output is log F(s), which some objectives learn. Default false.
 * @throws WebgfnError `argument` if the policy does not fit the environment or the flow.
 */
export function fitPolicy(policy: Policy, environment: Environment, { flow = false }: { flow?: boolean } = {}): Network {
  const head = makeHead(environment, parameterValues(policy.parameters) as unknown as HeadValues, flow);
  const fit = policy.fit(environment, head);
  return {
    ...fit,
    policy,
    head,
    forward4: head.forward4,
    rowBytes: fit.rowBytes + wideBytes(head),
    constants: { ...head.constants, ...fit.constants },
  };
}

/**
 * Whether a trained network has an output for log F(s): its last layer then has more outputs than the policy needs.
 *
 * @param outputs number of outputs of the trained last layer.
 */
export function hasFlow(policy: Policy, environment: Environment, outputs: number | undefined): boolean {
  const { head } = fitPolicy(policy, environment);
  return outputs !== head.outputs && outputs === 4 * head.forward4 + 1;
}
