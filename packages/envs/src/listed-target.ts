import { largestOf } from "@webgfn/tensor/internal";
import { chosenOfMany } from "./choosing.js";

/** A target R/Z over listed objects, which are identified by their numbers. */
export interface ListedTarget {
  /** log Σ_x R(x). */
  logZ: number;
  /** The largest log R. */
  highest: number;
  /** [number]: Σ of R/Z over the objects up to and including this one. */
  cumulative: Float64Array;
}

/** The target, from log R of every object by number. */
export function listedTarget(logRewards: Float64Array): ListedTarget {
  const cumulative = logRewards.slice();
  const highest = largestOf(cumulative);
  let total = 0;
  cumulative.forEach((value, number) => {
    total += Math.exp(value - highest);
    cumulative[number] = total;
  });
  return { logZ: highest + Math.log(total), highest, cumulative: cumulative.map((value) => value / total) };
}

/**
 * States of objects drawn from R/Z by inverting the cumulative distribution.
 *
 * @param stateAt returns the state, of `stateWords` words, of the object with a number.
 */
export function drawListed(
  { cumulative }: ListedTarget,
  { count, stateWords, random }: { count: number; stateWords: number; random: { uniform(): number } },
  stateAt: (number: number) => ArrayLike<number>,
): Uint32Array {
  const states = new Uint32Array(count * stateWords);
  for (let n = 0; n < count; n++) states.set(stateAt(chosenOfMany(cumulative, random.uniform())), n * stateWords);
  return states;
}
