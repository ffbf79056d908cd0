/** The shortest decimal number that rounds to this float32, so that output shows no meaningless digits. */
export function float32(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** One line of JSON; numbers that are not finite become `null`. */
export function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
