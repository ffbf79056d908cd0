import type { ParameterValue } from "@webgfn/tensor";
import { requireEntry } from "@webgfn/tensor/internal";
import { gin } from "./gin.js";
import { mlp } from "./mlp.js";
import type { Policy } from "./network.js";

/** Every policy of this package by its name. Add a new policy here; the compiler then asks for it in `trained-model.ts`. */
const POLICIES = { mlp: mlp(), gin: gin() } satisfies Readonly<Record<string, Policy>>;

/** The name of a policy of this package. */
export type PolicyName = keyof typeof POLICIES;

/** Every policy of this package with the default values of its parameters, by name. */
export const policies: Readonly<Record<string, Policy>> = POLICIES;

/**
 * The names of the policies of this package.
 *
 * @example
 * ```ts
 * import { policyNames } from "@webgfn/sampler";
 * console.log(policyNames); // [ 'mlp', 'gin' ]
 * ```
 */
export const policyNames: readonly string[] = Object.keys(policies);

/**
 * Makes a policy from its name and the values of its parameters, as configurations and checkpoints store them.
 *
 * @throws WebgfnError `argument` for an unknown name or a value that breaks its rule.
 *
 * @example
 * ```ts
 * import { makePolicy } from "@webgfn/sampler";
 * const policy = makePolicy("mlp", { hidden: [32, 32] });
 * console.log(policy.name, policy.parameters["hidden"]?.value); // mlp [ 32, 32 ]
 * ```
 */
export function makePolicy(name: string, values: Readonly<Record<string, ParameterValue | undefined>> = {}): Policy {
  return requireEntry("a policy", policies, name).with(values);
}
