import { type Parameters, type ParameterValue, type Rule, rules } from "@webgfn/tensor";
import { argumentError, requireOptions, requireParameters, requireRule, type Schema, type ValuesOf } from "@webgfn/tensor/internal";
import { harnessOf } from "./balance.js";
import { buildObjective } from "./build.js";
import { objectiveNames } from "./by-name.js";
import type { Estimator } from "./estimator.js";
import { type EstimatorName, estimators, findEstimator } from "./estimators.js";
import type { BalanceHost, DivergenceHost } from "./host.js";
import { findLoss, LOSS_PARAMETERS } from "./losses.js";
import type { BalanceLoss, Divergence, FlowKind, Learned, Objective } from "./objective.js";

interface Described<Declared extends Parameters> {
  /** Name in run folders and tables. */
  name: string;
  /** The WGSL module `package::objective`. */
  wgsl: string;
  /**
   * Parameters by name. WGSL reads the numeric ones through `package::parameters::NAME`. At most eight are numeric; a balance loss uses
   * two of the eight for g. Default: none.
   */
  parameters?: Declared;
  /**
   * How the constant r̄ that divides all rewards follows from an initial batch: `reward` (default) takes the largest log R, `weight` the
   * largest log R + b − s.
   */
  constant?: "reward" | "weight";
  /** The smallest batch with a gradient other than 0: 2 if a trajectory is compared with the mean of its batch. Default 1. */
  smallestBatch?: number;
}

/** A user-defined divergence; see {@link defineObjective}. */
export interface DivergenceDescription<Declared extends Parameters = Parameters> extends Described<Declared> {
  /** The family of objectives. Default: a divergence. */
  family?: "divergence";
  /** The estimator that training uses unless its options name another one. Default `loo`. */
  defaultEstimator?: EstimatorName | Estimator;
  /** Returns the module's functions in float64 for given parameter values. `variance` and exact gradients need them. */
  host?: (values: ValuesOf<Declared>) => DivergenceHost;
}

/** A user-defined balance loss; see {@link defineObjective}. */
export interface BalanceDescription<Declared extends Parameters = Parameters> extends Described<Declared> {
  /** Marks a balance loss. */
  family: "balance";
  /** One residual per `trajectory` (default), per `transition`, or per `stretch` (every subtrajectory). */
  residual?: Exclude<BalanceLoss["residual"], "state">;
  /**
   * The kind of log F(s), for residuals of transitions or stretches: `learned` (default), `forward-looking`, or, for transitions only,
   * `stop`; see {@link FlowKind}.
   */
  flow?: FlowKind;
  /** Quantities learned in addition to the policy: `log-z`, `flow`, or none (default). */
  learns?: readonly Learned[];
  /** Returns the residual in float64 for given parameter values. `variance` and exact gradients need it. */
  host?: (values: ValuesOf<Declared>) => Omit<BalanceHost, "loss" | "slope">;
}

/** The argument of {@link defineObjective}. */
export type ObjectiveDescription<Declared extends Parameters = Parameters> = DivergenceDescription<Declared> | BalanceDescription<Declared>;

const DESCRIPTION: Readonly<Record<string, Rule>> = {
  name: rules.text,
  wgsl: { ...rules.text, words: "the text of a WGSL module" },
  family: rules.oneOf("divergence", "balance"),
  parameters: rules.having("an object of parameters"),
  constant: rules.oneOf("reward", "weight"),
  smallestBatch: rules.whole(1, 2 ** 20),
  defaultEstimator: {
    words: `${Object.keys(estimators).join(" or ")}, or an estimator`,
    accepts: (value) =>
      Object.keys(estimators).includes(value as string) || (typeof value === "object" && value !== null && "wgsl" in value),
  },
  host: rules.callback,
  residual: rules.oneOf("trajectory", "transition", "stretch"),
  flow: rules.oneOf("learned", "forward-looking", "stop"),
  learns: rules.list("a list of log-z and flow", rules.oneOf("log-z", "flow"), 0, 2),
};

