import { type Environment, environmentDeclarations, environmentNames, makeEnvironment } from "@webgfn/envs";
import { type Estimator, estimators, makeObjective, type Objective, objectiveNames } from "@webgfn/objectives";
import { makePolicy, type Policy, policyNames } from "@webgfn/sampler";
import type { ParameterValue as JsonValue, WebgfnError } from "@webgfn/tensor";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";
import type { Metric } from "@webgfn/trainer";
import type { Configuration, PartialConfiguration } from "./configuration.js";
import { isFileReference } from "./file-reference.js";
import { known } from "./known.js";
import { OBJECTIVE_PARAMETERS, POLICY_PARAMETERS } from "./settings.js";

/**
 * Objects of one's own that take the place of what a configuration names. A configuration never loads code by itself: the command
 * line loads the files that it is given, and other programs import theirs.
 */
export interface Parts {
  /** An environment, or its maker from the parameters `env`. */
  // biome-ignore lint/suspicious/noExplicitAny: each maker names its own parameters
  readonly environment?: Environment | ((parameters: any) => Environment) | undefined;
  readonly objective?: Objective | undefined;
  readonly policy?: Policy | undefined;
  readonly estimator?: Estimator | undefined;
  readonly metrics?: readonly Metric[] | undefined;
}

/** A part that a configuration names, and that is not built in. */
export interface OwnPart {
  role: "environment" | "objective" | "policy" | "estimator" | "metric";
  /** Its file with the name of an export; the name alone where a program of one's own wrote the configuration. */
  name: string;
}

const ESTIMATORS = Object.keys(estimators);

/**
 * The parts of a configuration that are not built in.
 *
 * @param written whether a run or a program wrote the configuration: then a name that nothing built in has is a part of one's own,
 * otherwise it is a slip of the pen.
 */
export function ownParts(configuration: PartialConfiguration, written: boolean): OwnPart[] {
  const { environment, objective, policy, estimator, metrics = [] } = configuration;
  const own = (role: OwnPart["role"], name: string | undefined, builtIn: readonly string[]): OwnPart[] =>
    name !== undefined && (isFileReference(name) || (written && !builtIn.includes(name))) ? [{ role, name }] : [];
  return [
    ...own("environment", environment, environmentNames),
    ...own("objective", objective, objectiveNames),
    ...own("policy", policy, policyNames),
    ...own("estimator", estimator, ESTIMATORS),
    ...metrics.flatMap((metric) => own("metric", metric, [])),
  ];
}

/** @throws WebgfnError `argument` for a part of one's own whose object is not at hand. */
function requireBuiltIn(role: keyof Parts, name: string): void {
  if (isFileReference(name)) throw notAtHand(role, name);
}

export function notAtHand(role: keyof Parts, name: string): WebgfnError {
  return argumentError(
    `${name} is a file of one's own, which is not loaded here`,
    `import it, and hand it over as { ${role} } beside the configuration`,
  );
}

/**
 * A configuration's environment.
 *
 * @throws WebgfnError `argument` for an unknown name or parameter.
 */
export function environmentOf({ environment: name, env = {} }: PartialConfiguration, { environment: part }: Parts = {}): Environment {
  if (typeof part === "function") return madeWith(part, env);
  if (part !== undefined) return part;
  if (name === undefined) {
    throw argumentError(`an environment is needed; choose from ${environmentNames.join(", ")}`, "`webgfn list` describes them");
  }
  requireBuiltIn("environment", name);
  const declared = Object.hasOwn(environmentDeclarations, name) ? environmentDeclarations[name] : undefined;
  if (declared !== undefined) {
    const parameters = Object.keys(declared.parameters);
    const unknown = Object.keys(env).find((parameter) => !parameters.includes(parameter));
    if (unknown !== undefined) throw unknownWord(`a parameter of ${name}`, unknown, parameters);
  }
  return makeEnvironment(name, env);
}

/** @throws WebgfnError `argument` for a parameter that the environment does not list among its own, if it lists any. */
function madeWith(make: (parameters: object) => Environment, env: object): Environment {
  const made = make(env);
  const names = Object.keys(made.parameters);
  const unknown = Object.keys(env).find((name) => names.length > 0 && !names.includes(name));
  if (unknown !== undefined) throw unknownWord(`a parameter of ${made.name}`, unknown, names);
  return made;
}

/** The values that a configuration gives to the parameters of its objective or policy. */
function givenValues(configuration: PartialConfiguration, builtIn: object, rest: "objectiveParameters" | "policyParameters") {
  const flat = Object.keys(builtIn).map((name) => [name, configuration[name as keyof Configuration] ?? undefined]);
  return { ...(Object.fromEntries(flat) as Record<string, JsonValue | undefined>), ...configuration[rest] };
}

/**
 * A part of one's own with given values. Those that are left out are not named, since it may have no such parameters. The command
 * line reads a list of one number as that number.
 */
function withGiven<P extends Objective | Policy>(part: P, values: Readonly<Record<string, JsonValue | undefined>>): P {
  const isList = (name: string) => Array.isArray(part.parameters[name]?.value);
  const entries = Object.entries(known(values)).map(([name, value]) => [name, isList(name) && typeof value === "number" ? [value] : value]);
  return part.with(Object.fromEntries(entries) as Record<string, JsonValue>) as P;
}

/** A configuration's objective. */
export function objectiveOf(configuration: PartialConfiguration, { objective: part }: Parts = {}): Objective {
  const values = givenValues(configuration, OBJECTIVE_PARAMETERS, "objectiveParameters");
  if (part !== undefined) return withGiven(part, values);
  const { objective: name = "renyi" } = configuration;
  requireBuiltIn("objective", name);
  return makeObjective(name, values);
}

/** A configuration's policy. */
export function policyOf(configuration: PartialConfiguration, { policy: part }: Parts = {}): Policy {
  const values = givenValues(configuration, POLICY_PARAMETERS, "policyParameters");
  if (part !== undefined) return withGiven(part, values);
  const { policy: name = "mlp" } = configuration;
  requireBuiltIn("policy", name);
  return makePolicy(name, values);
}
