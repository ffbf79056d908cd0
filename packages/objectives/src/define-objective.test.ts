import { rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { describe, expect, it } from "vitest";
import { defineEstimator, defineObjective, estimators, forwardKl, type ObjectiveDescription, renyi, reverseKl, tsallis } from "./index.js";

const value = "fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 { return 0.0; }";
const loss = "fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 { return 0.0; }";
const residual = "fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32 { return 0.0; }";
const flat = { name: "flat", wgsl: `${value}\n${loss}` };
const beta = { value: 0.1, rule: rules.number(0, 1), help: "how flat" };

describe("defineObjective", () => {
  it("has a default for everything but the name and two functions", () => {
    const made = defineObjective(flat);
    expect(made).toMatchObject({
      name: "flat",
      family: "divergence",
      constant: "reward",
      sampling: "on-policy",
      learns: [],
      parameters: {},
    });
    expect(made.defaultEstimator).toBe(estimators.loo);
    expect(made.wgsl.startsWith(`${flat.wgsl}\n`)).toBe(true);
    for (const name of ["exponent", "shift", "gradient_terms", "backward_term", "scale"]) expect(made.wgsl).toContain(`fn ${name}(`);
  });

  it("keeps what it is given", () => {
    const made = defineObjective({ ...flat, parameters: { beta }, constant: "weight", defaultEstimator: "none" });
    expect(made).toMatchObject({ parameters: { beta }, constant: "weight" });
    expect(made.defaultEstimator).toBe(estimators.none);
    const scaled = `${flat.wgsl}\nfn scale(mean: f32, settings: Replica) -> f32 { return 1.0 / mean; }`;
    expect(defineObjective({ ...flat, wgsl: scaled }).wgsl.match(/fn scale\(/g)).toHaveLength(1);
  });

  it("takes other values of its parameters, and hands them to the host side", () => {
    const made = defineObjective({ ...flat, parameters: { beta }, host: ({ beta }) => ({ value: (logWeight) => beta * logWeight }) });
    const other = made.with({ beta: 0.5 });
    expect(other.parameters["beta"]?.value).toBe(0.5);
    expect(made.parameters["beta"]?.value).toBe(0.1);
    expect(other.family === "divergence" && other.host?.value(4, 0, 0)).toBe(2);
    expect(other.with({ beta: undefined }).parameters["beta"]?.value).toBe(0.5);
    expect(() => made.with({ beta: 2 })).toThrow("beta must be a number from 0 to 1, not 2");
  });

  it("makes a balance loss from a residual, with a g that can be chosen", () => {
    const made = defineObjective({ name: "own-balance", family: "balance", wgsl: residual, learns: ["log-z"] });
    expect(made).toMatchObject({ family: "balance", sampling: "any", residual: "trajectory", learns: ["log-z"] });
    expect(made.with({ loss: "huber", delta: 2 }).parameters["delta"]?.value).toBe(2);
    expect(() => made.with({ loss: "hubert" })).toThrow('loss must be square or huber or cosh or linex, not "hubert"');
    expect(() => defineObjective({ name: "own-flow", family: "balance", residual: "transition", wgsl: residual })).toThrow(
      "learns must be [flow] for residuals of transitions",
    );
  });

  it.each([reverseKl(), forwardKl(), renyi(), tsallis()])("finds nothing missing in $name", ({ name, wgsl }) => {
    expect(defineObjective({ name: `my ${name}`, wgsl }).wgsl).toBe(`${wgsl}\n`);
  });

  it.each<[object, string]>([
    [{ wgsl: loss }, "the WGSL module of flat lacks fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32"],
    [
      { wgsl: `${value} // ${loss}` },
      "the WGSL module of flat lacks fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32",
    ],
    [{ wgsl: undefined }, "defineObjective needs wgsl: the text of a WGSL module"],
    [{ wgsl: "" }, 'wgsl must be the text of a WGSL module, not ""'],
    [{ name: "" }, 'name must be a text, not ""'],
    [{ name: "renyi" }, "renyi is an objective of this package: choose another name"],
    [{ parameters: { beta: { ...beta, value: 2 } } }, "the default of parameter beta of flat must be a number from 0 to 1, not 2"],
    [{ parameters: { beta: { value: 1 } } }, "parameter beta of flat needs a rule, such as rules.number(0, 1)"],
    [
      { parameters: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`b${n}`, beta])) },
      "flat declares 9 numbers; an objective has room for 8",
    ],
    [{ constant: "rewards" }, 'constant must be reward or weight, not "rewards"'],
    [
      { family: "balance", wgsl: value },
      "the WGSL module of flat lacks fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32",
    ],
    [
      { constnat: "reward" },
      'defineObjective has no option "constnat" (did you mean constant?); it has name, wgsl, family, parameters, constant, smallestBatch, defaultEstimator, host, residual, flow, learns',
    ],
  ])("refuses %o", (change, message) => {
    expect(() => defineObjective({ ...flat, ...change } as ObjectiveDescription as never)).toThrow(argumentError(message));
  });
});

describe("defineEstimator", () => {
  const wgsl = estimators.none.wgsl;

  it("keeps what it is given, with batches of any size unless it says otherwise", () => {
    expect(defineEstimator({ name: "own", wgsl, channels: 1 })).toEqual({
      name: "own",
      wgsl,
      channels: 1,
      smallestBatch: 1,
      sampling: "on-policy",
    });
  });

  it.each<[object, string]>([
    [{ channels: 3 }, "channels must be 1 or 2, not 3"],
    [{ channels: 2 }, "the WGSL module of estimator own lacks fn combine"],
    [{ wgsl: "fn weight() {}" }, "the WGSL module of estimator own lacks fn coefficient"],
    [
      { chanels: 1 },
      'defineEstimator has no option "chanels" (did you mean channels?); it has name, wgsl, channels, smallestBatch, sampling, logZ, host',
    ],
  ])("refuses %o", (change, message) => {
    expect(() => defineEstimator({ name: "own", wgsl, channels: 1, ...change } as never)).toThrow(argumentError(message));
  });
});
