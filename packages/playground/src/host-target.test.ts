import { makeEnvironment } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { hostTarget } from "./host-target.js";
import { DEFAULTS, parametersOf } from "./settings.js";

const pictureOf = (environment: string, env = parametersOf(environment)) => hostTarget({ ...DEFAULTS, environment, env });

describe("the target without a GPU", () => {
  it("is the grid's, by its rewards and exact log Z, from the top", () => {
    const { env } = DEFAULTS;
    const picture = hostTarget(DEFAULTS);
    const { exactLogZ } = makeEnvironment("hypergrid", env);
    if (picture === undefined || !exactLogZ.available) throw new Error("no target");
    // Row 9 from the bottom, column 2: in the band of a corner.
    const at = (x: number, y: number) => picture.target[(11 - y) * 12 + x];
    expect(at(2, 9)).toBeCloseTo(2.501 / Math.exp(exactLogZ.value), 6);
    expect(at(0, 11)).toBeCloseTo(0.501 / Math.exp(exactLogZ.value), 6);
    expect(at(5, 5)).toBeCloseTo(0.001 / Math.exp(exactLogZ.value), 6);
  });

  it("is a density in the plane, whose cells sum to 1", () => {
    for (const environment of ["gaussian-mixture", "banana", "funnel", "many-well"]) {
      const picture = pictureOf(environment);
      const [left, right, bottom, top] = picture?.window ?? [0, 0, 0, 0];
      const sum = picture?.target.reduce((total, value) => total + value, 0) ?? 0;
      expect((sum * (right - left) * (top - bottom)) / 1600).toBeCloseTo(1, 5);
    }
  });

  it("is the edges of small causal graphs, and nothing where it takes long or is somebody's own reward", () => {
    expect(pictureOf("dags")).toMatchObject({ kind: "edges", columns: ["x0", "x1", "x2"] });
    expect(pictureOf("dags", { variables: 8, samples: 30, dataSeed: 0 })).toBeUndefined();
    expect(pictureOf("phylogenetics")).toBeUndefined();
    expect(hostTarget({ ...DEFAULTS, beta: 2 })).toBeUndefined();
  });
});