/** Functions that the WGSL module of a divergence must define. */
const OF_DIVERGENCES = [
  "fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32",
  "fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32",
];

/**
 * Default functions of a divergence's module: f without an exponential, the gradient f∇s, scale 1. `backward_term`, the gradient term of a
 * learned p_B, has no default if p_B is learned, because nobody would notice a wrong one.
 */
const DEFAULTS = [
  "fn exponent(t: package::sampler::records::Trajectory, settings: package::sampler::replica::Replica) -> f32 { return 0.0; }",
  "fn shift(highest: f32) -> f32 { return 0.0; }",
  "fn gradient_terms(settings: package::sampler::replica::Replica) -> vec2f { return vec2f(); }",
  "@if(!learned_backward) fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 { return 0.0; }",
  "fn scale(mean: f32, settings: package::sampler::replica::Replica) -> f32 { return 1.0; }",
];

/** Functions that the WGSL module of a balance loss must define, by the kind of its residual. */
const OF_BALANCE: Readonly<Record<NonNullable<BalanceDescription["residual"]>, readonly string[]>> = {
  trajectory: ["fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32"],
  transition: ["fn residual(t: Transition, next_log_flow: f32, settings: Replica) -> f32"],
  stretch: ["fn residual(t: Transition, next_log_flow: f32, settings: Replica) -> f32", "fn decay(settings: Replica) -> f32"],
};

const nameOf = (declaration: string): string => /fn (\w+)/.exec(declaration)?.[1] as string;

/** Whether WGSL text defines a function of this name. The WGSL compiler checks its signature. */
function defines(code: string, name: string): boolean {
  return new RegExp(`\\bfn\\s+${name}\\b`).test(code);
}

/**
 * Builds an objective from your own WGSL module. It works everywhere that a built-in objective works. In the formulas
 * s = log p_F(τ) and b = log p_B(τ | x).
 *
 * **A divergence** has the gradient scale · E[∇f + f∇s]; the chosen estimator estimates it from a batch. The module defines `value` (f of a
 * trajectory) and `loss` (the reported loss, from the batch means of f and of f · (log R + b − s)). If the defaults do not fit, it also
 * defines `exponent` and `shift` (so that exponentials stay in range), `gradient_terms` (κ_f and κ_1 of ∇f = (κ_f f + κ_1)∇s; default 0),
 * `scale` (default 1) and, for a learned p_B, `backward_term`.
 *
 * **A balance loss** (`family: "balance"`) is the mean of g(d) over residuals d. The module defines `residual`, and `decay` if
 * there is a residual per `stretch` (subtrajectory). The parameter `loss` selects g: square, huber, cosh or linex. A residual of a
 * transition must have the derivatives 1 by log p_F(s′ | s) and log F(s), and −1 by log F(s′) and, with the flow `stop`, by log p_B(s | s′).
 *
 * @throws WebgfnError `argument` that names the functions missing from the module, or the first invalid field.
 *
 * @example
 * ```ts
 * import { defineObjective } from "@webgfn/objectives";
 * const wgsl = `
 *   import package::sampler::records::Trajectory;
 *   import package::sampler::replica::Replica;
 *   fn residual(t: Trajectory, settings: Replica) -> f32 { return t.log_forward - t.log_backward - t.log_reward; }
 * `;
 * const knownZ = defineObjective({ name: "known-z", family: "balance", wgsl }); // trajectory balance for log Z = 0
 * console.log(knownZ.with({ loss: "huber" }).parameters["loss"]?.value); // huber
 * ```
 */
