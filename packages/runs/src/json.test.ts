import { expect, it } from "vitest";
import { float32, line } from "./json.js";

it("writes float32 numbers without digits that mean nothing", () => {
  expect(float32(Math.fround(0.7))).toBe(0.7);
  expect(float32(-10.241652488708496)).toBe(-10.2416525);
  for (const value of [Math.fround(Math.PI * 1e-20), Math.fround(-1 / 3), 16777217, 0, Number.NEGATIVE_INFINITY]) {
    expect(Math.fround(float32(value))).toBe(Math.fround(value));
  }
  expect(line({ x: Number.NaN })).toBe('{"x":null}\n');
});
