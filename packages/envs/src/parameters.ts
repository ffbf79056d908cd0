import { argumentError } from "@webgfn/tensor";

/** Checks that a size is a whole number in [least, most]. */
export function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw argumentError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/** Checks that a number is finite and at least `least`. */
export function finiteNumber(name: string, value: number, least: number): number {
  if (!Number.isFinite(value) || value < least) {
    throw argumentError(`${name} must be a finite number of at least ${least}, not ${value}`);
  }
  return value;
}

/** Refuses parameters that an environment does not have. */
export function knownParameters(environment: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw argumentError(`${environment} has no parameter "${name}"; it has ${known.join(", ") || "none"}`);
  }
}
