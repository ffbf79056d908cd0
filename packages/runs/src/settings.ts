import { environmentDeclarations, type TrainingDefaults } from "@webgfn/envs";
import { estimators, objectiveNames, objectives } from "@webgfn/objectives";
import { policyNames } from "@webgfn/sampler";
import { policies } from "@webgfn/sampler/internal";
import { type Parameters, type ParameterValue, type Rule, rules } from "@webgfn/tensor";
import { TRAINER_PARAMETERS } from "@webgfn/trainer/internal";

/** The kind of a value on the command line. */
export type Kind = "number" | "numbers" | "text" | "truth";

/** One field of a configuration. The command line's options and help, the checks of JSON and the columns of tables follow from it. */
export interface Setting {
  /** The rule of the field's JSON value. */
  readonly rule: Rule;
  /** The command line's option of the same name, if there is one: kind and placeholder of its value, and the help. */
  readonly option?: { readonly kind: Kind; readonly form: string; readonly help: string };
}

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const OBJECT: Rule = { accepts: isPlain, words: "an object of numbers, texts and files" };
const TEXTS: Rule = {
  accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
  words: "a list of texts, such as files with the names of their exports",
};
const OBJECT_FILE: Rule = {
  accepts: (value) =>
    (typeof value === "string" && value !== "") ||
    (isPlain(value) && typeof value["name"] === "string" && typeof value["text"] === "string"),
  words: "a path, or a file as { name, text }",
};
const HASHES: Rule = {
  accepts: (value) => isPlain(value) && Object.values(value).every((hash) => typeof hash === "string"),
  words: "an object of files and their SHA-256",
};

const KINDS: Readonly<Record<Kind, Rule>> = {
  number: { accepts: (value) => typeof value === "number", words: "a number" },
  numbers: { accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === "number"), words: "a list of numbers" },
  text: { accepts: (value) => typeof value === "string", words: "a text" },
  truth: { accepts: (value) => typeof value === "boolean", words: "true or false" },
};

/** The kind of a declared parameter, by its default value. */
function kindOf(value: ParameterValue): Kind {
  if (Array.isArray(value)) return "numbers";
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "truth" : "number";
}

/** The placeholder of a value in the help: `N` for whole numbers, `X` for others, `N,N` or `X,X` for lists, `NAME` for texts. */
function formOf(value: ParameterValue, rule: Rule): string {
  if (Array.isArray(value)) return value.map((each) => (Number.isInteger(each) ? "N" : "X")).some((form) => form === "X") ? "X,X" : "N,N";
  if (typeof value === "string" || typeof value === "boolean") return "NAME";
  return rule.words.startsWith("a whole number") ? "N" : "X";
}

function orNull(rule: Rule): Rule {
  return { accepts: (value) => value === null || rule.accepts(value), words: `${rule.words} or null` };
}

/** A default value as text for the help. */
function defaultText(value: ParameterValue): string {
  if (typeof value === "number" && value > 0 && value < 0.01) return value.toExponential();
  return Array.isArray(value) ? value.join(",") : String(value);
}

/**
 * The note on a default in the help: `(default 128)`, with the environments that have another default. Empty for an option that is left out
 * by default.
 */
function defaultNote(name: string, value: ParameterValue): string {
  const ofEnvironments = new Map<string, string[]>();
  for (const { name: environment, defaults } of Object.values(environmentDeclarations)) {
    const own = name in defaults ? String(defaults[name as keyof TrainingDefaults]) : undefined;
    if (own !== undefined) ofEnvironments.set(own, [...(ofEnvironments.get(own) ?? []), environment]);
  }
  if (name === "learningRate" || name === "anneal") {
    const [[own, names] = []] = ofEnvironments;
    return ` (default ${defaultText(value)}${own === undefined ? "" : `; with the objective of ${names?.join(", ")} ${own}`})`;
  }
  if (ofEnvironments.size > 0) {
    const [[usual], ...rest] = [...ofEnvironments].sort(([, a], [, b]) => b.length - a.length) as [[string], ...[string, string[]][]];
    return ` (default ${[usual, ...rest.map(([own, names]) => `${own} for ${names.join(", ")}`)].join("; ")})`;
  }
  return value === null ? "" : ` (default ${defaultText(value)})`;
}

function fieldsOf(parameters: Parameters, rule: (own: { value: ParameterValue; rule: Rule }) => Rule): Record<string, Setting> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const { value, help } = parameter;
      const option = { kind: kindOf(value), form: formOf(value, parameter.rule), help: `${help}${defaultNote(name, value)}` };
      return [name, { rule: rule(parameter), option }];
    }),
  );
}

