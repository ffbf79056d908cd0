/** What is particular to the hypergrid. */
import { type HypergridParameters, hypergrid } from "@webgfn/envs";
import { describe, expect, it } from "vitest";

describe("the hypergrid", () => {
  it.each([
    { grid: { side: 8, r0: 0.1 }, z: 22.4 },
    { grid: { side: 12 }, z: 26.144 },
    { grid: { dimensions: 4, side: 16, r0: 0.1 }, z: 8633.6 },
    { grid: { dimensions: 4, side: 20 }, z: 5672 },
  ])("$grid has Z = $z", ({ grid, z }) => {
    const { exactLogZ } = hypergrid(grid);
    expect(exactLogZ.available && Math.exp(exactLogZ.value)).toBeCloseTo(z, 8);
  });

  it("is enumerated up to a limit", () => {
    expect(hypergrid({ dimensions: 4, side: 20 }).enumeration).toEqual({ available: true, value: 320_000 });
    expect(hypergrid({ dimensions: 8, side: 20 }).enumeration.available).toBe(false);
  });

  it.each([
    ["side 1", { side: 1 }, /side/],
    ["no dimensions", { dimensions: 0 }, /dimensions/],
    ["r0 = 0", { r0: 0 }, /r0/],
    ["a negative r1", { r1: -1 }, /r1/],
    ["NaN as a reward", { r2: Number.NaN }, /r2/],
    ["a reward that is a string", { r2: "2" as never }, /r2/],
    ["an unknown parameter", { height: 8 } as never, /"height"/],
  ])("rejects %s", (_, parameters: HypergridParameters, message) => {
    expect(() => hypergrid(parameters)).toThrow(message);
    expect(() => hypergrid(parameters)).toThrow(expect.objectContaining({ code: "argument" }));
  });
});
