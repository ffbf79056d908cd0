import { argumentError } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { defineObjective, forwardKl, type ObjectiveDescription, renyi, reverseKl, tsallis } from "./index.js";

const value = "fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 { return 0.0; }";
const loss = "fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 { return 0.0; }";
const flat: ObjectiveDescription = { name: "flat", shader: `${value}\n${loss}` };

describe("defineObjective", () => {
  it("has a default for everything but the name and two functions", () => {
    const made = defineObjective(flat);
    expect(made).toMatchObject({ name: "flat", family: "divergence", constant: "reward", defaultEstimator: "loo", learnsLogZ: false });
    expect(made.shader.startsWith(`${flat.shader}\n`)).toBe(true);
    for (const name of ["exponent", "shift", "gradient_terms", "backward_term", "scale"]) expect(made.shader).toContain(`fn ${name}(`);
  });

  it("keeps what it is given", () => {
    const given = { ...flat, alpha: 2, constants: { BETA: 0.1 }, constant: "weight", defaultEstimator: "none" } as const;
    const { shader, ...rest } = given;
    expect(defineObjective(given)).toMatchObject(rest);
    const scaled = `${shader}\nfn scale(mean: f32, settings: Replica) -> f32 { return 1.0 / mean; }`;
    expect(defineObjective({ ...given, shader: scaled }).shader.match(/fn scale\(/g)).toHaveLength(1);
  });

  it.each([reverseKl(), forwardKl(), renyi(), tsallis()])("finds nothing missing in $name", ({ name, shader }) => {
    expect(defineObjective({ name: `my ${name}`, shader }).shader).toBe(`${shader}\n`);
  });

  it.each<[Partial<ObjectiveDescription>, string]>([
    [{ shader: loss }, "the WGSL module of flat lacks fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32"],
    [
      { shader: `${value} // ${loss}` },
      "the WGSL module of flat lacks fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32",
    ],
    [{ shader: undefined as unknown as string }, "defineObjective needs shader: the text of a WGSL module"],
    [{ shader: "" }, 'shader must be the text of a WGSL module, not ""'],
    [{ name: "" }, 'name must be a text, not ""'],
    [{ name: "renyi" }, "renyi is an objective of this package: choose another name"],
    [{ constants: { BETA: Number.NaN } }, "constants.BETA must be a finite number, not NaN"],
    [{ alpha: "2" as unknown as number }, 'alpha must be a finite number, not "2"'],
    [{ constant: "rewards" as never }, 'constant must be reward or weight, not "rewards"'],
    [
      { constnat: "reward" } as never,
      'defineObjective has no option "constnat" (did you mean constant?); it has name, shader, alpha, constants, constant, defaultEstimator',
    ],
  ])("refuses %o", (change, message) => {
    expect(() => defineObjective({ ...flat, ...change })).toThrow(argumentError(message));
  });
});
