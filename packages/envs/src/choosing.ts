/** Which of some masses a point at `at` falls into when they lie side by side from 0 on; the last where rounding leads beyond it. */
export function chosen(masses: ArrayLike<number>, at: number): number {
  let end = 0;
  for (let k = 0; k < masses.length; k++) {
    end += masses[k] as number;
    if (at < end) return k;
  }
  return masses.length - 1;
}

/** The same for many masses, by where each of them ends. */
export function chosenOfMany(ends: Float64Array, at: number): number {
  let low = 0;
  for (let high = ends.length - 1; low < high; ) {
    const middle = (low + high) >>> 1;
    if (at < (ends[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
