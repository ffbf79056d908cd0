import { describe, expect, it } from "vitest";

describe("toBeAllClose", () => {
  it("allows each element its difference", () => {
    expect([1, 2.1, -3]).toBeAllClose([1, 2, -3], { absolute: 0.11 });
    expect([1, 2.1]).toBeAllClose([1, 2], { relative: 0.06 });
    expect([0.1, 100]).toBeAllClose([0, 100], { ofLargest: 0.002 });
  });

  it("fails for one element that is off, a NaN, another length, and any difference without an allowance", () => {
    expect(() => expect([1, 2.1]).toBeAllClose([1, 2], { absolute: 0.09 })).toThrow("element 1 is 2.1 where 2 is expected");
    expect(() => expect([0.1, 100]).toBeAllClose([0, 100], { relative: 0.5 })).toThrow("element 0");
    expect(() => expect([1, Number.NaN, 3]).toBeAllClose([1, 2, 3], { absolute: 10 })).toThrow("element 1 is NaN");
    expect(() => expect([1]).toBeAllClose([1, 2], { absolute: 10 })).toThrow("1 elements instead of 2");
    expect(() => expect([1e-30]).toBeAllClose([0], { relative: 1 })).toThrow("element 0");
  });
});

describe("toBeCloseInNorm", () => {
  it("compares whole vectors", () => {
    expect([3, 4.1]).toBeCloseInNorm([3, 4], 0.021);
    expect(() => expect([3, 4.1]).toBeCloseInNorm([3, 4], 0.019)).toThrow("relative error in 2-norms");
    expect(() => expect([3, Number.NaN]).toBeCloseInNorm([3, 4], 1)).toThrow("NaN");
    expect(() => expect([3]).toBeCloseInNorm([3, 4], 1)).toThrow("1 elements instead of 2");
  });
});
