/**
 * Inverse transform sampling: the first k with `at` < masses[0] + … + masses[k]. Returns the last index if rounding puts `at` beyond the
 * total.
 *
 * @param at a number from 0 to the total of the masses.
 */
export function chosen(masses: ArrayLike<number>, at: number): number {
  let end = 0;
  for (let k = 0; k < masses.length; k++) {
    end += masses[k] as number;
    if (at < end) return k;
  }
  return masses.length - 1;
}

/**
 * Inverse transform sampling by binary search, for many masses.
 *
 * @param ends [k]: the cumulative sums of the masses.
 * @param at a number from 0 to the total of the masses.
 * @returns the first k with `at` < ends[k], or the last index.
 */
export function chosenOfMany(ends: Float64Array, at: number): number {
  let low = 0;
  for (let high = ends.length - 1; low < high; ) {
    const middle = (low + high) >>> 1;
    if (at < (ends[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
