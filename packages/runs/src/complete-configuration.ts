import type { Environment, ParameterValue } from "@webgfn/envs";
import type { Objective } from "@webgfn/objectives";
import type { Policy } from "@webgfn/sampler";
import { fitPolicy } from "@webgfn/sampler/internal";
import { rules } from "@webgfn/tensor";
import { argumentError, inBrief, requireArgument, requireRule } from "@webgfn/tensor/internal";
import type { TrainerOptions } from "@webgfn/trainer";
import { checkOptions, chosenEstimator, offPolicyCause, TRAINER_PARAMETERS } from "@webgfn/trainer/internal";
import { type Configuration, flattened, type PartialConfiguration, type TrainingSettings } from "./configuration.js";
import { known } from "./known.js";
import { type GivenObjects, givenObjects } from "./objects/given-objects.js";
import { requireParts } from "./part-rules.js";
import { environmentOf, environmentWithFile, notLoaded, objectiveOf, ownParts, type Parts, policyOf } from "./parts.js";
import { priorOfConfiguration } from "./prior-policy.js";
import { OBJECTIVE_PARAMETERS, POLICY_PARAMETERS } from "./settings.js";

/** Default number of evaluations during training. Including the one before training there are 26, as in the paper. */
const EVALUATIONS = 25;

/**
 * Fills in all defaults and checks all values, without opening a device.
 *
 * @param parts objects to use instead of the names in the configuration.
 * @throws WebgfnError `argument` that names the first invalid value.
 *
 * @example
 * ```ts
 * import { completeConfiguration } from "@webgfn/runs";
 * const configuration = completeConfiguration({ environment: "sets", env: { items: 10, size: 5 }, steps: 500 });
 * console.log(configuration.steps, configuration.objective, configuration.batchSize); // 500 renyi 128
 * ```
 */
export function completeConfiguration(given: PartialConfiguration, parts: Parts = {}): Configuration {
  requireArgument.object("the configuration", given);
  requireParts(parts);
  const flat = flattened(given);
  const { environment, rewardFile } = environmentWithFile(flat, parts);
  const sources = (["reward", "rewardTable", "rewardNetwork"] as const).filter((field) => flat[field] !== undefined);
  if (sources.length > 1) throw argumentError(`${sources.join(" and ")} are ${sources.length} rewards`, "give one of them");
  if (rewardFile === undefined && Object.keys(flat.rewardParameters ?? {}).length > 0) {
    throw argumentError("rewardParameters are for a rewardTable or a rewardNetwork, and there is none", "give one, or leave them out");
  }
  const [metric] = parts.metrics === undefined ? (flat.metrics ?? []) : [];
  if (metric !== undefined) throw notLoaded("metrics", metric);
  if (typeof parts.environment === "object") requireNoParameters(parts.environment, flat.env);
  const { defaults } = environment;
  const usual = (defaults.objective ?? "renyi") as Configuration["objective"];
  const objective = objectiveOf({ objective: usual, ...known(flat) }, parts);
  const isOwnObjective = flat.objective === undefined && parts.objective === undefined;
  const ofEnvironment: Readonly<Record<string, number | undefined>> = {
    batchSize: defaults.batchSize,
    steps: defaults.steps,
    // These were chosen for the environment's objective.
    ...(isOwnObjective && { learningRate: defaults.learningRate, anneal: defaults.anneal }),
  };
  // Only the MLP can learn p_B or a flow.
  const fallback = flat.backward === "learned" || objective.learns.includes("flow") ? "mlp" : (defaults.policy ?? "mlp");
  const policyName = flat.policy ?? parts.policy?.name ?? fallback;
  const usualPolicy =
    parts.policy === undefined ? { hidden: [...defaults.hidden], ...(defaults.scales && { scales: [...defaults.scales] }) } : {};
  const policy = policyOf({ ...usualPolicy, ...known(flat), policy: policyName as Configuration["policy"] }, parts);
  const isLearned = policy.parameters["backward"]?.value === "learned";
  const estimator = chosenEstimator(objective, parts.estimator ?? flat.estimator, {
    learned: isLearned,
    offPolicy:
      offPolicyCause({
        exploration: flat.exploration ?? 0,
        explorationEnd: flat.explorationEnd ?? null,
        temperature: flat.temperature ?? 1,
        source: flat.source ?? TRAINER_PARAMETERS.source.value,
      }) !== undefined,
  }).name;
  const ofTraining = Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => [
    name,
    flat[name as keyof TrainingSettings] ?? ofEnvironment[name] ?? value,
  ]);
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
  const objects = objectsOf(environment, flat);
  const prior = priorOfConfiguration(flat);
  checkOptions({
    ...trainingOptions(training),
    environment,
    objective,
    policy,
    estimator: parts.estimator ?? estimator,
    metrics: [...(parts.metrics ?? [])],
    ...(objects && { objects: objects.states }),
    ...(prior && { prior: prior.checkpoint }),
  });
  const evaluateEvery = interval("evaluateEvery", flat.evaluateEvery ?? Math.ceil(training.steps / EVALUATIONS));
  return {
    ...model,
    evaluateEvery,
    checkpointEvery: interval("checkpointEvery", flat.checkpointEvery ?? evaluateEvery),
    ...(objects && { objects: objects.file }),
    ...(prior && { prior: prior.file }),
    ...(flat.metrics && flat.metrics.length > 0 ? { metrics: flat.metrics } : {}),
    ...(flat.reward !== undefined && { reward: flat.reward }),
    ...(rewardFile && { [flat.rewardTable === undefined ? "rewardNetwork" : "rewardTable"]: rewardFile.file }),
    ...(rewardFile && flat.rewardParameters && { rewardParameters: flat.rewardParameters }),
    ...(flat.beta != null && flat.beta !== 1 && { beta: flat.beta }),
    ...(flat.files && { files: flat.files }),
  };
}

