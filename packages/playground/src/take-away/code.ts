/** The settings as a command line and as a program, which train the same model. */
import { type DataFile, environmentDeclarations, type ParameterValue } from "@webgfn/envs";
import { type Configuration, completeConfiguration } from "@webgfn/runs";
import { POLICY_PARAMETERS, SETTINGS } from "@webgfn/runs/internal";
import type { Parameters } from "@webgfn/tensor";
import { TRAINER_PARAMETERS } from "@webgfn/trainer/internal";
import { type Choice, configurationOf, expressionOf, type Settings } from "../settings.js";

/** A file that a command line or a program reads. */
interface CodeFile {
  name: string;
  text: string;
}

export interface CommandLine {
  command: string;
  /** Files to put into the folder where the command is run. */
  files: CodeFile[];
}

/** Fields that the code does not repeat: intervals of a run's output, and fields that are elsewhere in the code. */
const ELSEWHERE = ["environment", "env", "objective", "steps", "evaluateEvery", "checkpointEvery"];

/** `batchSize` → `batch-size` */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
/** `gaussian-mixture` → `gaussianMixture` */
const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const isFile = (value: unknown): value is DataFile => typeof value === "object" && value !== null && "text" in value;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The fields of a configuration that differ from the defaults of its environment and objective. */
function changes(settings: Settings, choice: Choice): Partial<Configuration> {
  const all = configurationOf(settings, choice);
  const defaults = completeConfiguration({ environment: all.environment, env: settings.env, objective: all.objective });
  const entries = Object.entries(all).filter(
    ([field, value]) => !ELSEWHERE.includes(field) && value !== null && !same(value, defaults[field as keyof Configuration]),
  );
  return Object.fromEntries(entries);
}

/** The environment's parameters that differ from its defaults. */
function changedParameters({ environment, env }: Settings): [string, ParameterValue][] {
  const defaults = environmentDeclarations[environment]?.make({}).parameters ?? {};
  return Object.entries(env).filter(([name, value]) => !same(value, defaults[name]));
}

/** Whether the command line can express a parameter's value. It reads a list with one point as a list of numbers. */
const isSayable = (value: ParameterValue): boolean => !(Array.isArray(value) && value.length === 1);

/**
 * The command line that trains the same model as the page does.
 *
 * @param steps training steps.
 */
export function commandLine(settings: Settings, choice: Choice, steps: number): CommandLine {
  const files: CodeFile[] = [];
  const words = ["npx", "webgfn", "train", settings.environment];
  const add = (option: string, value: string) => {
    const quoted = quote(value);
    // A value with a sign would be taken for an option.
    words.push(value.startsWith("-") ? `--${option}=${quoted}` : `--${option} ${quoted}`);
  };
  const unsayable: Record<string, ParameterValue> = {};
  for (const [name, value] of changedParameters(settings)) {
    if (isFile(value)) {
      const file = fileName(value.name);
      files.push({ name: file, text: value.text });
      add(`env.${kebab(name)}`, file);
    } else if (isSayable(value)) add(`env.${kebab(name)}`, parameterText(value));
    else unsayable[name] = value;
  }
  if (Object.keys(unsayable).length > 0) {
    files.push({ name: "settings.json", text: `${JSON.stringify({ environment: settings.environment, env: unsayable }, null, 2)}\n` });
    add("config", "settings.json");
  }
  add("objective", choice.objective);
  for (const [field, value] of Object.entries(changes(settings, choice))) {
    if (SETTINGS[field]?.option !== undefined) add(kebab(field), Array.isArray(value) ? value.join(",") : String(value));
  }
  add("steps", String(steps));
  const expression = expressionOf(settings.environment);
  if (settings.reward !== "" && expression !== undefined) {
    files.push({ name: "reward.mjs", text: `export const reward = ${rewardFunction(settings.reward, expression.names)};\n` });
    add("reward", "./reward.mjs#reward");
  }
  if (settings.beta !== 1) add("beta", String(settings.beta));
  add("out", `runs/${settings.environment}-${choice.objective}`);
  return { command: words.join(" "), files };
}

/**
 * A TypeScript program that trains the same model as the page does, and prints the results.
 *
 * @param steps training steps.
 */
export function program(settings: Settings, choice: Choice, steps: number): string {
  const all = configurationOf(settings, choice);
  const { policy, hidden } = all;
  /** The values of a configuration that differ from declared defaults. */
  const differing = (declared: Parameters) =>
    Object.fromEntries(
      Object.entries(declared).flatMap(([name, { value: usual }]) => {
        const value = all[name as keyof Configuration];
        return value == null || same(value, usual) ? [] : [[name, value]];
      }),
    );
  const { estimator } = changes(settings, choice);
  const options = { ...(estimator && { estimator }), ...differing(TRAINER_PARAMETERS), steps };
  const parameters = changedParameters(settings);
  const expression = settings.reward === "" ? undefined : expressionOf(settings.environment);
  // Files are parameters of a configuration, which makeEnvironment takes.
  const make = parameters.some(([, value]) => isFile(value)) ? "makeEnvironment" : camel(settings.environment);
  const entries = [
    ...parameters.map(([name, value]) => `${name}: ${literal(value)}`),
    ...(expression === undefined ? [] : [`reward: hostReward(${rewardFunction(settings.reward, expression.names)})`]),
    ...(settings.beta === 1 ? [] : [`beta: ${settings.beta}`]),
  ];
  const environment =
    make === "makeEnvironment" ? `${make}(${literal(settings.environment)}, ${braces(entries)})` : `${make}(${braces(entries)})`;
  const objective = `makeObjective(${literal(choice.objective)}, ${braces(Object.entries(choice.parameters).map(entryText))})`;
  const imports = ["makeObjective", policy, make, "openDevice", "Trainer", ...(expression === undefined ? [] : ["hostReward"])];
  return `import { ${imports.sort((a, b) => a.localeCompare(b)).join(", ")} } from "webgfn";

const device = await openDevice();
const trainer = await Trainer.create(device, {
  environment: ${environment},
  objective: ${objective},
  policy: ${policy}(${braces(Object.entries({ hidden, ...differing(POLICY_PARAMETERS) }).map(entryText))}),
${Object.entries(options)
  .map((entry) => `  ${entryText(entry)},\n`)
  .join("")}});
await trainer.train(${steps});
console.log(await trainer.evaluate());
device.dispose();
`;
}

const entryText = ([name, value]: [string, unknown]): string => `${name}: ${literal(value)}`;
const braces = (entries: readonly string[]): string => (entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`);

/** A value as JavaScript, with short lists and blanks between their entries. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (isFile(value)) return `{ name: ${JSON.stringify(value.name)}, text: ${JSON.stringify(value.text)} }`;
  return JSON.stringify(value);
}

/** The reward by an expression, as a function of a batch of objects. The expression may end with a comment. */
function rewardFunction(expression: string, names: readonly string[]): string {
  return `(objects) => objects.map(({ ${names.join(", ")} }) => (${expression}\n))`;
}

/** A parameter's value for the command line: `1,2` for a list, `0,0:2,2` for points. */
function parameterText(value: ParameterValue): string {
  return Array.isArray(value) ? value.join(Array.isArray(value[0]) ? ":" : ",") : String(value);
}

/** The last part of a file's path, without characters that a shell or a file system may refuse. */
function fileName(path: string): string {
  return (
    path
      .replace(/^.*[\\/]/, "")
      .replace(/[^\p{L}\p{N}._-]/gu, "-")
      .replace(/^-+/, "") || "data"
  );
}

/** A word for a POSIX shell. */
function quote(word: string): string {
  return /^[\w.,:@%+=#/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
