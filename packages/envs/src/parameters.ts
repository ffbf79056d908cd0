import { argumentError, requireKnown, requireRule, rules } from "@webgfn/tensor";

/** Checks that a size is a whole number in [least, most]. */
export function wholeNumber(name: string, value: number, least: number, most: number): number {
  requireRule(name, value, rules.whole(least, most));
  return value;
}

/** Largest number of a parameter: its square is a finite float32, too. */
const LARGEST = 1e18;

/** Checks that a number is at least `least` and finite, on the GPU as well. */
export function finiteNumber(name: string, value: number, least: number): number {
  requireRule(name, value, rules.number(least, LARGEST));
  return value;
}

/** Refuses parameters that an environment does not have. */
export function knownParameters(environment: string, given: object, known: readonly string[]): void {
  requireKnown(environment, "parameter", given, known);
  for (const [name, value] of Object.entries(given)) {
    if (value === null) throw argumentError(`${environment}'s ${name} must be left out or have a value, not null`);
  }
}
