/** Most decimals of a weight. */
const MOST_DECIMALS = 6;

/** Numbers as whole multiples of a power of ten from 1 to 10⁻⁶, so that sums have no rounding. Undefined if a number has more decimals. */
export function wholeUnits(numbers: readonly number[]): { perUnit: number; whole: number[] } | undefined {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const perUnit = 10 ** decimals;
    const whole = numbers.map((number) => Math.round(number * perUnit));
    if (numbers.every((number, n) => Math.abs(number * perUnit - (whole[n] as number)) <= 1e-12 * (1 + Math.abs(number * perUnit)))) {
      return { perUnit, whole };
    }
  }
  return undefined;
}
