import { environmentDeclarations, type TrainingDefaults } from "@webgfn/envs";
import { estimators, objectiveNames, objectives } from "@webgfn/objectives";
import { policyNames } from "@webgfn/sampler";
import { policies } from "@webgfn/sampler/internal";
import { type Parameters, type ParameterValue, type Rule, rules } from "@webgfn/tensor";
import { TRAINER_PARAMETERS } from "@webgfn/trainer/internal";

/** How a value is written on the command line. */
export type Kind = "number" | "numbers" | "text" | "truth";

/** One field of a configuration. The command line's options and help, checks of JSON and columns of tables follow from it. */
export interface Setting {
  /** What its JSON may be. */
  readonly rule: Rule;
  /** Of fields that the command line sets by an option of the same name: how its value is written, and the help. */
  readonly option?: { readonly kind: Kind; readonly form: string; readonly help: string };
}

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const OBJECT: Rule = { accepts: isPlain, words: "an object of numbers, texts and files" };
const TEXTS: Rule = {
  accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
  words: "a list of texts, such as files with the names of their exports",
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

/** How the values of a declared parameter are written. */
function kindOf(value: ParameterValue): Kind {
  if (Array.isArray(value)) return "numbers";
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "truth" : "number";
}

/** `N` for whole numbers, `X` for others, `N,N` for lists, `NAME` for texts. */
function formOf(value: ParameterValue, rule: Rule): string {
  if (Array.isArray(value)) return value.map((each) => (Number.isInteger(each) ? "N" : "X")).some((form) => form === "X") ? "X,X" : "N,N";
  if (typeof value === "string" || typeof value === "boolean") return "NAME";
  return rule.words.startsWith("a whole number") ? "N" : "X";
}

function orNull(rule: Rule): Rule {
  return { accepts: (value) => value === null || rule.accepts(value), words: `${rule.words} or null` };
}

/** A default as the help shows it. */
function defaultText(value: ParameterValue): string {
  if (typeof value === "number" && value > 0 && value < 0.01) return value.toExponential();
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** `(default 128)`, or every environment's where they differ; nothing for a parameter that is left out by default. */
function defaultNote(name: string, value: ParameterValue): string {
  const ofEnvironments = new Map<string, string[]>();
  for (const { name: environment, defaults } of Object.values(environmentDeclarations)) {
    const own = name in defaults ? String(defaults[name as keyof TrainingDefaults]) : undefined;
    if (own !== undefined) ofEnvironments.set(own, [...(ofEnvironments.get(own) ?? []), environment]);
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

/** Declarations of several owners by name; of those with the same name, the first one counts. */
function union(owners: readonly Parameters[]): Parameters {
  const declared = new Map<string, Parameters[string]>();
  for (const [name, parameter] of owners.flatMap((parameters) => Object.entries(parameters))) {
    if (!declared.has(name)) declared.set(name, parameter);
  }
  return Object.fromEntries(declared);
}

/** Parameters of built-in objectives, which are fields of a configuration. Each objective checks the values of its own. */
export const OBJECTIVE_PARAMETERS: Parameters = union(Object.values(objectives).map(({ parameters }) => parameters));
/** Parameters of built-in policies. */
export const POLICY_PARAMETERS: Parameters = union(Object.values(policies).map(({ parameters }) => parameters));

const name = (text: string): Required<Setting> => ({ rule: KINDS.text, option: { kind: "text", form: "NAME", help: text } });
const intervalOf = (help: string): Required<Setting> => ({ rule: rules.whole(1), option: { kind: "number", form: "N", help } });
const kindRule = ({ value }: { value: ParameterValue }) => orNull(KINDS[kindOf(value)]);

const others = Object.values(environmentDeclarations).flatMap(({ name: environment, defaults: { policy } }) =>
  policy === undefined ? [] : [`${policy} for ${environment}`],
);
const OR_FILE = "or FILE.mjs#NAME";

/** Every field of a configuration, in the order in which files and tables show them. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  environment: { rule: KINDS.text },
  env: { rule: OBJECT },
  objective: name(`${objectiveNames.join(", ")}, ${OR_FILE} (default renyi)`),
  ...fieldsOf(OBJECTIVE_PARAMETERS, kindRule),
  objectiveParameters: { rule: OBJECT },
  estimator: name(
    `gradient estimator of a divergence: ${Object.keys(estimators).join(", ")}, ${OR_FILE} (default paper; loo below alpha 0 or with --backward learned)`,
  ),
  ...fieldsOf(TRAINER_PARAMETERS, ({ value, rule }) => (value === null ? orNull(rule) : rule)),
  policy: name(`${policyNames.join(", ")}, ${OR_FILE} (default ${["mlp", ...others].join("; ")})`),
  ...fieldsOf(POLICY_PARAMETERS, kindRule),
  policyParameters: { rule: OBJECT },
  evaluateEvery: intervalOf("steps between evaluations (default: 25 evaluations in all)"),
  checkpointEvery: intervalOf("steps between checkpoints (default: as evaluations)"),
  metrics: { rule: TEXTS },
  files: { rule: HASHES },
};
