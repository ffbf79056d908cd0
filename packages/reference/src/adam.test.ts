import { describe, expect, it } from "vitest";
import { adamState, adamStep, decayed, mulberry32 } from "./index.js";

describe("Adam", () => {
  it("takes a first step of the learning rate against the sign of the gradient, whatever its size", () => {
    const state = adamStep(adamState(Float64Array.from([1, 1])), Float64Array.from([250, -0.003]), {
      learningRate: 0.1,
    });
    expect(state.parameters[0]).toBeCloseTo(0.9, 6);
    expect(state.parameters[1]).toBeCloseTo(1.1, 6);
    expect(state.steps).toBe(1);
  });

  it("agrees with a second step by hand", () => {
    const options = { learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0 };
    const first = adamStep(adamState(Float64Array.from([0])), Float64Array.from([1]), options);
    const second = adamStep(first, Float64Array.from([3]), options);
    // m = 0.25 + 1.5 = 1.75 over 1 - 0.25; v = 0.1875 + 2.25 = 2.4375 over 1 - 0.5625.
    const expected = -0.1 - (0.1 * (1.75 / 0.75)) / Math.sqrt(2.4375 / 0.4375);
    expect(second.parameters[0]).toBeCloseTo(expected, 12);
    expect(first.parameters[0]).toBeCloseTo(-0.1, 12); // the earlier state is left as it was
  });

  it("adds epsilon outside the root", () => {
    const options = { learningRate: 1, epsilon: 1 };
    const state = adamStep(adamState(Float64Array.from([0])), Float64Array.from([3]), options);
    expect(state.parameters[0]).toBeCloseTo(-3 / 4, 12);
  });

  it("decays from the full rate, linearly unless told otherwise", () => {
    expect(decayed(2, 0, 10)).toBe(2);
    expect(decayed(2, 5, 10)).toBe(1);
    expect(decayed(2, 5, 10, 2)).toBe(0.5);
    expect(decayed(2, 10, 10)).toBe(0);
  });
});

it("Mulberry32 gives its published sequence", () => {
  const random = mulberry32(0);
  expect([random(), random()]).toEqual([0.26642920868471265, 0.0003297457005828619]);
});
