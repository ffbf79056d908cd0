/** Most decimals of a weight. */
const MOST_DECIMALS = 6;

/** Numbers as multiples of a power of ten, 1 to 10⁻⁶: whole numbers whose sums have no rounding. Undefined where they have more decimals. */
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
