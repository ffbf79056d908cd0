/** log(e^a + e^b); one or both may be −∞. */
export function logAdd(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

/** log(e^a − e^b); −∞ if rounding made b larger than a. */
export function logSubtract(a: number, b: number): number {
  return b >= a ? Number.NEGATIVE_INFINITY : a + Math.log1p(-Math.exp(b - a));
}

/** Sums of exponentials. Each is stored as its largest exponent and the sum relative to it, so that a term costs one exponential. */
export class LogSums {
  readonly #peak: Float64Array;
  readonly #sum: Float64Array;

  constructor(length: number) {
    this.#peak = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    this.#sum = new Float64Array(length);
  }

  /** Adds e^x to sum i. */
  add(i: number, x: number): void {
    const peak = this.#peak[i] as number;
    if (x <= peak) {
      if (x !== Number.NEGATIVE_INFINITY) this.#sum[i] = (this.#sum[i] as number) + Math.exp(x - peak);
    } else {
      this.#sum[i] = (this.#sum[i] as number) * Math.exp(peak - x) + 1;
      this.#peak[i] = x;
    }
  }

  /** log of sum i; −∞ for an empty sum. */
  value(i: number): number {
    return (this.#peak[i] as number) + Math.log(this.#sum[i] as number);
  }

  values(): Float64Array {
    return this.#peak.map((_, i) => this.value(i));
  }
}
