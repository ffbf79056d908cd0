import type { Environment } from "@webgfn/envs";
import { type Parameters, rules } from "@webgfn/tensor";
import { argumentError, requireOptions, requireParameters, type Schema, type ValuesOf } from "@webgfn/tensor/internal";
import { policyNames } from "./by-name.js";
import { denseFit, type LayerSize, vec4s } from "./layout.js";
import type { Head, Policy } from "./network.js";
import { buildPolicy } from "./policy.js";

/** A user-defined policy; see {@link definePolicy}. */
export interface PolicyDescription<Declared extends Parameters = Parameters> {
  /** Name in run folders and checkpoints. */
  name: string;
  /** Parameters by name; those of the head are added. Default: none. */
  parameters?: Declared;
  /** The WGSL module `package::policy`. */
  forward: string;
  /** The WGSL kernel of the backward pass. */
  backward: string;
  /**
   * Returns the sizes of all layers. The outputs of the last layer are those of the head. A layer without inputs is a vector of trained
   * numbers.
   */
  layers(environment: Environment, head: Head, values: ValuesOf<Declared>): readonly LayerSize[];
  /** Returns the length of a row in each half of the workgroup's activations. Default: the outputs of the widest layer. */
  width?(layers: readonly LayerSize[]): number;
  /** Returns how many further numbers the forward pass stores in every record for the backward pass, from `EXTRA_OFFSET` on. Default 0. */
  extra?(layers: readonly LayerSize[]): number;
  /** Returns further constants that the modules import from `constants`. Default: none. */
  constants?(values: ValuesOf<Declared>): Readonly<Record<string, number | string>>;
}

const DESCRIPTION: Schema<PolicyDescription> = {
  name: rules.text,
  parameters: rules.having("an object of parameters"),
  forward: { ...rules.text, words: "the text of a WGSL module" },
  backward: { ...rules.text, words: "the text of a WGSL kernel" },
  layers: rules.callback,
  width: rules.callback,
  extra: rules.callback,
  constants: rules.callback,
};

/** Declarations that the forward module must have. */
const DECLARATIONS = [
  "const LEAD",
  "fn begin(row: u32)",
  "fn follow(row: u32, action: u32)",
  "fn outputs_start(row: u32) -> u32",
  "fn evaluate(lane: u32, base: u32, zero: u32)",
  "fn evaluate_states(lane: u32, base: u32, zero: u32)",
];

function withoutComments(code: string): string {
  return code.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
}

/**
 * Builds a policy from your own WGSL forward pass, WGSL backward pass and sizes of layers.
 *
 * A record holds, for one evaluation of the policy, the input of every layer (from `INPUT_OFFSET[l]` on), the gradient of every
 * layer's output (`DELTA_OFFSET[l]`) and `extra` numbers (`EXTRA_OFFSET`), in vec4s. The forward pass writes the inputs, the rollout
 * writes the gradient of the last layer's output, and the backward pass writes the other gradients. From both the trainer computes
 * the gradients of the weights: ∂/∂W_l = Σ input ⊗ delta, ∂/∂b_l = Σ delta.
 *
 * @throws WebgfnError `argument` that names the first declaration missing from a module, or the first invalid field.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { definePolicy } from "@webgfn/sampler";
 * export const linear = definePolicy({
 *   name: "linear",
 *   forward: await readFile("linear.wgsl", "utf8"),
 *   backward: await readFile("linear_backward.wgsl", "utf8"),
 *   layers: ({ features }, { outputs }) => [{ inputs: features, outputs }],
 * });
 * ```
 */
export function definePolicy<Declared extends Parameters = Record<never, never>>(description: PolicyDescription<Declared>): Policy {
  const schema = DESCRIPTION as unknown as Schema<PolicyDescription<Declared>>;
  requireOptions("definePolicy", description, schema, "name", "forward", "backward", "layers");
  const { name, forward, backward, parameters = {} as Declared } = description;
  if (policyNames.includes(name)) throw argumentError(`${name} is a policy of this package: choose another name`);
  requireParameters(name, parameters);
  const code = withoutComments(forward);
  const missing = DECLARATIONS.filter((declaration) => {
    const [, kind, word] = /^(\w+) (\w+)/.exec(declaration) ?? [];
    return !new RegExp(`\\b${kind}\\s+${word}\\b`).test(code);
  });
  if (missing.length > 0) throw argumentError(`the forward module of ${name} lacks ${missing.join("; ")}`);
  if (!/@compute\b/.test(withoutComments(backward))) throw argumentError(`the backward module of ${name} has no @compute entry point`);
  return buildPolicy(name, parameters, (environment, head, values) => {
    const sizes = description.layers(environment, head, values);
    requireSizes(name, sizes, head);
    const extra = description.extra?.(sizes) ?? 0;
    const fit = denseFit(environment, head, sizes, { extra, width: description.width?.(sizes) ?? 0 });
    return {
      ...fit,
      wgsl: forward,
      backward: { root: "policy_backward", wgsl: backward, unit: "evaluation" },
      isChain: false,
      constants: { EXTRA_OFFSET: fit.row4 - vec4s(extra), ...description.constants?.(values) },
    };
  });
}

function requireSizes(name: string, sizes: readonly LayerSize[], { outputs }: Head): void {
  const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isWhole = Array.isArray(sizes) && sizes.length > 0 && sizes.every((size) => isSize(size?.inputs) && isSize(size?.outputs));
  if (!isWhole) throw argumentError(`the layers of ${name} must be a list such as [{ inputs: 12, outputs: 64 }]`);
  const last = sizes.at(-1) as LayerSize;
  if (last.outputs !== outputs) {
    throw argumentError(`the last layer of ${name} has ${last.outputs} outputs, but the head reads ${outputs}`, "give it head.outputs");
  }
}
