import { describe, expect, it } from "vitest";
import { forwardKl, makeObjective, renyi, subtrajectoryBalance, tsallis } from "./index.js";

describe("options of objectives", () => {
  it.each([
    [() => renyi({ alpa: 2 } as never), 'renyi has no option "alpa" (did you mean alpha?); it has alpha'],
    [() => tsallis({ alpha: "2" } as never), 'alpha must be a number from -1000000 to 1000000, not "2"'],
    [() => renyi({ alpha: Number.NaN }), "alpha must be a number from -1000000 to 1000000, not NaN"],
    [() => renyi({ alpha: Symbol("2") } as never), "alpha must be a number from -1000000 to 1000000, not Symbol(2)"],
    [() => renyi({ alpha: 1 }), "renyi is not defined at alpha = 1; its limit there is reverse-kl"],
    [() => renyi(null as never), "the options of renyi must be an object, not null"],
    [() => subtrajectoryBalance({ lambda: 0 }), "lambda must be a number above 0 and at most 1, not 0"],
    [() => forwardKl({ weights: "row" } as never), 'weights must be normalised or raw, not "row"'],
    [() => makeObjective("renyi", { beta: 1 } as never), 'renyi has no option "beta"; it has alpha'],
    [() => makeObjective("subtb", { alpha: 2 }), "subtb has no alpha; renyi and tsallis do"],
  ])("refuse what does not fit (%#)", (make, words) => {
    expect(make).toThrow(words);
  });

  it("take undefined for what is left out", () => {
    expect(renyi({ alpha: undefined }).parameters["alpha"]?.value).toBe(0.5);
    expect(makeObjective("subtb", { alpha: undefined, lambda: 0.5 }).parameters["lambda"]?.value).toBe(0.5);
  });
});
