import { argumentError } from "./errors.js";
import { type Rule, requireKnown, requireRule } from "./schema.js";

/** A parameter's value: anything that JSON can represent. */
export type ParameterValue = number | string | boolean | null | readonly ParameterValue[] | { readonly [name: string]: ParameterValue };

/**
 * A parameter of an objective, a policy or another part of a training, declared once: the command line's help, the check of
 * configurations, the columns of tables and the forms of pages all follow from this.
 */
export interface Parameter<Value extends ParameterValue = ParameterValue> {
  /** Its value: the default in a declaration, the chosen one in an object that was made. */
  readonly value: Value;
  /** The rule for its value. */
  readonly rule: Rule;
  /** One line for people, without the default. */
  readonly help: string;
}

/** Parameters by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** The values of declared parameters. */
export type ValuesOf<Declared extends Parameters> = { readonly [Name in keyof Declared]: Widened<Declared[Name]["value"]> };
type Widened<Value> = Value extends number ? number : Value extends boolean ? boolean : Value;

/** The values of parameters, without rules and help. */
export function parameterValues<Declared extends Parameters>(parameters: Declared): ValuesOf<Declared> {
  return Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value])) as ValuesOf<Declared>;
}

/**
 * The same parameters with other values. A value that is `undefined` keeps the old one.
 *
 * @param owner name of the parameters' owner in errors, such as `renyi`.
 * @throws WebgfnError `argument` for a name that is not declared, or a value that breaks its parameter's rule.
 */
export function withValues<Declared extends Parameters>(owner: string, parameters: Declared, values: object): Declared {
  requireKnown(owner, "option", values, Object.keys(parameters));
  const given = values as Readonly<Record<string, ParameterValue | undefined>>;
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const value = given[name];
      if (value === undefined) return [name, parameter];
      requireRule(name, value, parameter.rule);
      return [name, { ...parameter, value }];
    }),
  ) as Declared;
}

/**
 * Checks a user's declaration of parameters.
 *
 * @throws WebgfnError `argument` naming the first parameter that lacks a part, or whose default breaks its own rule.
 */
export function requireParameters(owner: string, parameters: unknown): asserts parameters is Parameters {
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
    throw argumentError(`the parameters of ${owner} must be an object, such as { beta: { value: 1, rule, help } }`);
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    const { value, rule, help } = (parameter ?? {}) as Partial<Parameter>;
    if (value === undefined) throw argumentError(`parameter ${name} of ${owner} needs a value: its default`);
    if (typeof rule?.words !== "string" || typeof rule.accepts !== "function") {
      throw argumentError(`parameter ${name} of ${owner} needs a rule, such as rules.number(0, 1)`);
    }
    if (typeof help !== "string") throw argumentError(`parameter ${name} of ${owner} needs help: one line that says what it does`);
    requireRule(`the default of parameter ${name} of ${owner}`, value, rule);
  }
}
