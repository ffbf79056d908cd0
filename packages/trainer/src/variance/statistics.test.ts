import { RandomStream } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { averaged, meanCosine, meanCosineToOthers, squaredDeviations, traceOfCovariance, traceReduction } from "./statistics.js";

/** Σ over entries of the unbiased variance, entry by entry. */
function traceByEntries(vectors: readonly Float64Array[]): number {
  const count = vectors.length;
  return Array.from(vectors[0]!, (_, p) => {
    const values = vectors.map((vector) => vector[p]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  }).reduce((sum, variance) => sum + variance, 0);
}

/** Independent vectors whose entries are uniform in ±scale about an offset, of variance scale²/3. */
function uniformVectors(count: number, size: number, scale: number, offset = 0, seed = 1): Float64Array[] {
  const random = new RandomStream(seed, 7);
  return Array.from({ length: count }, () => Float64Array.from({ length: size }, () => offset + scale * (2 * random.uniform() - 1)));
}

const scaled = (vectors: readonly Float64Array[], factor: number) => vectors.map((vector) => vector.map((value) => factor * value));

describe("trace of the covariance", () => {
  it("is the sum of the entries' unbiased variances", () => {
    // By hand: (1, 2, 6) has variance 7, (0, 3, 3) has 3.
    const vectors = [Float64Array.of(1, 0), Float64Array.of(2, 3), Float64Array.of(6, 3)];
    expect(traceOfCovariance(squaredDeviations(vectors)).value).toBeCloseTo(10, 12);
    const random = uniformVectors(9, 5, 2);
    expect(traceOfCovariance(squaredDeviations(random)).value).toBeCloseTo(traceByEntries(random), 12);
  });

  it("loses no digits to a mean that is a million times the spread", () => {
    const centred = uniformVectors(50, 4, 1e-3);
    const shifted = centred.map((vector) => vector.map((value) => value + 1e3));
    const ratio = traceByEntries(shifted) / traceOfCovariance(squaredDeviations(shifted)).value;
    expect(ratio).toBeCloseTo(1, 9);
    expect(traceOfCovariance(squaredDeviations(shifted)).value / traceByEntries(centred)).toBeCloseTo(1, 7);
  });

  it("has the interval of the jackknife that leaves each batch out in turn", () => {
    const vectors = uniformVectors(12, 3, 1, 4);
    const logarithms = vectors.map((_, m) => Math.log(traceByEntries(vectors.filter((_, other) => other !== m))));
    const mean = logarithms.reduce((sum, value) => sum + value, 0) / 12;
    const error = Math.sqrt((11 / 12) * logarithms.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    const { value, interval } = traceOfCovariance(squaredDeviations(vectors));
    expect(Math.log(interval[1] / value) / 1.96).toBeCloseTo(error, 10);
    expect(Math.log(value / interval[0]) / 1.96).toBeCloseTo(error, 10);
  });

  it("holds the true trace in 95 % of the intervals", () => {
    const held = Array.from({ length: 400 }, (_, seed) => {
      const [low, high] = traceOfCovariance(squaredDeviations(uniformVectors(40, 6, 3, 0, seed))).interval;
      return low <= 18 && 18 <= high;
    }).filter(Boolean).length;
    // 380 expected, with a standard deviation of 4.4
    expect(held).toBeGreaterThan(362);
    expect(held).toBeLessThan(396);
  });
});

describe("reduction of the trace", () => {
  it("is the square of the factor between gradients, without any doubt", () => {
    const vectors = uniformVectors(20, 4, 1, 2);
    const { value, interval } = traceReduction(squaredDeviations(vectors), squaredDeviations(scaled(vectors, 5)));
    for (const each of [value, ...interval]) expect(each).toBeCloseTo(25, 9);
  });

  it("knows less of independent batches, and holds their ratio", () => {
    const [before, after] = [uniformVectors(1000, 4, 2, 0, 1), uniformVectors(1000, 4, 1, 0, 2)];
    const { value, interval } = traceReduction(squaredDeviations(after), squaredDeviations(before));
    expect(value).toBeCloseTo(traceByEntries(before) / traceByEntries(after), 10);
    expect(interval[0]).toBeLessThan(4);
    expect(interval[1]).toBeGreaterThan(4);
    // The variance of a uniform entry's square is 4/5 of its squared mean: an error of √(2 · 0.8 / 4000) on the logarithm.
    const ratio = Math.log(interval[1] / interval[0]) / (2 * 1.96) / 0.02;
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });
});

describe("cosines", () => {
  it("to a direction, and their standard error", () => {
    const { mean, error } = meanCosine([Float64Array.of(3, 0), Float64Array.of(0, 7)], Float64Array.of(2, 2));
    expect(mean).toBeCloseTo(Math.SQRT1_2, 12);
    expect(error).toBeCloseTo(0, 12);
    expect(averaged([1, 3])).toEqual({ mean: 2, error: 1 });
    expect(meanCosine([new Float64Array(2), Float64Array.of(1, 1)], Float64Array.of(1, 1)).mean).toBeCloseTo(1, 12);
    expect(meanCosine([new Float64Array(2)], Float64Array.of(1, 1)).mean).toBeNaN();
  });

  it("to the mean of the others leave a gradient's own noise out", () => {
    const others = [Float64Array.of(1, 0), Float64Array.of(0, 1), Float64Array.of(1, 1)];
    const expected = [
      1 / Math.sqrt(5), // (1, 0) to (1, 2)
      1 / Math.sqrt(5), // (0, 1) to (2, 1)
      1, // (1, 1) to (1, 1)
    ];
    expect(meanCosineToOthers(others, others).mean).toBeCloseTo(averaged(expected).mean, 12);
    // Pure noise has no direction; with its own noise in the mean the cosine would be near √(1/50).
    const noise = uniformVectors(50, 2000, 1);
    expect(Math.abs(meanCosineToOthers(noise, noise).mean)).toBeLessThan(0.02);
  });
});
