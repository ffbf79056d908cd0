import { type Environment, environmentDeclarations, environmentNames, makeEnvironment, type ParameterValue } from "@webgfn/envs";
import { type ImportanceWeights, makeObjective, type Objective } from "@webgfn/objectives";
import { fitPolicy, HEAD_PARAMETERS, makePolicy, type Policy } from "@webgfn/sampler";
import { argumentError, type Rule, requireRule, rules, unknownWord } from "@webgfn/tensor";
import { checkOptions, chosenEstimator, type TrainerOptions } from "@webgfn/trainer";

/**
 * Everything that describes a run, as plain JSON: what `config.json` keeps and `--config` takes. Fields are named as in
 * the API.
 */
export interface Configuration {
  /** The environment's name. */
  environment: string;
  /** The environment's parameters. */
  env: Record<string, ParameterValue>;
  objective: string;
  /** Order of the divergence; `null` where the objective has none. */
  alpha: number | null;
  /** λ of SubTB(λ); `null` where the objective has none. */
  lambda: number | null;
  /** Importance weights of the forward KL, `normalised` or `raw`; `null` where the objective has none. */
  weights: ImportanceWeights | null;
  estimator: string;
  batchSize: number;
  steps: number;
  learningRate: number;
  logZLearningRate: number;
  decayPower: number;
  logZDecayPower: number;
  /** Where a learned log Z starts; `null` for the largest log R of an initial batch. */
  logZInitial: number | null;
  /** The longest gradient that is not shortened; `null` where none is. */
  gradientClip: number | null;
  exploration: number;
  /** `mlp`, or `gin` where states are forests. */
  policy: string;
  /** Widths of the policy's hidden layers. */
  hidden: number[];
  /** Gaussians per coordinate of a continuous environment's policy. */
  components: number;
  /** Least and largest standard deviation of those Gaussians. */
  scales: number[];
  /** `uniform` or `learned` p_B. */
  backward: string;
  seed: number;
  replicas: number;
  /** Steps between evaluations. */
  evaluateEvery: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
}

/** A configuration of which any field may be left to its default. */
export type PartialConfiguration = Partial<Configuration>;

type Kind = "number" | "text" | "numbers" | "parameters" | "number or null" | "text or null";

/** Every field, and what its JSON must be. */
export const FIELDS: Readonly<Record<keyof Configuration, Kind>> = {
  environment: "text",
  env: "parameters",
  objective: "text",
  alpha: "number or null",
  lambda: "number or null",
  weights: "text or null",
  estimator: "text",
  batchSize: "number",
  steps: "number",
  learningRate: "number",
  logZLearningRate: "number",
  decayPower: "number",
  logZDecayPower: "number",
  logZInitial: "number or null",
  gradientClip: "number or null",
  exploration: "number",
  policy: "text",
  hidden: "numbers",
  components: "number",
  scales: "numbers",
  backward: "text",
  seed: "number",
  replicas: "number",
  evaluateEvery: "number",
  checkpointEvery: "number",
};

const isNumber = (value: unknown): value is number => typeof value === "number";
const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A number, a list of numbers, or a list of such lists. */
function isNumbers(value: unknown): boolean {
  const isList = (list: unknown) => Array.isArray(list) && list.every(isNumber);
  return isNumber(value) || isList(value) || (Array.isArray(value) && value.every(isList));
}

/** A number, a list of numbers or of points, a text, or a file by its name and text. */
function isParameter(value: unknown): value is ParameterValue {
  return (
    isNumbers(value) ||
    typeof value === "string" ||
    (isPlain(value) && typeof value["name"] === "string" && typeof value["text"] === "string")
  );
}

const PARAMETER: Rule = { accepts: isParameter, words: "a number, a list of numbers, a text or a file as { name, text }" };

const CHECKS: Readonly<Record<Kind, Rule>> = {
  number: { accepts: isNumber, words: "a number" },
  "number or null": { accepts: (value) => value === null || isNumber(value), words: "a number or null" },
  text: { accepts: (value) => typeof value === "string", words: "a text" },
  "text or null": { accepts: (value) => value === null || typeof value === "string", words: "a text or null" },
  numbers: { accepts: (value) => Array.isArray(value) && value.every(isNumber), words: "a list of numbers" },
  parameters: { accepts: isPlain, words: "an object of numbers, texts and files" },
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
    if (!Object.hasOwn(FIELDS, field)) throw unknownWord(`a field that ${name} may have`, field, Object.keys(FIELDS));
    requireRule(`${name}: ${field}`, value, CHECKS[FIELDS[field as keyof Configuration]]);
  }
  for (const [parameter, value] of Object.entries(json["env"] ?? {})) requireRule(`${name}: env.${parameter}`, value, PARAMETER);
  return json as PartialConfiguration;
}

/**
 * Lays one configuration over another. An environment's parameters and policy, and an objective's alpha, lambda,
 * weights and estimator, belong together: where the upper one names another environment or objective, those of the lower one go.
 */
export function overlay(lower: PartialConfiguration, upper: PartialConfiguration): PartialConfiguration {
  const { env = {}, policy, alpha, lambda, weights, estimator, ...rest } = lower;
  const agrees = (field: "environment" | "objective") =>
    upper[field] === undefined || lower[field] === undefined || upper[field] === lower[field];
  const sameEnvironment = agrees("environment");
  const sameObjective = agrees("objective");
  return {
    ...rest,
    ...(sameEnvironment && policy !== undefined ? { policy } : {}),
    ...(sameObjective && alpha !== undefined ? { alpha } : {}),
    ...(sameObjective && lambda !== undefined ? { lambda } : {}),
    ...(sameObjective && weights !== undefined ? { weights } : {}),
    ...(sameObjective && estimator !== undefined ? { estimator } : {}),
    ...upper,
    env: { ...(sameEnvironment ? env : {}), ...upper.env },
  };
}

