/** Largest number of ticks of an axis. */
const MOST = 5;

/** The positions of an axis's ticks, as fractions of its length, and their labels. */
export function tickPlaces(names: readonly string[], isScale: boolean): { at: number; text: string }[] {
  const count = names.length;
  const [first, last] = [Number(names[0]), Number(names.at(-1))];
  if (isScale && Number.isFinite(first) && Number.isFinite(last) && count > 1) {
    // The names are the middles of cells.
    const cell = (last - first) / (count - 1);
    const [low, high] = [first - cell / 2, last + cell / 2];
    return roundNumbers(low, high).map((value) => ({ at: (value - low) / (high - low), text: String(value) }));
  }
  const every = Math.max(1, Math.ceil(count / (MOST + 1)));
  return names.flatMap((text, k) => (k % every === 0 ? [{ at: (k + 0.5) / count, text }] : []));
}

/** Round numbers at even distances from `low` to `high`. */
export function roundNumbers(low: number, high: number): number[] {
  const step = roundStep((high - low) / MOST);
  const from = Math.ceil(low / step - 1e-9);
  const to = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => Number(((from + k) * step).toPrecision(6)));
}

/** 1, 2 or 5 times a power of ten, at least as large as a value. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (([1, 2, 5, 10].find((mantissa) => mantissa * power >= value * (1 - 1e-9)) ?? 10) as number);
}
