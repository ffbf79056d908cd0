import type { EnvironmentName, ParameterValue } from "@webgfn/envs";
import type { EstimatorName, ImportanceWeights, ObjectiveName } from "@webgfn/objectives";
import type { BackwardPolicy, PolicyName } from "@webgfn/sampler";
import { type ParameterValue as JsonValue, rules } from "@webgfn/tensor";
import { argumentError, requireRule, unknownWord, type ValuesOf } from "@webgfn/tensor/internal";
import type { TRAINER_PARAMETERS } from "@webgfn/trainer/internal";
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
export type TrainingSettings = ValuesOf<typeof TRAINER_PARAMETERS>;

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
  requireRule("the text of a configuration", text, rules.text);
  requireRule("the name of a configuration", name, rules.text);
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
