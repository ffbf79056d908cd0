import {
  type Environment,
  type EnvironmentName,
  environmentDeclarations,
  environmentNames,
  makeEnvironment,
  type ParameterValue,
} from "@webgfn/envs";
import {
  type Estimator,
  type EstimatorName,
  estimators,
  type ImportanceWeights,
  makeObjective,
  type Objective,
  type ObjectiveName,
  objectiveNames,
} from "@webgfn/objectives";
import { type BackwardPolicy, fitPolicy, makePolicy, type Policy, type PolicyName, policyNames } from "@webgfn/sampler";
import {
  argumentError,
  type ParameterValue as JsonValue,
  requireRule,
  rules,
  unknownWord,
  type ValuesOf,
  type WebgfnError,
} from "@webgfn/tensor";
import { checkOptions, chosenEstimator, type Metric, TRAINER_PARAMETERS, type TrainerOptions } from "@webgfn/trainer";
import { type FileReference, isFileReference } from "./file-reference.js";
import { OBJECTIVE_PARAMETERS, POLICY_PARAMETERS, SETTINGS } from "./settings.js";

/** Parameters of built-in objectives; `null` where the objective has none of that name. */
interface ObjectiveSettings {
  /** Order of the divergence. */
  alpha: number | null;
  /** λ of SubTB(λ). */
  lambda: number | null;
  /** Importance weights of the forward KL. */
  weights: ImportanceWeights | null;
  /** g of a balance loss: `square`, `huber`, `cosh` or `linex`. */
  loss: string | null;
  /** Where Huber's g turns from a parabola into a line. */
  delta: number | null;
  /** a of Linex. */
  skew: number | null;
}

/** Parameters of built-in policies; `null` where the policy has none of that name. */
interface PolicySettings {
  /** Widths of the hidden layers. */
  hidden: number[] | null;
  /** Gaussians per coordinate of a continuous environment's policy. */
  components: number;
  /** Least and largest standard deviation of those Gaussians. */
  scales: number[];
  backward: BackwardPolicy;
}

/** Batch size, steps, rates and so on, by the names of `TrainerOptions`; `null` where such an option is left out. */
type TrainingSettings = ValuesOf<typeof TRAINER_PARAMETERS>;

/**
 * Everything that describes a run, as plain JSON: what `config.json` keeps and `--config` takes. Fields are named as in
 * the API.
 */
export interface Configuration extends ObjectiveSettings, TrainingSettings, PolicySettings {
  /** The environment's name, or a file of one's own with the name of an export. */
  environment: EnvironmentName | FileReference;
  /** The environment's parameters. */
  env: Record<string, ParameterValue>;
  objective: ObjectiveName | FileReference;
  /** Parameters that only an objective of one's own has. Absent where there are none. */
  objectiveParameters?: Record<string, JsonValue>;
  estimator: EstimatorName | FileReference;
  /** `mlp`, `gin` where states are forests, or a file of one's own with the name of an export. */
  policy: PolicyName | FileReference;
  /** Parameters that only a policy of one's own has. Absent where there are none. */
  policyParameters?: Record<string, JsonValue>;
  /** Steps between evaluations. */
  evaluateEvery: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** Files of one's own with the names of metrics. Absent where there are none. */
  metrics?: string[];
  /** SHA-256 of each file of one's own, by its path. Only runs write it. */
  files?: Record<string, string>;
}

/** A configuration of which any field may be left to its default. */
export type PartialConfiguration = { [Field in keyof Configuration]?: Configuration[Field] | undefined };

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

const isNumber = (value: unknown): value is number => typeof value === "number";
const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A number, a list of numbers, or a list of such lists. */
function isNumbers(value: unknown): boolean {
  const isList = (list: unknown) => Array.isArray(list) && list.every(isNumber);
  return isNumber(value) || isList(value) || (Array.isArray(value) && value.every(isList));
}

const ENVIRONMENT_PARAMETER = {
  words: "a number, a list of numbers, a text or a file as { name, text }",
  accepts: (value: unknown) =>
    isNumbers(value) ||
    typeof value === "string" ||
    (isPlain(value) && typeof value["name"] === "string" && typeof value["text"] === "string"),
};

/**
 * Reads a configuration from JSON text.
 *
 * @param name what the text is called in errors.
 * @throws WebgfnError `argument` naming the first field that is unknown or of the wrong type.
 */
export function parseConfiguration(text: string, name: string): PartialConfiguration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw argumentError(`${name} is not JSON`);
  }
  if (!isPlain(json)) throw argumentError(`${name} must hold one JSON object, such as {"environment": "sets"}`);
  for (const [field, value] of Object.entries(json)) {
    const setting = Object.hasOwn(SETTINGS, field) ? SETTINGS[field] : undefined;
    if (setting === undefined) throw unknownWord(`a field that ${name} may have`, field, Object.keys(SETTINGS));
    requireRule(`${name}: ${field}`, value, setting.rule);
  }
  for (const [parameter, value] of Object.entries(json["env"] ?? {})) {
    requireRule(`${name}: env.${parameter}`, value, ENVIRONMENT_PARAMETER);
  }
  return flattened(json as PartialConfiguration);
}

