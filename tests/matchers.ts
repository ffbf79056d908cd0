import { expect } from "vitest";

/** What `toBeAllClose` allows per element: the larger of `absolute` and `ofLargest`, and `relative` on top. */
interface Allowance {
  absolute?: number;
  /** Relative to the expected element. */
  relative?: number;
  /** Relative to the largest expected element, for vectors whose small elements carry the rounding of the large ones. */
  ofLargest?: number;
}

interface ClosenessMatchers {
  /** Every element is close to the expected one. Fails with the worst element. */
  toBeAllClose(expected: ArrayLike<number>, allowance: Allowance): void;
  /** |actual − expected| / |expected| of whole vectors, in 2-norms, is below the tolerance. */
  toBeCloseInNorm(expected: ArrayLike<number>, tolerance: number): void;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: Vitest's own declaration
  interface Matchers<T = any> extends ClosenessMatchers {}
}

function sameLength(actual: ArrayLike<number>, expected: ArrayLike<number>): boolean {
  return actual.length === expected.length;
}

const ofLengths = (actual: ArrayLike<number>, expected: ArrayLike<number>) => ({
  pass: false,
  message: () => `${actual.length} elements instead of ${expected.length}`,
});

expect.extend({
  toBeAllClose(actual: ArrayLike<number>, expected: ArrayLike<number>, { absolute = 0, relative = 0, ofLargest = 0 }: Allowance) {
    if (!sameLength(actual, expected)) return ofLengths(actual, expected);
    let largest = 0;
    for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
    let [worst, at] = [0, 0];
    for (let i = 0; i < expected.length; i++) {
      const difference = Math.abs(actual[i]! - expected[i]!);
      const excess = difference === 0 ? 0 : difference / (Math.max(absolute, ofLargest * largest) + relative * Math.abs(expected[i]!));
      // A NaN is the worst.
      if (!(excess <= worst)) [worst, at] = [excess, i];
      if (Number.isNaN(excess)) break;
    }
    return {
      pass: worst <= 1,
      message: () => `element ${at} is ${actual[at]} where ${expected[at]} is expected, ${worst} times the allowance`,
    };
  },

  toBeCloseInNorm(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
    if (!sameLength(actual, expected)) return ofLengths(actual, expected);
    let [difference, size] = [0, 0];
    for (let i = 0; i < expected.length; i++) {
      difference += (actual[i]! - expected[i]!) ** 2;
      size += expected[i]! ** 2;
    }
    const error = Math.sqrt(difference / size);
    return { pass: error < tolerance, message: () => `the relative error in 2-norms is ${error}, with a tolerance of ${tolerance}` };
  },
});
