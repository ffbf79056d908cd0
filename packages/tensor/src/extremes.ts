// Math.max(...values) puts every value on the stack, which overflows from about a hundred thousand values on.

/** The largest of any number of values; −∞ if there are none, NaN if one is NaN. */
export function largestOf(values: Iterable<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest of any number of values; ∞ if there are none, NaN if one is NaN. */
export function smallestOf(values: Iterable<number>): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}