/**
 * Moves parameters that built-in objectives or policies have out of `objectiveParameters` and `policyParameters`, so that each has
 * one place: the field of its name.
 */
function flattened(given: PartialConfiguration): PartialConfiguration {
  const { objectiveParameters, policyParameters, ...rest } = given;
  const split = (values: Record<string, JsonValue> | undefined, known: object) => {
    const entries = Object.entries(values ?? {});
    const flat = Object.fromEntries(entries.filter(([name]) => Object.hasOwn(known, name)));
    const nested = entries.filter(([name]) => !Object.hasOwn(known, name));
    return { flat, nested: nested.length === 0 ? undefined : Object.fromEntries(nested) };
  };
  const objective = split(objectiveParameters, OBJECTIVE_PARAMETERS);
  const policy = split(policyParameters, POLICY_PARAMETERS);
  return {
    ...rest,
    ...objective.flat,
    ...policy.flat,
    ...(objective.nested && { objectiveParameters: objective.nested }),
    ...(policy.nested && { policyParameters: policy.nested }),
  };
}

/** Fields that belong to another one: they go where that one changes. */
const OF_ENVIRONMENT = ["policy", "policyParameters"];
const OF_OBJECTIVE = [...Object.keys(OBJECTIVE_PARAMETERS), "objectiveParameters", "estimator"];
/** Of a built-in policy nothing goes: the widths of one fit the other. */
const OF_OWN_POLICY = [...Object.keys(POLICY_PARAMETERS), "policyParameters"];

/**
 * Lays one configuration over another. An environment's parameters and policy, an objective's parameters and estimator, and the
 * parameters of a policy of one's own belong together: where the upper one names another, those of the lower one go.
 */
export function overlay(lower: PartialConfiguration, upper: PartialConfiguration): PartialConfiguration {
  const differs = (field: "environment" | "objective" | "policy") =>
    upper[field] !== undefined && lower[field] !== undefined && upper[field] !== lower[field];
  const isOwnPolicy = [lower.policy, upper.policy].some((policy) => policy !== undefined && isFileReference(policy));
  const gone = [
    ...(differs("environment") ? OF_ENVIRONMENT : []),
    ...(differs("objective") ? OF_OBJECTIVE : []),
    ...(differs("policy") && isOwnPolicy ? OF_OWN_POLICY : []),
  ];
  const merged = (field: "objectiveParameters" | "policyParameters") =>
    upper[field] === undefined || gone.includes(field) ? {} : { [field]: { ...lower[field], ...upper[field] } };
  return {
    ...Object.fromEntries(Object.entries(lower).filter(([field]) => !gone.includes(field))),
    ...upper,
    ...merged("objectiveParameters"),
    ...merged("policyParameters"),
    env: { ...(differs("environment") ? {} : lower.env), ...upper.env },
  };
}

/** Evaluations of a run beside the one before training, where no interval is given: the paper's 26 in all. */
const EVALUATIONS = 25;

/**
 * Fills in every default and checks every value; opens no device.
 *
 * @param parts objects of one's own in the place of names.
 * @throws WebgfnError `argument` naming the first value that is not acceptable.
 */
export function completeConfiguration(given: PartialConfiguration, parts: Parts = {}): Configuration {
  const flat = flattened(given);
  const environment = environmentOf(flat, parts);
  const [metric] = parts.metrics === undefined ? (flat.metrics ?? []) : [];
  if (metric !== undefined) throw notAtHand("metrics", metric);
  if (typeof parts.environment === "object") requireNoParameters(parts.environment, flat.env);
  const objective = objectiveOf({ objective: "renyi", ...known(flat) }, parts);
  const { defaults } = environment;
  // Only the MLP can learn p_B or a flow.
  const fallback = flat.backward === "learned" || objective.learns.includes("flow") ? "mlp" : (defaults.policy ?? "mlp");
  const policyName = flat.policy ?? parts.policy?.name ?? fallback;
  const widths = parts.policy === undefined ? { hidden: [...defaults.hidden] } : {};
  const policy = policyOf({ ...widths, ...known(flat), policy: policyName as Configuration["policy"] }, parts);
  const isLearned = policy.parameters["backward"]?.value === "learned";
  const estimator = chosenEstimator(objective, parts.estimator ?? flat.estimator, isLearned).name;
  const ofTraining = Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => {
    const ofEnvironment = name === "batchSize" || name === "steps" ? defaults[name] : value;
    return [name, flat[name as keyof TrainingSettings] ?? ofEnvironment];
  });
  const training = Object.fromEntries(ofTraining) as unknown as TrainingSettings;
  const model = {
    environment: flat.environment ?? environment.name,
    env: { ...(parts.environment === undefined ? {} : flat.env), ...environment.parameters },
    objective: flat.objective ?? objective.name,
    ...valuesOf(objective, OBJECTIVE_PARAMETERS, "objectiveParameters"),
    estimator: parts.estimator === undefined ? estimator : (flat.estimator ?? estimator),
    ...training,
    policy: policyName,
    ...valuesOf(policy, POLICY_PARAMETERS, "policyParameters"),
  } as Omit<Configuration, "evaluateEvery" | "checkpointEvery">;
  fitPolicy(policy, environment, { flow: objective.learns.includes("flow") });
  checkOptions({
    ...trainingOptions(training),
    environment,
    objective,
    policy,
    estimator: parts.estimator ?? estimator,
    metrics: [...(parts.metrics ?? [])],
  });
  const evaluateEvery = interval("evaluateEvery", flat.evaluateEvery ?? Math.ceil(training.steps / EVALUATIONS));
  return {
    ...model,
    evaluateEvery,
    checkpointEvery: interval("checkpointEvery", flat.checkpointEvery ?? evaluateEvery),
    ...(flat.metrics && flat.metrics.length > 0 ? { metrics: flat.metrics } : {}),
    ...(flat.files && { files: flat.files }),
  };
}

