import { expect, it } from "vitest";
import { effectiveSampleSize } from "./effective-sample-size.js";

it("the effective sample size is 1 for equal weights, 1/N for a single one, and Kish's ratio between", () => {
  expect(effectiveSampleSize([-700, -700, -700])).toBeCloseTo(1, 12);
  expect(effectiveSampleSize(Float32Array.of(1000, 0, 0, 0))).toBeCloseTo(1 / 4, 12);
  expect(effectiveSampleSize([1, 2, 3].map((w) => 5 + Math.log(w)))).toBeCloseTo(36 / (3 * 14), 12);
});
