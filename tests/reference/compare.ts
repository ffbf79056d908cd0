/** How far two vectors are apart at most, relative to the larger one's largest entry (or to 1 where both are small). */
export function largestError(actual: Float64Array, expected: Float64Array): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} entries against ${expected.length}.`);
  let error = 0;
  let size = 1;
  actual.forEach((entry, i) => {
    const other = expected[i]!;
    // Math.max hands a NaN on, so a NaN anywhere is seen.
    error = Math.max(error, Math.abs(entry - other));
    size = Math.max(size, Math.abs(entry), Math.abs(other));
  });
  return error / size;
}
