import { parseArgs } from "node:util";
import type { Configuration, PartialConfiguration } from "@webgfn/runs";
import { commandName, type Kind, SETTINGS } from "@webgfn/runs/internal";
import { type ParameterValue, rules } from "@webgfn/tensor";
import { argumentError, nearest, requireRule } from "@webgfn/tensor/internal";
import { type Arguments, type Command, type OptionTable, PREFIXES, type Prefix } from "./command.js";

const PREFIXED = new RegExp(`^--((${PREFIXES.join("|")})\\.[^=]+)`);

/** Options of every command. */
export const COMMON_OPTIONS: OptionTable = {
  debug: { text: "show the stack of an error (also DEBUG=1)" },
  help: { text: "show this help" },
  version: { text: "show the version" },
};

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Parses a command's arguments.
 *
 * @throws WebgfnError `argument` for an unknown option, a missing value, or too many operands.
 */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const table: OptionTable = { ...command.options, ...COMMON_OPTIONS };
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const [name, { value }] of Object.entries(table)) options[name] = { type: value === undefined ? "boolean" : "string" };
  options["help"] = { type: "boolean", short: "h" };
  const parameters = argv.flatMap((text) => {
    const [, name = "", prefix] = PREFIXED.exec(text) ?? [];
    return command.parameters.includes(prefix as Prefix) ? [name] : [];
  });
  for (const name of parameters) options[name] = { type: "string" };

  const given: Arguments = {
    operands: [],
    values: new Map(),
    lists: new Map(),
    switches: new Set(),
    env: new Map(),
    objective: new Map(),
    policy: new Map(),
    reward: new Map(),
  };
  // Not strict: this function writes its own errors, and accepts values such as -1.
  for (const token of parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens) {
    if (token.kind === "positional") given.operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const option = options[name];
    if (option === undefined) throw unknownOption(command, rawName, Object.keys(table));
    if (option.type === "boolean") {
      if (value !== undefined) throw argumentError(`${rawName} takes no value`);
      given.switches.add(name);
      continue;
    }
    // A dash alone is standard output.
    const isOption =
      token.inlineValue === false &&
      value?.startsWith("-") === true &&
      value !== "-" &&
      !value.split(":").every((part) => NUMBER.test(part));
    if (value === undefined || value === "" || isOption) {
      throw argumentError(`${rawName} needs a value: ${rawName} ${table[name]?.value ?? "N"}`);
    }
    const prefix = PREFIXES.find((each) => name.startsWith(`${each}.`));
    if (prefix !== undefined) given[prefix].set(camel(name.slice(prefix.length + 1)), value);
    else if (table[name]?.repeated) given.lists.set(name, [...(given.lists.get(name) ?? []), value]);
    else given.values.set(name, value);
  }
  const extra = given.operands[command.mostOperands];
  if (extra !== undefined) throw argumentError(`webgfn ${command.name} takes no argument "${extra}"`, usage(command));
  return given;
}

function unknownOption(command: Command, given: string, known: readonly string[]): Error {
  const meant = nearest(given, known);
  return argumentError(
    `webgfn ${command.name} has no option ${given}${meant === undefined ? "" : ` (did you mean --${meant}?)`}`,
    `it has ${known.map((name) => `--${name}`).join(", ")}`,
  );
}

function usage({ name, operands }: Command): string {
  return `the form is webgfn ${[name, operands, "[options]"].filter((part) => part !== "").join(" ")}`;
}

/** The first operand. @throws WebgfnError `argument` if there is none; `what` names it in the message. */
export function operand(command: Command, { operands }: Arguments, what: string): string {
  const [first] = operands;
  if (first === undefined) throw argumentError(`webgfn ${command.name} needs ${what}`, usage(command));
  return first;
}

/** Parses a number in decimal notation. @throws WebgfnError `argument`, naming the option `name`, for any other text. */
export function parseNumber(name: string, text: string): number {
  if (!NUMBER.test(text)) throw argumentError(`${name} must be a number, not "${text}"`);
  return Number(text);
}

/** The value of an option, a whole number from `least` to `most`; `fallback` if the option is not given. */
export function wholeOption({ values }: Arguments, name: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const text = values.get(name);
  if (text === undefined) return fallback;
  const value = parseNumber(`--${name}`, text);
  requireRule(`--${name}`, value, rules.whole(least, most));
  return value;
}

