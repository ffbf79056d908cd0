import { type Rule, rules } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";

/** Returns a size. @throws WebgfnError `argument` unless it is a whole number from `least` to `most`. */
export function wholeNumber(name: string, value: number, least: number, most: number): number {
  requireRule(name, value, rules.whole(least, most));
  return value;
}

/** Largest value of a numeric parameter: its square is still a finite float32. */
const LARGEST = 1e18;

/** The rule for numbers of at least `least` that are finite as float32. */
export function finiteNumber(least: number): Rule {
  return rules.number(least, LARGEST);
}

/** The rule of temperatures. */
export const TEMPERATURE: Rule = rules.number(1e-3, 1e6);

/** The rule of seeds of simulated data. */
export const SEED: Rule = rules.whole(0);

/** The rule of a file with its name and text. */
export const FILE: Rule = {
  words: "a file's name and text, { name, text }",
  accepts: (value) => {
    const { name, text } = (value ?? {}) as { name?: unknown; text?: unknown };
    return typeof name === "string" && typeof text === "string";
  },
};
