import { argumentError, inBrief } from "@webgfn/tensor/internal";

/** The shortest decimal number that rounds to this float32, so that output shows no meaningless digits. */
export function float32(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/**
 * One line of JSON; numbers that are not finite become `null`.
 *
 * @throws WebgfnError `argument` for a value that JSON cannot represent, such as a circular object from a user's code.
 */
export function line(value: unknown): string {
  let text: string | undefined;
  let why = "";
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    why = `: ${cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : inBrief(cause)}`;
  }
  if (text === undefined) throw argumentError(`a value cannot be written as JSON${why}`);
  return `${text}\n`;
}
