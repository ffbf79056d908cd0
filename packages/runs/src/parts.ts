import {
  type Environment,
  environmentDeclarations,
  environmentNames,
  makeEnvironment,
  type NetworkRewardOptions,
  type Reward,
  withReward,
} from "@webgfn/envs";
import { unknownReward } from "@webgfn/envs/internal";
import { type Estimator, estimators, makeObjective, type Objective, objectiveNames } from "@webgfn/objectives";
import { makePolicy, type Policy, policyNames } from "@webgfn/sampler";
import type { ParameterValue as JsonValue, WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief, unknownWord } from "@webgfn/tensor/internal";
import type { Metric } from "@webgfn/trainer";
import type { Configuration, PartialConfiguration } from "./configuration.js";
import { isCommand, isFileReference } from "./file-reference.js";
import { known } from "./known.js";
import { type GivenNetwork, givenNetwork } from "./rewards/network-file.js";
import { type GivenRewards, givenRewards } from "./rewards/table-file.js";
import { OBJECTIVE_PARAMETERS, POLICY_PARAMETERS } from "./settings.js";

/**
 * Objects to use instead of the names in a configuration. A configuration never loads code by itself: the command line loads the files
 * in its arguments, and other programs import theirs.
 */
export interface Parts {
  /** An environment, or a function that makes one from the parameters `env`. */
  // biome-ignore lint/suspicious/noExplicitAny: each maker names its own parameters
  readonly environment?: Environment | ((parameters: any) => Environment) | undefined;
  /** A user-defined objective. */
  readonly objective?: Objective | undefined;
  /** A user-defined policy. */
  readonly policy?: Policy | undefined;
  /** A user-defined estimator. */
  readonly estimator?: Estimator | undefined;
  /** User-defined metrics, in addition to the built-in ones. */
  readonly metrics?: readonly Metric[] | undefined;
  /** A reward in place of the environment's own. */
  readonly reward?: Reward | undefined;
}

/** A user-defined part of a configuration: an environment, objective, policy, estimator, metric or reward that is not built in. */
export interface OwnPart {
  role: "environment" | "objective" | "policy" | "estimator" | "metric" | "reward";
  /** A reference to an export of a file; only a name if a user's program wrote the configuration. */
  name: string;
}

const ESTIMATORS = Object.keys(estimators);

/**
 * The user-defined parts of a configuration.
 *
 * @param written whether a run or a program wrote the configuration. Then an unknown name is a user-defined part; otherwise it is a
 * typing error, and not listed here.
 */
export function ownParts(configuration: PartialConfiguration, written: boolean): OwnPart[] {
  const { environment, objective, policy, estimator, metrics = [], reward } = configuration;
  const own = (role: OwnPart["role"], name: string | undefined, builtIn: readonly string[]): OwnPart[] =>
    name !== undefined && (isFileReference(name) || isCommand(name) || (written && !builtIn.includes(name))) ? [{ role, name }] : [];
  return [
    ...own("environment", environment, environmentNames),
    ...own("objective", objective, objectiveNames),
    ...own("policy", policy, policyNames),
    ...own("estimator", estimator, ESTIMATORS),
    ...metrics.flatMap((metric) => own("metric", metric, [])),
    ...own("reward", reward, []),
  ];
}

/** @throws WebgfnError `argument` for a reference to a user's file, because its object was not passed. */
function requireBuiltIn(role: keyof Parts, name: string): void {
  if (isFileReference(name)) throw notLoaded(role, name);
}

/** The error for a user-defined part whose object was not passed. */
export function notLoaded(role: keyof Parts, name: string): WebgfnError {
  return argumentError(
    `${name} is a file of your own, and configurations do not load files`,
    `import it, and pass it as { ${role} } beside the configuration`,
  );
}

/**
 * Makes a configuration's environment, or returns the one in `parts`.
 *
 * @throws WebgfnError `argument` for an unknown name or parameter.
 */
export function environmentOf(configuration: PartialConfiguration, parts: Parts = {}): Environment {
  return hasReward(parts) ? parts.environment : environmentWithFile(configuration, parts).environment;
}