export function defineObjective<Declared extends Parameters = Record<never, never>>(
  description: DivergenceDescription<Declared>,
): Divergence;
export function defineObjective<Declared extends Parameters = Record<never, never>>(description: BalanceDescription<Declared>): BalanceLoss;
export function defineObjective<Declared extends Parameters>(description: ObjectiveDescription<Declared>): Objective {
  requireOptions("defineObjective", description, DESCRIPTION as unknown as Schema<ObjectiveDescription<Declared>>, "name", "wgsl");
  const { name, wgsl, constant = "reward", smallestBatch = 1 } = description;
  if (objectiveNames.includes(name)) throw argumentError(`${name} is an objective of this package: choose another name`);
  const declared = description.parameters ?? ({} as Declared);
  requireParameters(name, declared);
  if (description.family === "balance") return defineBalance(description, declared, { constant, smallestBatch });
  const { defaultEstimator = "loo", host } = description;
  const estimator = typeof defaultEstimator === "string" ? findEstimator(defaultEstimator) : defaultEstimator;
  return buildObjective(name, declared, (values) => ({
    family: "divergence",
    sampling: "on-policy",
    learns: [],
    defaultEstimator: estimator,
    constant,
    smallestBatch,
    wgsl: whole(name, wgsl, OF_DIVERGENCES, DEFAULTS),
    ...(host && { host: host(values) }),
  }));
}

function defineBalance<Declared extends Parameters>(
  { name, wgsl, residual = "trajectory", flow, learns = [], host }: BalanceDescription<Declared>,
  declared: Declared,
  shared: Required<Pick<BalanceLoss, "constant" | "smallestBatch">>,
): Objective {
  if (flow !== undefined && (residual === "trajectory" || (flow === "stop" && residual === "stretch"))) {
    throw argumentError(`a residual per ${residual} has no flow "${flow}"`, `choose residual "transition", or leave out flow`);
  }
  requireRule("learns", learns, learnsRule(residual, flow));
  const code = whole(name, wgsl, OF_BALANCE[residual], []);
  return buildObjective(name, { ...LOSS_PARAMETERS, ...declared }, (values) => {
    const chosen = findLoss(values as unknown as ValuesOf<typeof LOSS_PARAMETERS>);
    const own = host?.(values as unknown as ValuesOf<Declared>);
    return {
      family: "balance",
      sampling: "any",
      ...shared,
      residual,
      ...(flow && { flow }),
      learns,
      wgsl: code,
      harness: harnessOf(residual, (values as unknown as { loss: string }).loss),
      loss: chosen.wgsl,
      ...(own && { host: { ...chosen.host, ...own } as BalanceHost }),
    };
  });
}

function learnsRule(residual: BalanceLoss["residual"], flow: FlowKind | undefined): Rule {
  const accepted: readonly (readonly Learned[])[] = residual === "trajectory" ? [[], ["log-z"]] : [flow === "stop" ? [] : ["flow"]];
  const what = residual === "trajectory" ? "residuals of trajectories" : flow === "stop" ? `the flow "stop"` : "residuals of transitions";
  return {
    words: `${accepted.map((each) => `[${each}]`).join(" or ")} for ${what}`,
    accepts: (value) => accepted.some((each) => String(each) === String(value)),
  };
}

/**
 * Appends the default functions that a module does not define itself. They follow the module's text, so that its line numbers stay
 * valid in compiler messages.
 */
function whole(name: string, wgsl: string, needed: readonly string[], defaults: readonly string[]): string {
  const code = wgsl.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  const missing = needed.filter((declaration) => !defines(code, nameOf(declaration)));
  if (missing.length > 0) throw argumentError(`the WGSL module of ${name} lacks ${missing.join("; ")}`);
  const added = defaults.filter((declaration) => !defines(code, nameOf(declaration)));
  return [wgsl, ...added, ""].join("\n");
}

/** The numbers among an objective's parameters, in the order of the GPU's table. */
export function numbersOf({ parameters }: Pick<Objective, "parameters">): number[] {
  return Object.values(parameters).flatMap(({ value }: { value: ParameterValue }) => (typeof value === "number" ? [value] : []));
}