/** `batchSize` → `batch-size` */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `data-seed` → `dataSeed` */
function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Parses a number, a list of numbers (`1,2`), or a list of points (`0,0:2,2`). Any other text is returned unchanged. */
function parameterValue(text: string): number | number[] | number[][] | string {
  const lists = text.split(":").map((list) => list.split(","));
  if (!lists.flat().every((part) => NUMBER.test(part))) return text;
  const numbers = lists.map((list) => list.map(Number));
  if (numbers.length > 1) return numbers;
  const [only = []] = numbers;
  return only.length > 1 ? only : (only[0] as number);
}

/** Formats a parameter's value for the command line: `1,2` for a list, `0,0:2,2` for points. */
export function parameterText(value: ParameterValue): string {
  return Array.isArray(value) ? value.join(Array.isArray(value[0]) ? ":" : ",") : String(value);
}

/** The options of the given settings, from the table {@link SETTINGS}. */
export function settingOptions(names: readonly string[]): OptionTable {
  const entries = names.flatMap((name) => {
    const option = SETTINGS[name]?.option;
    return option === undefined ? [] : [[kebab(name), { value: option.form, text: option.help }]];
  });
  return Object.fromEntries(entries);
}

/** Parses the text of an option as a value of this kind. */
function settingValue(option: string, text: string, kind: Kind): unknown {
  if (kind === "text") return text;
  if (kind === "truth") {
    if (text !== "true" && text !== "false") throw argumentError(`${option} must be true or false, not "${text}"`);
    return text === "true";
  }
  if (kind === "number") return parseNumber(option, text);
  return text.split(",").map((part) => parseNumber(option, part.trim()));
}

/** Parses the values of options with a prefix: numbers, lists of numbers, true, false, or text. The owner of the parameters checks them. */
function parameters(given: ReadonlyMap<string, string>): Record<string, ParameterValue> {
  return Object.fromEntries(
    [...given].map(([name, text]) => [name, text === "true" || text === "false" ? text === "true" : parameterValue(text)]),
  );
}

/** The fields of a configuration that the command line sets. The option of a field is its name in kebab case. */
export function configurationFromArguments(given: Arguments): PartialConfiguration {
  const fields: Record<string, unknown> = {};
  const environment = environmentNamed(given);
  if (environment !== undefined) fields["environment"] = environment;
  for (const [field, { option }] of Object.entries(SETTINGS)) {
    const text = given.values.get(kebab(field));
    if (option === undefined || text === undefined) continue;
    const end = `${field}End`;
    const [start = "", last, ...rest] = text.split(":");
    if (last !== undefined && rest.length === 0 && SETTINGS[end]?.option !== undefined) {
      fields[field] = parseNumber(`--${kebab(field)}`, start);
      fields[end] = parseNumber(`--${kebab(field)}`, last);
    } else {
      fields[field] = settingValue(`--${kebab(field)}`, text, option.kind);
    }
  }
  // The environment checks its parameters: numbers, lists of numbers, names or files.
  if (given.env.size > 0) fields["env"] = Object.fromEntries([...given.env].map(([name, text]) => [name, parameterValue(text)]));
  if (given.objective.size > 0) fields["objectiveParameters"] = parameters(given.objective);
  if (given.policy.size > 0) fields["policyParameters"] = parameters(given.policy);
  if (given.reward.size > 0) fields["rewardParameters"] = parameters(given.reward);
  const command = given.values.get("reward-command");
  if (command !== undefined && fields["reward"] !== undefined)
    throw argumentError("--reward and --reward-command name two rewards", "remove one of them");
  if (command !== undefined) fields["reward"] = commandName(command);
  const metrics = given.lists.get("metric");
  if (metrics !== undefined) fields["metrics"] = metrics;
  return fields as Partial<Configuration>;
}

/** The environment that the operand or `--environment` names. @throws WebgfnError `argument` if they name different ones. */
function environmentNamed({ operands: [operand], values }: Arguments): string | undefined {
  const option = values.get("environment");
  if (operand !== undefined && option !== undefined && operand !== option) {
    throw argumentError(`"${operand}" and --environment ${option} name two environments`, "remove one of them");
  }
  return operand ?? option;
}