/** Evaluations of a run beside the one before training, where no interval is given: the paper's 26 in all. */
const EVALUATIONS = 25;

/**
 * Fills in every default and checks every value; opens no device.
 *
 * @throws WebgfnError `argument` naming the first value that is not acceptable.
 */
export function completeConfiguration(given: PartialConfiguration): Configuration {
  if (given.environment === undefined) {
    throw argumentError(`an environment is needed; choose from ${environmentNames.join(", ")}`, "`webgfn list` describes them");
  }
  const made = environmentOf(given.environment, given.env ?? {});
  const { alpha = null, lambda = null, weights = null } = given;
  const goal = objectiveOf({ objective: given.objective ?? "renyi", alpha, lambda, weights });
  const estimator = chosenEstimator(goal, given.estimator, given.backward === "learned").name;
  const { defaults } = made;
  const steps = given.steps ?? defaults.steps;
  const model = {
    environment: made.name,
    env: { ...made.parameters },
    objective: goal.name,
    alpha: parameterOf(goal, "alpha") as number | null,
    lambda: parameterOf(goal, "lambda") as number | null,
    weights: parameterOf(goal, "weights") as ImportanceWeights | null,
    estimator,
    batchSize: given.batchSize ?? defaults.batchSize,
    steps,
    learningRate: given.learningRate ?? 1e-3,
    logZLearningRate: given.logZLearningRate ?? 0.1,
    decayPower: given.decayPower ?? 1,
    logZDecayPower: given.logZDecayPower ?? 0.5,
    logZInitial: given.logZInitial ?? null,
    gradientClip: given.gradientClip ?? null,
    exploration: given.exploration ?? 0,
    // Only the MLP can learn p_B or a flow.
    policy: given.policy ?? (given.backward === "learned" || goal.learns.includes("flow") ? "mlp" : (defaults.policy ?? "mlp")),
    hidden: given.hidden ?? [...defaults.hidden],
    components: given.components ?? HEAD_PARAMETERS.components.value,
    scales: given.scales ?? [...HEAD_PARAMETERS.scales.value],
    backward: given.backward ?? HEAD_PARAMETERS.backward.value,
    seed: given.seed ?? 0,
    replicas: given.replicas ?? 1,
  };
  fitPolicy(policyOf(model), made, { flow: goal.learns.includes("flow") });
  checkOptions(trainerOptions(model, made));
  const evaluateEvery = interval("evaluateEvery", given.evaluateEvery ?? Math.ceil(steps / EVALUATIONS));
  return { ...model, evaluateEvery, checkpointEvery: interval("checkpointEvery", given.checkpointEvery ?? evaluateEvery) };
}

function environmentOf(name: string, parameters: Record<string, ParameterValue>): Environment {
  const known = Object.keys(environmentDeclarations[name]?.parameters ?? {});
  if (environmentNames.includes(name)) {
    for (const parameter of Object.keys(parameters)) {
      if (!known.includes(parameter)) throw unknownWord(`a parameter of ${name}`, parameter, known);
    }
  }
  return makeEnvironment(name, parameters);
}

/** A configuration's objective. */
export function objectiveOf({
  objective: name,
  alpha,
  lambda,
  weights,
}: Pick<Configuration, "objective" | "alpha" | "lambda" | "weights">): Objective {
  return makeObjective(name, {
    ...(alpha === null ? {} : { alpha }),
    ...(lambda === null ? {} : { lambda }),
    ...(weights === null ? {} : { weights }),
  });
}

/** Checks a number of steps between two events. */
function interval(name: string, value: number): number {
  requireRule(name, value, rules.whole(1));
  return value;
}

/**
 * What a configuration means to a trainer; the intervals are the loop's around it.
 *
 * @param made the configuration's environment, where it is at hand: enumerating one takes a while.
 */
export function trainerOptions(
  configuration: Omit<Configuration, "evaluateEvery" | "checkpointEvery">,
  made: Environment = makeEnvironment(configuration.environment, configuration.env),
): TrainerOptions {
  const { batchSize, steps, learningRate, logZLearningRate, decayPower, logZDecayPower, logZInitial, gradientClip } = configuration;
  const { exploration, seed, replicas, estimator } = configuration;
  return {
    environment: made,
    policy: policyOf(configuration),
    objective: objectiveOf(configuration),
    estimator,
    batchSize,
    steps,
    learningRate,
    logZLearningRate,
    decayPower,
    logZDecayPower,
    ...(logZInitial === null ? {} : { logZInitial }),
    ...(gradientClip === null ? {} : { gradientClip }),
    exploration,
    seed,
    replicas,
  };
}

/** The value of an objective's parameter; `null` where it has none of that name. */
function parameterOf({ parameters }: Objective, name: string): unknown {
  return parameters[name]?.value ?? null;
}

/** A configuration's policy. */
export function policyOf({
  policy: name,
  hidden,
  components,
  scales,
  backward,
}: Pick<Configuration, "policy" | "hidden" | "components" | "scales" | "backward">): Policy {
  return makePolicy(name, { hidden, components, scales, backward });
}
