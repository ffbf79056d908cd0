import { argumentError, requireOptions, requireRule, rules, type Schema } from "@webgfn/tensor";
import { objectiveNames } from "./by-name.js";
import { estimators } from "./estimators.js";
import type { Objective } from "./objective.js";

type Needed = "name" | "shader";
type Optional = "alpha" | "constants" | "constant" | "defaultEstimator";

/** What a divergence of one's own has to say; see {@link defineObjective}. */
export type ObjectiveDescription = Pick<Objective, Needed> & Partial<Pick<Objective, Optional>>;

const DESCRIPTION: Schema<ObjectiveDescription> = {
  name: rules.text,
  shader: { ...rules.text, words: "the text of a WGSL module" },
  alpha: rules.finite,
  constants: rules.having("an object of finite numbers"),
  constant: rules.oneOf("reward", "weight"),
  defaultEstimator: rules.oneOf(...Object.keys(estimators)),
};

/** What every module defines. */
const DECLARATIONS = [
  "fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32",
  "fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32",
];

/**
 * What a module may leave out: f without an exponential, the whole gradient as f∇s, times 1. What moves a learned p_B has no
 * default, since a wrong one would go unnoticed.
 */
const DEFAULTS = [
  "fn exponent(t: package::objectives::records::Trajectory, settings: package::sampler::replica::Replica) -> f32 { return 0.0; }",
  "fn shift(highest: f32) -> f32 { return 0.0; }",
  "fn gradient_terms(settings: package::sampler::replica::Replica) -> vec2f { return vec2f(); }",
  "@if(!learned_backward) fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 { return 0.0; }",
  "fn scale(mean: f32, settings: package::sampler::replica::Replica) -> f32 { return 1.0; }",
];

const nameOf = (declaration: string): string => /fn (\w+)/.exec(declaration)?.[1] as string;

/** Whether WGSL text defines a function of this name; the compiler checks the rest. */
function defines(code: string, name: string): boolean {
  return new RegExp(`\\bfn\\s+${name}\\b`).test(code);
}

/**
 * A divergence from a WGSL module of one's own. The gradient is scale · E[∇f + f∇s], estimated from a batch by the chosen
 * estimator; the module defines
 *
 * - `value`, f of a trajectory,
 * - `loss`, what is reported, from the batch's means of f and of f · (log R + b − s),
 *
 * and, where the defaults do not fit, `exponent` and `shift` (so that exponentials stay in range), `gradient_terms` (κ_f and
 * κ_1 of ∇f = (κ_f f + κ_1)∇s; default none), `scale` (default 1) and, for a learned p_B, `backward_term`.
 *
 * @throws WebgfnError `argument` naming what the module lacks, or the first field that is not acceptable.
 */
export function defineObjective(description: ObjectiveDescription): Objective {
  requireOptions("defineObjective", description, DESCRIPTION, "name", "shader");
  const { name, shader, alpha, constants, constant = "reward", defaultEstimator = "loo" } = description;
  if (objectiveNames.includes(name)) throw argumentError(`${name} is an objective of this package: choose another name`);
  for (const [field, value] of Object.entries(constants ?? {})) requireRule(`constants.${field}`, value, rules.finite);
  const code = shader.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  const missing = DECLARATIONS.filter((declaration) => !defines(code, nameOf(declaration)));
  if (missing.length > 0) throw argumentError(`the WGSL module of ${name} lacks ${missing.join("; ")}`);
  const defaults = DEFAULTS.filter((declaration) => !defines(code, nameOf(declaration)));
  return {
    name,
    family: "divergence",
    ...(alpha === undefined ? {} : { alpha }),
    ...(constants === undefined ? {} : { constants }),
    constant,
    defaultEstimator,
    learnsLogZ: false,
    // Behind the module's own text, so that its line numbers stay.
    shader: [shader, ...defaults, ""].join("\n"),
  };
}