/** Whether {@link environmentOf} made the environment in `parts`, so that it already has its reward. */
function hasReward(parts: Parts): parts is Parts & { environment: Environment } {
  return typeof parts.environment === "object" && parts.environment.rewardFacts !== undefined;
}

/** Like {@link environmentOf}, with the file of the reward if the configuration has one. */
export function environmentWithFile(
  configuration: PartialConfiguration,
  parts: Parts,
): { environment: Environment; rewardFile: GivenRewards | GivenNetwork | undefined } {
  const environment = dynamicsOf(configuration, parts);
  const { reward: name, beta } = configuration;
  const rewardFile = parts.reward === undefined ? rewardFileOf(environment, configuration) : undefined;
  if (hasReward(parts)) return { environment, rewardFile };
  if (name !== undefined && parts.reward === undefined) throw notLoaded("reward", name);
  const reward = parts.reward ?? rewardFile?.reward;
  return { environment: withReward(environment, { ...(reward && { reward }), ...(beta != null && { beta }) }), rewardFile };
}

/**
 * The table of rewards, or the network, that a configuration has, if any.
 *
 * @throws WebgfnError `argument` for the path of a file: only the command line reads files. `file` for a faulty file.
 */
function rewardFileOf(environment: Environment, configuration: PartialConfiguration): GivenRewards | GivenNetwork | undefined {
  const { rewardTable, rewardNetwork, rewardParameters } = configuration;
  for (const [field, file] of Object.entries({ rewardTable, rewardNetwork })) {
    if (file === undefined || typeof file === "object") continue;
    throw argumentError(
      `${field} names the file ${inBrief(file)}, and only the command line reads it`,
      "give { name, text } or { name, bytes }",
    );
  }
  if (rewardTable !== undefined) return givenRewards(environment.withoutReward ?? environment, rewardTable, rewardParameters);
  return rewardNetwork && givenNetwork(rewardNetwork, rewardParameters as NetworkRewardOptions);
}

/** The parts of a run, with an unknown reward in place of one that was not loaded. That is enough for sampling and for reports. */
export function withUnknownReward({ reward }: PartialConfiguration, parts: Parts): Parts {
  return reward === undefined || parts.reward !== undefined ? parts : { ...parts, reward: unknownReward(reward) };
}

/** The environment with its own reward. */
function dynamicsOf({ environment: name, env = {} }: PartialConfiguration, { environment: part }: Parts): Environment {
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

/** Calls a user's function. @throws WebgfnError `argument` for a parameter that the environment does not list, if it lists any. */
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
 * A user-defined objective or policy with the given parameter values. Missing values are not passed on, because the part may not have those
 * parameters. A number becomes a list if the parameter is a list, because the command line reads a list of one number as a number.
 */
function withGiven<P extends Objective | Policy>(part: P, values: Readonly<Record<string, JsonValue | undefined>>): P {
  const isList = (name: string) => Array.isArray(part.parameters[name]?.value);
  const entries = Object.entries(known(values)).map(([name, value]) => [name, isList(name) && typeof value === "number" ? [value] : value]);
  return part.with(Object.fromEntries(entries) as Record<string, JsonValue>) as P;
}

/**
 * Makes a configuration's objective from its name, or from the one in `parts`.
 *
 * @throws WebgfnError `argument` for an unknown name, or a value that is not acceptable.
 */
export function objectiveOf(configuration: PartialConfiguration, { objective: part }: Parts = {}): Objective {
  const values = givenValues(configuration, OBJECTIVE_PARAMETERS, "objectiveParameters");
  if (part !== undefined) return withGiven(part, values);
  const { objective: name = "renyi" } = configuration;
  requireBuiltIn("objective", name);
  return makeObjective(name, values);
}

/**
 * Makes a configuration's policy from its name, or from the one in `parts`.
 *
 * @throws WebgfnError `argument` for an unknown name, or a value that is not acceptable.
 */
export function policyOf(configuration: PartialConfiguration, { policy: part }: Parts = {}): Policy {
  const values = givenValues(configuration, POLICY_PARAMETERS, "policyParameters");
  if (part !== undefined) return withGiven(part, values);
  const { policy: name = "mlp" } = configuration;
  requireBuiltIn("policy", name);
  return makePolicy(name, values);
}