/**
 * A run's configuration as it was written, with defaults for fields that an earlier version did not write. Parts of one's own stay
 * names, so that reports can show the settings without their code.
 *
 * @throws WebgfnError `argument` naming the first value that is not acceptable.
 */
export function recordedConfiguration(written: PartialConfiguration): Configuration {
  const { environment, objective = "renyi", policy = "mlp", estimator = "none" } = written;
  if (environment === undefined || ownParts(written, true).length === 0) return completeConfiguration(written);
  const nothing = Object.fromEntries(Object.keys({ ...OBJECTIVE_PARAMETERS, ...POLICY_PARAMETERS }).map((name) => [name, null]));
  const training = Object.fromEntries(Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => [name, value]));
  const steps = written.steps ?? TRAINER_PARAMETERS.steps.value;
  const evaluateEvery = written.evaluateEvery ?? Math.ceil(steps / EVALUATIONS);
  const fallbacks = { env: {}, ...nothing, ...training, checkpointEvery: written.checkpointEvery ?? evaluateEvery };
  return { ...fallbacks, ...known(written), environment, objective, policy, estimator, evaluateEvery } as unknown as Configuration;
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

/** Entries that are neither left out nor `null`. */
function known<T extends object>(values: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)) as {
    [Name in keyof T]?: NonNullable<T[Name]>;
  };
}

/** The values of a part's parameters: built-in ones in fields of their own (`null` where it has none), the others together. */
function valuesOf({ parameters }: Objective | Policy, builtIn: object, rest: "objectiveParameters" | "policyParameters"): object {
  const flat = Object.fromEntries(Object.keys(builtIn).map((name) => [name, parameters[name]?.value ?? null]));
  const own = Object.entries(parameters).filter(([name]) => !Object.hasOwn(builtIn, name));
  return { ...flat, ...(own.length === 0 ? {} : { [rest]: Object.fromEntries(own.map(([name, { value }]) => [name, value])) }) };
}

/** @throws WebgfnError `argument` for a part of one's own whose object is not at hand. */
function requireBuiltIn(role: keyof Parts, name: string): void {
  if (isFileReference(name)) throw notAtHand(role, name);
}

function notAtHand(role: keyof Parts, name: string): WebgfnError {
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
  const declared = environmentDeclarations[name];
  if (declared !== undefined) {
    const parameters = Object.keys(declared.parameters);
    const unknown = Object.keys(env).find((parameter) => !parameters.includes(parameter));
    if (unknown !== undefined) throw unknownWord(`a parameter of ${name}`, unknown, parameters);
  }
  return makeEnvironment(name, env);
}

/** @throws WebgfnError `argument` for a parameter of an environment that was made already, where it has another value there. */
function requireNoParameters({ name, parameters }: Environment, env: Record<string, ParameterValue> = {}): void {
  const given = Object.keys(env).find((parameter) => JSON.stringify(env[parameter]) !== JSON.stringify(parameters[parameter]));
  if (given === undefined) return;
  throw argumentError(
    `${name} takes no parameter ${given}: it is an environment that was made already`,
    "export a function of the parameters instead",
  );
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

/** Checks a number of steps between two events. */
function interval(name: string, value: number): number {
  requireRule(name, value, rules.whole(1));
  return value;
}

/** Options of a trainer that are numbers. */
function trainingOptions(settings: TrainingSettings): Pick<TrainerOptions, keyof TrainingSettings> {
  const names = Object.keys(TRAINER_PARAMETERS) as (keyof TrainingSettings)[];
  return known(Object.fromEntries(names.map((name) => [name, settings[name]])) as unknown as TrainingSettings);
}

/**
 * What a configuration means to a trainer; the intervals are the loop's around it.
 *
 * @param parts objects in the place of names, such as an environment that is at hand: enumerating one takes a while.
 */
export function trainerOptions(configuration: Configuration, parts: Parts = {}): TrainerOptions {
  return {
    ...trainingOptions(configuration),
    environment: environmentOf(configuration, parts),
    policy: policyOf(configuration, parts),
    objective: objectiveOf(configuration, parts),
    estimator: parts.estimator ?? configuration.estimator,
    ...(parts.metrics && { metrics: parts.metrics }),
  };
}
