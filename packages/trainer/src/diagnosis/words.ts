/** A number with three digits, such as `1.39`. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A difference of log Z as `log 4`, with the factor that Z differs by, or as `9.2` where that is large. */
export function logFactor(difference: number): string {
  const factor = Math.exp(Math.abs(difference));
  if (factor >= 100) return digits(Math.abs(difference));
  const whole = Math.round(factor);
  if (whole >= 2 && Math.abs(factor / whole - 1) < 0.03) return `log ${whole}`;
  return `log ${Number(factor.toPrecision(2))}`;
}

const FRACTIONS: readonly [share: number, words: string][] = [
  [1 / 4, "a quarter"],
  [1 / 3, "a third"],
  [1 / 2, "half"],
  [2 / 3, "two thirds"],
  [3 / 4, "three quarters"],
];

/** A share in words where there are some for it: `about three quarters`, else `about 12 %`. */
export function fraction(share: number): string {
  const found = FRACTIONS.find(([each]) => Math.abs(share - each) < 0.025);
  if (found !== undefined) return `about ${found[1]}`;
  return share > 0.99 ? "nearly all" : `about ${Math.round(100 * share)} %`;
}

/** A share in percent, such as `0.5 %`. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

/** `a, b or c` */
export function alternatives(list: readonly string[]): string {
  return list.length < 2 ? (list[0] ?? "") : `${list.slice(0, -1).join(", ")} or ${list.at(-1)}`;
}