/**
 * A run's configuration as it was written, with defaults for fields that an earlier version did not write. User-defined parts stay
 * names, so that reports can show the settings without loading their code.
 *
 * @throws WebgfnError `argument` that names the first invalid value.
 */
export function recordedConfiguration(written: PartialConfiguration): Configuration {
  const { environment, objective = "renyi", policy = "mlp", estimator = "none" } = written;
  // A version that did not write `anneal` did not anneal, regardless of the environment's default now.
  if (environment === undefined || ownParts(written, true).length === 0) return completeConfiguration({ anneal: 1, ...written });
  const nothing = Object.fromEntries(Object.keys({ ...OBJECTIVE_PARAMETERS, ...POLICY_PARAMETERS }).map((name) => [name, null]));
  const training = Object.fromEntries(Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => [name, value]));
  const steps = written.steps ?? TRAINER_PARAMETERS.steps.value;
  const evaluateEvery = written.evaluateEvery ?? Math.ceil(steps / EVALUATIONS);
  const fallbacks = { env: {}, ...nothing, ...training, checkpointEvery: written.checkpointEvery ?? evaluateEvery };
  return { ...fallbacks, ...known(written), environment, objective, policy, estimator, evaluateEvery } as unknown as Configuration;
}

/**
 * The values of an objective's or a policy's parameters as fields of a configuration: a field for each built-in parameter (`null` if the
 * part does not have it), and the other ones together in the field `rest`.
 */
function valuesOf({ parameters }: Objective | Policy, builtIn: object, rest: "objectiveParameters" | "policyParameters"): object {
  const flat = Object.fromEntries(Object.keys(builtIn).map((name) => [name, parameters[name]?.value ?? null]));
  const own = Object.entries(parameters).filter(([name]) => !Object.hasOwn(builtIn, name));
  return { ...flat, ...(own.length === 0 ? {} : { [rest]: Object.fromEntries(own.map(([name, { value }]) => [name, value])) }) };
}

/** The objects of a configuration, if it has any. @throws WebgfnError `argument` for a path: only the command line reads files. */
function objectsOf(environment: Environment, { objects }: PartialConfiguration): GivenObjects | undefined {
  if (objects === undefined) return undefined;
  if (typeof objects !== "object") {
    throw argumentError(
      `objects names the file ${inBrief(objects)}, and only the command line reads it`,
      "give { name, text } or { name, bytes }",
    );
  }
  return givenObjects(environment, objects);
}

/** @throws WebgfnError `argument` for a parameter whose value differs from that of an existing environment. */
function requireNoParameters({ name, parameters }: Environment, env: Record<string, ParameterValue> = {}): void {
  const given = Object.keys(env).find((parameter) => JSON.stringify(env[parameter]) !== JSON.stringify(parameters[parameter]));
  if (given === undefined) return;
  throw argumentError(
    `${name} takes no parameter ${given}: it is an environment, not a function that makes one`,
    "export a function of the parameters instead",
  );
}

/** Returns a number of steps between two events. @throws WebgfnError `argument` unless it is a whole number of at least 1. */
function interval(name: string, value: number): number {
  requireRule(name, value, rules.whole(1));
  return value;
}

/** The trainer's numeric options, without those that are `null`. */
function trainingOptions(settings: TrainingSettings): Pick<TrainerOptions, keyof TrainingSettings> {
  const names = Object.keys(TRAINER_PARAMETERS) as (keyof TrainingSettings)[];
  return known(Object.fromEntries(names.map((name) => [name, settings[name]])) as unknown as TrainingSettings);
}

/**
 * The trainer options of a configuration. The intervals between evaluations and checkpoints are options of the training loop instead.
 *
 * @param parts objects to use instead of the names in the configuration. Pass an environment that already exists, because making one may
 * take a while.
 * @throws WebgfnError `argument` for an unknown name or an invalid value.
 *
 * @example
 * ```ts
 * import { completeConfiguration, openDevice, Trainer, trainerOptions } from "webgfn";
 * const configuration = completeConfiguration({ environment: "sets", env: { items: 10, size: 5 }, objective: "tb" });
 * const device = await openDevice();
 * const trainer = await Trainer.create(device, trainerOptions(configuration));
 * device.dispose();
 * ```
 */
export function trainerOptions(configuration: Configuration, parts: Parts = {}): TrainerOptions {
  requireArgument.object("the configuration", configuration);
  requireParts(parts);
  const environment = environmentOf(configuration, parts);
  const objects = objectsOf(environment, configuration);
  const prior = priorOfConfiguration(configuration);
  return {
    ...trainingOptions(configuration),
    environment,
    policy: policyOf(configuration, parts),
    objective: objectiveOf(configuration, parts),
    estimator: parts.estimator ?? configuration.estimator,
    ...(objects && { objects: objects.states }),
    ...(prior && { prior: prior.checkpoint }),
    ...(parts.metrics && { metrics: parts.metrics }),
  };
}
