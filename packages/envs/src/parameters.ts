import { type Rule, rules } from "@webgfn/tensor";
import { requireRule } from "@webgfn/tensor/internal";

/** Checks that a size is a whole number in [least, most]. */
export function wholeNumber(name: string, value: number, least: number, most: number): number {
  requireRule(name, value, rules.whole(least, most));
  return value;
}

/** Largest number of a parameter: its square is a finite float32, too. */
const LARGEST = 1e18;

/** Numbers from `least` that are finite on the GPU as well. */
export function finiteNumber(least: number): Rule {
  return rules.number(least, LARGEST);
}

/** Seeds of simulated data. */
export const SEED: Rule = rules.whole(0);

/** A file, as its name and text. */
export const FILE: Rule = {
  words: "a file's name and text, { name, text }",
  accepts: (value) => {
    const { name, text } = (value ?? {}) as { name?: unknown; text?: unknown };
    return typeof name === "string" && typeof text === "string";
  },
};
