function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n] as number;
  return sum / values.length;
}

/** Pearson's correlation coefficient of paired values; NaN if either side is constant. */
export function pearson(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const [leftMean, rightMean] = [mean(left), mean(right)];
  let [product, leftSquare, rightSquare] = [0, 0, 0];
  for (let n = 0; n < left.length; n++) {
    const [a, b] = [(left[n] as number) - leftMean, (right[n] as number) - rightMean];
    product += a * b;
    leftSquare += a * a;
    rightSquare += b * b;
  }
  // Rounding in the means leaves a small square even if nothing varies.
  const varies = (square: number, centre: number) => square > left.length * (1e-12 * centre) ** 2;
  if (!varies(leftSquare, leftMean) || !varies(rightSquare, rightMean)) return Number.NaN;
  return product / Math.sqrt(leftSquare * rightSquare);
}

/** Ranks from 1; equal values share the average of theirs. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, n) => n).sort((a, b) => (values[a] as number) - (values[b] as number));
  const result = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    const value = values[order[start] as number];
    end = start + 1;
    while (end < order.length && values[order[end] as number] === value) end++;
    for (let n = start; n < end; n++) result[order[n] as number] = (start + 1 + end) / 2;
  }
  return result;
}

/** Relative rounding of float32 sums of a few terms. */
const ROUNDING = 1e-6;

/**
 * Makes values equal, to the least of them, if only float32 rounding separates them. Objects with the same reward, such as equivalent graphs,
 * then count as ties.
 */
export function withoutRounding(values: ArrayLike<number>): Float64Array {
  const result = Float64Array.from(values);
  let least = Number.NaN;
  for (const n of Array.from(result.keys()).sort((a, b) => (result[a] as number) - (result[b] as number))) {
    const value = result[n] as number;
    if (value - least <= ROUNDING * (1 + Math.abs(least))) result[n] = least;
    else least = value;
  }
  return result;
}

/** Spearman's rank correlation coefficient, ties averaged; NaN if either side is constant. */
export function spearman(left: ArrayLike<number>, right: ArrayLike<number>): number {
  return pearson(ranks(left), ranks(right));
}
