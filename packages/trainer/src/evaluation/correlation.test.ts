import { describe, expect, it } from "vitest";
import { pearson, ranks, spearman, withoutRounding } from "./correlation.js";

describe("correlation", () => {
  it("gives Pearson's coefficient, whatever the scale and offset", () => {
    // Anscombe's first data set: 0.81642…
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    expect(pearson(x, y)).toBeCloseTo(0.8164205163448, 12);
    expect(
      pearson(
        x.map((value) => 1e6 - 3 * value),
        y,
      ),
    ).toBeCloseTo(-0.8164205163448, 9);
  });

  it("averages the ranks of ties", () => {
    expect([...ranks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
    expect([...ranks(Float32Array.of(-1, -1))]).toEqual([1.5, 1.5]);
    expect([...ranks([])]).toEqual([]);
    // By hand: ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4).
    expect(spearman([0, 5, 5, 9], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(spearman([1, 2, 3], [1, 10, 1e9])).toBeCloseTo(1, 12);
  });

  it("takes values that only rounding tells apart as ties", () => {
    expect([...withoutRounding(Float32Array.of(31.000004, 5, 31, 31.000002, 32, -1e-7, 0))]).toEqual([
      31,
      5,
      31,
      31,
      32,
      Math.fround(-1e-7),
      Math.fround(-1e-7),
    ]);
    expect([...withoutRounding([])]).toEqual([]);
  });

  it("is undefined where nothing varies", () => {
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
    expect(spearman([1, 2, 3], [7, 7, 7])).toBeNaN();
    expect(pearson([1], [1])).toBeNaN();
    expect(pearson([], [])).toBeNaN();
  });
});