/** Merges the parameters of several objectives or policies. If two have the same name, the first one counts. */
function union(owners: readonly Parameters[]): Parameters {
  const declared = new Map<string, Parameters[string]>();
  for (const [name, parameter] of owners.flatMap((parameters) => Object.entries(parameters))) {
    if (!declared.has(name)) declared.set(name, parameter);
  }
  return Object.fromEntries(declared);
}

/** The parameters of all built-in objectives. Each is a field of a configuration; the objective checks its value. */
export const OBJECTIVE_PARAMETERS: Parameters = union(Object.values(objectives).map(({ parameters }) => parameters));
/** The parameters of all built-in policies. Each is a field of a configuration; the policy checks its value. */
export const POLICY_PARAMETERS: Parameters = union(Object.values(policies).map(({ parameters }) => parameters));

const name = (text: string): Required<Setting> => ({ rule: KINDS.text, option: { kind: "text", form: "NAME", help: text } });
const intervalOf = (help: string): Required<Setting> => ({ rule: rules.whole(1), option: { kind: "number", form: "N", help } });
const kindRule = ({ value }: { value: ParameterValue }) => orNull(KINDS[kindOf(value)]);

const othersOf = (field: "policy" | "objective"): string[] =>
  Object.values(environmentDeclarations).flatMap(({ name: environment, defaults: { [field]: own } }) =>
    own === undefined ? [] : [`${own} for ${environment}`],
  );
const OR_FILE = "or FILE.mjs#NAME";

/** All fields of a configuration, in the order of files and tables. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  environment: { rule: KINDS.text },
  env: { rule: OBJECT },
  objective: name(`${objectiveNames.join(", ")}, ${OR_FILE} (default ${["renyi", ...othersOf("objective")].join("; ")})`),
  ...fieldsOf(OBJECTIVE_PARAMETERS, kindRule),
  objectiveParameters: { rule: OBJECT },
  estimator: name(
    `gradient estimator of a divergence: ${Object.keys(estimators).join(", ")}, ${OR_FILE} (default paper; loo below alpha 0 or with --backward learned; balance with --exploration)`,
  ),
  ...fieldsOf(TRAINER_PARAMETERS, ({ value, rule }) => (value === null ? orNull(rule) : rule)),
  policy: name(`${policyNames.join(", ")}, ${OR_FILE} (default ${["mlp", ...othersOf("policy")].join("; ")})`),
  ...fieldsOf(POLICY_PARAMETERS, kindRule),
  policyParameters: { rule: OBJECT },
  evaluateEvery: intervalOf("steps between evaluations (default: chosen for 25 evaluations)"),
  checkpointEvery: intervalOf("steps between checkpoints (default: those between evaluations)"),
  objects: {
    rule: OBJECT_FILE,
    option: {
      kind: "text",
      form: "FILE",
      help: "objects for source objects: JSON lines as sample writes them, a NumPy array (.npy), or a table (CSV); the run keeps them",
    },
  },
  prior: {
    rule: OBJECT_FILE,
    option: {
      kind: "text",
      form: "RUN",
      help: "a policy in the place of p_B, so that the target is p_prior R/Z: the folder of a run or a checkpoint of the same environment; the run keeps it",
    },
  },
  reward: {
    rule: KINDS.text,
    option: {
      kind: "text",
      form: "FILE#NAME",
      help: "a reward of your own: a function (objects) => log R of each, or what hostReward, tableReward or wgslReward makes",
    },
  },
  rewardTable: {
    rule: OBJECT_FILE,
    option: {
      kind: "text",
      form: "FILE",
      help: "rewards of objects: a table (CSV), JSON lines or safetensors with a column reward (R) or logReward, or a NumPy array by state index; the run keeps them",
    },
  },
  rewardNetwork: {
    rule: OBJECT_FILE,
    option: {
      kind: "text",
      form: "FILE",
      help: 'a reward by a network of the features: an ONNX model, or safetensors with the metadata "network"; the run keeps it',
    },
  },
  rewardParameters: { rule: OBJECT },
  beta: {
    rule: rules.number(1e-6, 1e6),
    option: { kind: "number", form: "X", help: "inverse temperature of the reward: the target is R^beta (default 1)" },
  },
  metrics: { rule: TEXTS },
  files: { rule: HASHES },
};
