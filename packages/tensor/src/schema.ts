import { argumentError } from "./errors.js";
import { inBrief, shownName } from "./show-value.js";
import { suggestion } from "./suggest.js";

/** A rule for a value. */
export interface Rule {
  /** Continues "must be" in errors. */
  readonly words: string;
  /** The allowed values, if there are only a few: forms offer them. */
  readonly choices?: readonly unknown[];
  /** Whether a value obeys the rule. */
  accepts(value: unknown): boolean;
}

/** A rule for every option of an interface. */
export type Schema<T> = { readonly [K in keyof Required<T>]: Rule };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The rules that schemas of options are made of.
 *
 * @example
 * ```ts
 * import { rules } from "@webgfn/tensor";
 * const rule = rules.whole(1, 8);
 * console.log(rule.words, rule.accepts(3), rule.accepts(2.5)); // a whole number from 1 to 8 true false
 * const parameters = { depth: { value: 3, rule, help: "levels of the tree" } };
 * console.log(parameters.depth.value); // 3
 * ```
 */
export const rules = {
  whole: (least: number, most = Number.MAX_SAFE_INTEGER): Rule => ({
    words: `a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  }),
  number: (least: number, most: number): Rule => ({
    words: `a number from ${least} to ${most}`,
    accepts: (value) => typeof value === "number" && value >= least && value <= most,
  }),
  finite: { words: "a finite number", accepts: (value) => Number.isFinite(value) } satisfies Rule,
  oneOf: (...choices: readonly unknown[]): Rule => ({ words: choices.join(" or "), choices, accepts: (value) => choices.includes(value) }),
  list: (words: string, item: Rule, fewest: number, most: number): Rule => ({
    words,
    accepts: (value) => Array.isArray(value) && value.length >= fewest && value.length <= most && value.every((each) => item.accepts(each)),
  }),
  text: { words: "a text", accepts: (value) => typeof value === "string" && value !== "" } satisfies Rule,
  callback: { words: "a function", accepts: (value) => typeof value === "function" } satisfies Rule,
  /** An object of some interface, recognised by its members. */
  having: (words: string, ...members: readonly string[]): Rule => ({
    words,
    accepts: (value) => isObject(value) && members.every((member) => value[member] !== undefined),
  }),
};

/**
 * Refuses a value that breaks its rule.
 *
 * @param name name of the value in errors.
 * @throws WebgfnError `argument`
 */
export function requireRule(name: string, value: unknown, { words, accepts }: Rule): void {
  if (!accepts(value)) throw argumentError(`${name} must be ${words}, not ${inBrief(value)}`);
}

/**
 * Refuses unknown names, and suggests the name that was probably meant.
 *
 * @param owner name of their owner, such as `mlp`.
 * @param kind the word for one of them, such as `option`.
 * @throws WebgfnError `argument`
 */
export function requireKnown(owner: string, kind: string, given: unknown, known: readonly string[]): asserts given is object {
  if (!isObject(given)) throw argumentError(`the ${kind}s of ${owner} must be an object, not ${inBrief(given)}`);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw argumentError(`${owner} has no ${kind} "${shownName(name)}"${suggestion(name, known)}; it has ${known.join(", ") || "none"}`);
  }
}

/**
 * Checks options against their schema. `undefined` counts as left out.
 *
 * @param owner name of their owner, such as `mlp`.
 * @param needed the options without a default.
 * @throws WebgfnError `argument` naming the first option that is unknown, missing or not acceptable.
 */
export function requireOptions<T extends object>(owner: string, given: T, schema: Schema<T>, ...needed: (keyof T & string)[]): void {
  requireKnown(owner, "option", given, Object.keys(schema));
  const values = given as Readonly<Record<string, unknown>>;
  for (const [name, rule] of Object.entries<Rule>(schema)) {
    if (values[name] !== undefined) requireRule(name, values[name], rule);
    else if (needed.includes(name as keyof T & string)) throw argumentError(`${owner} needs ${name}: ${rule.words}`);
  }
}
