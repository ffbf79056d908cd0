import type { Spread } from "@webgfn/trainer";

/** Significant digits of a value without a standard deviation. */
const DIGITS = 4;
/** Largest number of decimals of a value with a standard deviation. */
const MOST_DECIMALS = 10;

/** A number with four significant digits, or with all digits before the decimal point; a dash for NaN and infinity. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size >= 10 ** (DIGITS - 1) ? value.toFixed(0) : String(Number(value.toPrecision(DIGITS)));
}

/** A mean ± sd such as `0.02070 ± 0.00090`, with two significant digits of the sd. For one replica: the mean alone. */
export function spreadText({ mean, sd }: Spread, replicas: number): string {
  if (replicas < 2 || !(sd > 0)) return numberWithDecimals(mean);
  const decimals = Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(sd))));
  return `${mean.toFixed(decimals)} ± ${sd.toFixed(decimals)}`;
}

/** A number with four decimals from 10 on: log Z may be in the thousands while its decimals matter. */
function numberWithDecimals(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(DIGITS) : numberText(value);
}
