import type { Spread } from "@webgfn/trainer";

/** Digits of a value that has no error. */
const DIGITS = 4;
/** Most decimals of a value with one. */
const MOST_DECIMALS = 10;

/** The largest of many values, which may be more than a function takes as arguments. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/** A number to four significant digits, or all before its decimal point. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size >= 10 ** (DIGITS - 1) ? value.toFixed(0) : String(Number(value.toPrecision(DIGITS)));
}

/** `0.02070 ± 0.00090`: as many decimals as show two digits of the sd. One replica has no sd. */
export function spreadText({ mean, sd }: Spread, replicas: number): string {
  if (replicas < 2 || !(sd > 0)) return numberWithDecimals(mean);
  const decimals = Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(sd))));
  return `${mean.toFixed(decimals)} ± ${sd.toFixed(decimals)}`;
}

/** log Z may be in the thousands while its decimals matter. */
function numberWithDecimals(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(DIGITS) : numberText(value);
}
