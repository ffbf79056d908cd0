import { type Rule, rules, type WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief, requireArgument } from "@webgfn/tensor/internal";
import type { Environment } from "./environment.js";
import type { SampledObject } from "./objects.js";

/** The value with which files fill lists that are too short. */
const PADDING = -1;

/**
 * The error for an object that the environment cannot reach.
 *
 * @param why the reason, after a colon, such as `item 4 is in it twice`.
 */
export function unreachable(title: string, object: unknown, why: string): WebgfnError {
  return argumentError(`${title} cannot reach ${inBrief(object)}: ${why}`);
}

/**
 * The list in a field of an object, which may come from a file.
 *
 * @param example an object as it should be.
 * @throws WebgfnError `argument` if the object has no such list.
 */
export function listIn(title: string, object: unknown, field: string, example: object): readonly unknown[] {
  const list = (object as Readonly<Record<string, unknown>> | null | undefined)?.[field];
  if (!Array.isArray(list)) throw unreachable(title, object, `it needs a list "${field}", as in ${JSON.stringify(example)}`);
  return list;
}

/**
 * Checks the numbers of a list.
 *
 * @param what name of one number, such as `an item`.
 * @throws WebgfnError `argument` that names the first number that is not a whole number from 0 to `most`.
 */
export function requireWholeNumbers(
  title: string,
  object: unknown,
  list: readonly unknown[],
  what: string,
  most: number,
): asserts list is readonly number[] {
  const rule: Rule = rules.whole(0, most);
  const wrong = list.findIndex((value) => !rule.accepts(value));
  if (wrong >= 0) throw unreachable(title, object, `${what} is ${rule.words}, not ${inBrief(list[wrong])}`);
}

/** A list from a file without the padding at its end. */
export function withoutPadding(list: readonly number[]): number[] {
  let { length } = list;
  while (length > 0 && list[length - 1] === PADDING) length--;
  return list.slice(0, length);
}

/**
 * The states of objects, one after another, as `TrainerOptions.objects` takes them for the source `objects`.
 *
 * @throws WebgfnError `argument` for an environment without `encode`, for an empty list, or for an object that the environment cannot reach,
 * with its number from 1.
 *
 * @example
 * ```ts
 * import { encodeObjects, sets } from "@webgfn/envs";
 * const environment = sets({ items: 5, size: 2 });
 * console.log(encodeObjects(environment, [{ items: [0, 1] }, { items: [1, 4] }])); // Uint32Array(4) [ 3, 2, 18, 2 ]
 * ```
 */
export function encodeObjects<O extends SampledObject>(environment: Environment<O>, objects: readonly O[]): Uint32Array {
  requireEncode(environment);
  requireArgument.list("objects", objects);
  if (objects.length === 0) throw argumentError("objects is empty; give at least one object");
  const { stateWords } = environment;
  const states = new Uint32Array(objects.length * stateWords);
  objects.forEach((object, n) => {
    let state: Uint32Array;
    try {
      state = encodeObject(environment, object);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw argumentError(`object ${n + 1} of ${objects.length}: ${cause.message}`);
    }
    states.set(state, n * stateWords);
  });
  return states;
}

/** @throws WebgfnError `argument` for an environment whose objects cannot be turned into states. */
export function requireEncode(environment: Environment): void {
  requireArgument.environment(environment);
  const { name, encode } = environment;
  if (typeof encode === "function") return;
  throw argumentError(
    `${name} has no encode, so that its objects cannot be turned into states`,
    "give its description an encode(object), the inverse of decode",
  );
}

/**
 * The terminal state of one object.
 *
 * @throws WebgfnError `argument` for an object that the environment cannot reach, or an `encode` that returns no state. Errors of a user's
 * `encode` are rethrown.
 */
export function encodeObject<O extends SampledObject>(environment: Environment<O>, object: O): Uint32Array {
  const { name, stateWords } = environment;
  const state = environment.encode?.(object);
  if (!(state instanceof Uint32Array) || state.length !== stateWords) {
    throw argumentError(`${name}'s encode must return a Uint32Array of ${stateWords} words, not ${inBrief(state)}`);
  }
  return state;
}

/** `encode` of objects `{ words }`, which are a state's own words. */
export function encodeWords(title: string, stateWords: number): (object: { words: number[] }) => Uint32Array {
  return (object) => {
    const words = listIn(title, object, "words", { words: new Array<number>(Math.min(stateWords, 3)).fill(0) });
    if (words.length !== stateWords) throw unreachable(title, object, `a state has ${stateWords} words, not ${words.length}`);
    requireWholeNumbers(title, object, words, "a word", 2 ** 32 - 1);
    return Uint32Array.from(words);
  };
}
