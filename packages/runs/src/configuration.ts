import type { DataFile, EnvironmentName, NetworkRewardOptions, ParameterValue, TableOptions } from "@webgfn/envs";
import type { EstimatorName, ImportanceWeights, ObjectiveName, Weighting } from "@webgfn/objectives";
import type { BackwardPolicy, PolicyName } from "@webgfn/sampler";
import { type ParameterValue as JsonValue, rules } from "@webgfn/tensor";
import { argumentError, requireRule, unknownWord, type ValuesOf } from "@webgfn/tensor/internal";
import type { TRAINER_PARAMETERS } from "@webgfn/trainer/internal";
import { type FileReference, isFileReference } from "./file-reference.js";
import type { ObjectBytes } from "./objects/found-object.js";
import { repeatedKey } from "./repeated-key.js";
import { OBJECTIVE_PARAMETERS, POLICY_PARAMETERS, SETTINGS } from "./settings.js";

/** Parameters of built-in objectives; `null` if the configuration's objective does not have the parameter. */
interface ObjectiveSettings {
  /** Order of the divergence. */
  alpha: number | null;
  /** Order at the last step of a schedule. */
  alphaEnd: number | null;
  /** The quantity that the order's schedule follows: `steps` or `ess`. */
  alphaBy: string | null;
  /** λ of SubTB(λ). */
  lambda: number | null;
  /** How SubTB weighs subtrajectories. */
  weighting: Weighting | null;
  /** Importance weights of the forward KL. */
  weights: ImportanceWeights | null;
  /** g of a balance loss: `square`, `huber`, `cosh` or `linex`. */
  loss: string | null;
  /** Size of the residual at which Huber's g turns from a parabola into a line. */
  delta: number | null;
  /** a of Linex. */
  skew: number | null;
  /** Whether log F(s) is log R(s) plus a learned term. */
  forwardLooking: boolean | null;
}

/** Parameters of built-in policies; `null` if the configuration's policy does not have the parameter. */
interface PolicySettings {
  /** Widths of the hidden layers. */
  hidden: number[] | null;
  /** Gaussians per coordinate of a continuous environment's policy. */
  components: number;
  /** Smallest and largest standard deviation of those Gaussians. */
  scales: number[];
  backward: BackwardPolicy;
}

/** The numeric options of a training, named as in `TrainerOptions`; `null` for an option that is left out. */
export type TrainingSettings = ValuesOf<typeof TRAINER_PARAMETERS>;

/**
 * All settings of a run, as plain JSON. A run folder stores them in `config.json`, and `--config` reads them. Fields have the names of
 * the API.
 */
export interface Configuration extends ObjectiveSettings, TrainingSettings, PolicySettings {
  /** The environment's name, or a reference to an export of a user's file. */
  environment: EnvironmentName | FileReference;
  /** The environment's parameters. */
  env: Record<string, ParameterValue>;
  /** The objective's name, or a reference to an export of a user's file. */
  objective: ObjectiveName | FileReference;
  /** Parameters that no built-in objective has. Absent if there are none. */
  objectiveParameters?: Record<string, JsonValue>;
  /** The estimator's name, or a reference to an export of a user's file. */
  estimator: EstimatorName | FileReference;
  /** `mlp`, `gin` (for states that are forests), or a reference to an export of a user's file. */
  policy: PolicyName | FileReference;
  /** Parameters that no built-in policy has. Absent if there are none. */
  policyParameters?: Record<string, JsonValue>;
  /** Steps between evaluations. */
  evaluateEvery: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** References to metrics exported by a user's files. Absent if there are none. */
  metrics?: string[];
  /** The objects of source `objects` as JSON lines. Absent if there are none. */
  objects?: DataFile;
  /** A checkpoint whose policy takes the place of p_B, in base64. Absent if there is none. */
  prior?: DataFile;
  /** A reference to a reward exported by a user's file, or a command. Absent if the reward is the environment's own. */
  reward?: string;
  /** A table of rewards as JSON lines. Absent if there is none. */
  rewardTable?: DataFile;
  /** A network, or an ensemble, as JSON. Absent if there is none. */
  rewardNetwork?: DataFile;
  /** How the numbers of the table or the network become log R. Absent if no option was given. */
  rewardParameters?: TableOptions | NetworkRewardOptions;
  /** Inverse temperature β of the reward. Absent if it is 1. */
  beta?: number;
  /** SHA-256 of each user file, by its path. Only runs write this field. */
  files?: Record<string, string>;
}

