import type uPlot from "uplot";
import { numberText } from "./elements.js";

const MANTISSAS = [1, 2, 5];
const DECADES = Array.from({ length: 19 }, (_, k) => 10 ** (k - 9));
const ROUND_NUMBERS = DECADES.flatMap((decade) => MANTISSAS.map((mantissa) => mantissa * decade));
/** Largest number of ticks. */
const MOST_TICKS = 6;

/** The round numbers from `low` to `high` for a logarithmic axis. If there are too many, only powers of ten among them. */
export function fewest(low: number, high: number): number[] {
  const within = (candidates: readonly number[]) => candidates.filter((value) => value >= low && value <= high);
  const all = within(ROUND_NUMBERS);
  if (all.length <= MOST_TICKS) return all;
  const powers = within(DECADES);
  return powers.filter((_, k) => k % Math.ceil(powers.length / MOST_TICKS) === 0);
}

export const LOGARITHMIC_TICKS: Partial<uPlot.Axis> = {
  splits: (_, __, low, high) => fewest(low, high),
  filter: (_, splits) => splits,
  values: (_, splits) => splits.map(numberText),
};

/** uPlot's own evenly spaced ticks, with as many decimals as their step needs: no two say the same. */
export const LINEAR_TICKS: Partial<uPlot.Axis> = {
  values(_, splits) {
    const step = Math.abs((splits[1] ?? 0) - (splits[0] ?? 0));
    const largest = splits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest >= 1e4) return splits.map(numberText);
    const decimals = Math.max(0, Math.min(8, Math.ceil(-Math.log10(step || 1) - 1e-9)));
    return splits.map((value) => value.toFixed(decimals));
  },
};
