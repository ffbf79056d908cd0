/** Three significant digits, without exponents. */
export function short(value) {
  if (value >= 1000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en-GB");
  return String(Number(value.toPrecision(3)));
}

/** A ratio, as in `12×`. */
export function times(ratio) {
  return `${Number(ratio.toPrecision(2))}×`;
}