/** A configuration with any fields left out. Missing fields have their defaults. Objects may be in any form that `readObjects` reads. */
export type PartialConfiguration = {
  [Field in Exclude<keyof Configuration, "objects" | "prior" | "rewardTable" | "rewardNetwork">]?: Configuration[Field] | undefined;
} & {
  objects?: DataFile | ObjectBytes | undefined;
  prior?: DataFile | ObjectBytes | undefined;
  rewardTable?: DataFile | ObjectBytes | undefined;
  rewardNetwork?: DataFile | ObjectBytes | undefined;
};

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
 * @param name name of the text in errors, such as its file.
 * @throws WebgfnError `argument` that names the first field that is unknown or has the wrong type.
 *
 * @example
 * ```ts
 * import { completeConfiguration, parseConfiguration } from "@webgfn/runs";
 * const given = parseConfiguration('{ "environment": "hypergrid", "env": { "side": 16 }, "steps": 300 }', "grid.json");
 * console.log(given.steps, completeConfiguration(given).batchSize); // 300 128
 * ```
 */
export function parseConfiguration(text: string, name: string): PartialConfiguration {
  requireRule("the text of a configuration", text, rules.text);
  requireRule("the name of a configuration", name, rules.text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw argumentError(`${name} is not JSON`);
  }
  if (!isPlain(json)) throw argumentError(`${name} must hold one JSON object, such as {"environment": "sets"}`);
  requireKeysOnce(text, name);
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

/** @throws WebgfnError `argument` for a key that an object has twice: one of its values would have no effect. */
export function requireKeysOnce(json: string, name: string): void {
  const key = repeatedKey(json);
  if (key !== undefined) throw argumentError(`${name} has the key "${key}" twice in one object`, "leave one of them out");
}

/**
 * Moves built-in parameters out of `objectiveParameters` and `policyParameters` to the fields of their names, so that each parameter has
 * one place.
 */
export function flattened(given: PartialConfiguration): PartialConfiguration {
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

/** Fields that depend on the environment, and on the objective. A change of it resets them. */
const OF_ENVIRONMENT = [
  "policy",
  "policyParameters",
  "objects",
  "prior",
  "reward",
  "rewardTable",
  "rewardNetwork",
  "rewardParameters",
  "beta",
];
const OF_OBJECTIVE = [...Object.keys(OBJECTIVE_PARAMETERS), "objectiveParameters", "estimator"];
/** Fields that depend on a user-defined policy. A change between built-in policies keeps them, because the same widths fit both. */
const OF_OWN_POLICY = [...Object.keys(POLICY_PARAMETERS), "policyParameters"];

/**
 * Merges two configurations; the fields of `upper` win. If `upper` changes the environment, the environment parameters, policy, objects,
 * prior and reward of `lower` are dropped. If it changes the objective, the objective's parameters and estimator are dropped; if it changes
 * to or from a user-defined policy, the policy's parameters; if its source has no share of objects, the objects.
 */
export function overlay(lower: PartialConfiguration, upper: PartialConfiguration): PartialConfiguration {
  const differs = (field: "environment" | "objective" | "policy") =>
    upper[field] !== undefined && lower[field] !== undefined && upper[field] !== lower[field];
  const isOwnPolicy = [lower.policy, upper.policy].some((policy) => policy !== undefined && isFileReference(policy));
  const usesObjects = upper.source === undefined || upper.objects !== undefined || /\bobjects\b/.test(upper.source);
  const gone = [
    ...(usesObjects ? [] : ["objects"]),
    ...(differs("environment") ? OF_ENVIRONMENT : []),
    ...(differs("objective") ? OF_OBJECTIVE : []),
    ...(differs("policy") && isOwnPolicy ? OF_OWN_POLICY : []),
  ];
  const merged = (field: "objectiveParameters" | "policyParameters" | "rewardParameters") =>
    upper[field] === undefined || gone.includes(field) ? {} : { [field]: { ...lower[field], ...upper[field] } };
  return {
    ...Object.fromEntries(Object.entries(lower).filter(([field]) => !gone.includes(field))),
    ...upper,
    ...merged("objectiveParameters"),
    ...merged("policyParameters"),
    ...merged("rewardParameters"),
    env: { ...(differs("environment") ? {} : lower.env), ...upper.env },
  };
}
