import { describe, expect, it } from "vitest";
import { combined, parseDescription, settingsAt, sizeOf } from "./description.js";

const SETS = { environment: "sets", "env.size": 3, steps: 10 };
const all = (value: unknown, replicas?: number) => {
  const description = parseDescription(value, "sweep.json", replicas);
  return Array.from({ length: sizeOf(description) }, (_, index) => settingsAt(description, index));
};

describe("the combinations of a sweep file", () => {
  it("are one run where nothing varies", () => {
    expect(all(SETS)).toEqual([{}]);
  });

  it("are all of a grid, the last setting fastest", () => {
    expect(all({ ...SETS, grid: { objective: ["tb", "renyi"], "env.items": [8, 9, 10] } })).toEqual(
      ["tb", "renyi"].flatMap((objective) => [8, 9, 10].map((items) => ({ objective, "env.items": items }))),
    );
  });

  it("are a list's entries with each of the zipped ones", () => {
    const list = [{ objective: "tb" }, { objective: "renyi", alpha: 0.3 }];
    const zip = { batchSize: [16, 32], learningRate: [0.1, 0.2] };
    expect(all({ ...SETS, list, zip })).toEqual(
      list.flatMap((each) => [16, 32].map((batchSize, k) => ({ ...each, batchSize, learningRate: [0.1, 0.2][k] }))),
    );
  });

  it("are the configurations of a list by itself", () => {
    expect(all([SETS, { ...SETS, seed: 1 }])).toHaveLength(2);
  });

  it("pack consecutive seeds as replicas", () => {
    expect(all({ ...SETS, seeds: 3 })).toEqual([{ seed: 0, replicas: 3 }]);
    expect(all({ ...SETS, seeds: 10 })).toEqual([
      { seed: 0, replicas: 8 },
      { seed: 8, replicas: 2 },
    ]);
    expect(all({ ...SETS, seeds: [7, 1, 2, 4, 2] })).toEqual([
      { seed: 1, replicas: 2 },
      { seed: 4, replicas: 1 },
      { seed: 7, replicas: 1 },
    ]);
    expect(all({ ...SETS, seed: 5, seeds: 4 }, 2)).toEqual([
      { seed: 5, replicas: 2 },
      { seed: 7, replicas: 2 },
    ]);
    expect(all({ ...SETS, replicas: 1, seeds: 2 })).toHaveLength(2);
  });

  it("draw settings by seed, name and number alone", () => {
    const learningRate = { logUniform: [1e-4, 1e-2] };
    const few = all({ ...SETS, random: { draws: 3, learningRate } }).map(({ learningRate: rate }) => rate);
    const more = all({ ...SETS, random: { draws: 200, batchSize: { choose: [16, 32] }, learningRate } });
    const rates = more.map(({ learningRate: rate }) => rate as number);
    expect(rates.slice(0, 3)).toEqual(few);
    expect(all({ ...SETS, random: { draws: 3, seed: 1, learningRate } })[0]?.["learningRate"]).not.toBe(few[0]);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1e-2);
    // Half of them lie below the geometric mean of the bounds: 100 ± 5 standard deviations of 7.
    expect(Math.abs(rates.filter((rate) => rate < 1e-3).length - 100)).toBeLessThan(36);
    expect(new Set(more.map(({ batchSize }) => batchSize))).toEqual(new Set([16, 32]));
    const whole = all({ ...SETS, random: { draws: 100, "env.items": { integer: [6, 8] } } }).map((each) => each["env.items"]);
    expect(new Set(whole)).toEqual(new Set([6, 7, 8]));
  });

  it("become configurations with parameters in their places", () => {
    const description = parseDescription({ ...SETS, grid: { "env.items": [9], alpha: [0.3], "objective.own": [2] } }, "sweep.json");
    expect(combined(description, settingsAt(description, 0))).toEqual({
      environment: "sets",
      env: { items: 9, size: 3 },
      steps: 10,
      alpha: 0.3,
      objectiveParameters: { own: 2 },
    });
  });
});

describe("a sweep file is refused", () => {
  it.each<[unknown, string]>([
    [3, "sweep.json must hold one object"],
    [{ ...SETS, gird: {} }, '"gird" is not a field that sweep.json may have (did you mean grid?)'],
    [{ ...SETS, "env.": 3 }, '"env." is not a field'],
    [{ ...SETS, grid: [] }, "sweep.json: grid must be an object"],
    [{ ...SETS, grid: { seed: [] } }, "sweep.json: grid.seed must be a list of at least one value"],
    [{ ...SETS, grid: { seed: 3 } }, "sweep.json: grid.seed must be a list"],
    [{ ...SETS, grid: { learnigRate: [1] } }, '"learnigRate" is not a setting in sweep.json: grid (did you mean learningRate?)'],
    [{ ...SETS, grid: { learningRate: [0.1, "fast"] } }, 'sweep.json: grid.learningRate[1] must be a number from 0 to 100, not "fast"'],
    [{ ...SETS, grid: { steps: [5] } }, "sweep.json: steps is set both for all runs and in grid"],
    [{ ...SETS, grid: { seed: [5] }, seeds: 2 }, "sweep.json: seed is set both in grid and by seeds"],
    [{ ...SETS, grid: { seed: [5] }, zip: { seed: [1] } }, "sweep.json: seed is set both in zip and in grid"],
    [{ ...SETS, env: { items: 8 }, "env.items": 9 }, "sweep.json: env.items is set twice for all runs"],
    [{ ...SETS, env: { items: 8 }, grid: { "env.items": [9] } }, "sweep.json: env.items is set both for all runs and in grid"],
    [{ ...SETS, list: [{ env: { items: 8 }, "env.items": 9 }] }, "sweep.json: env.items is set twice in list[0]"],
    [{ ...SETS, list: [] }, "sweep.json: list must be a list of at least one object with settings, such as"],
    [{ ...SETS, zip: { seed: [1, 2], batchSize: [3] } }, "zip needs lists of one length, and seed has 2, batchSize 1"],
    [{ ...SETS, list: {} }, "sweep.json: list must be a list of at least one object"],
    [{ ...SETS, list: [{ sed: 1 }] }, '"sed" is not a setting in sweep.json: list[0] (did you mean seed?)'],
    [{ ...SETS, random: { seed: 1 } }, "sweep.json: random.draws must be a whole number"],
    [{ ...SETS, random: { draws: 2 } }, "sweep.json: random names no setting"],
    [{ ...SETS, random: { draws: 2, seed: 1, alpha: [1, 2] } }, "sweep.json: random.alpha must be one of"],
    [{ ...SETS, random: { draws: 2, alpha: { normal: [0, 1] } } }, '"normal" is not a way to draw sweep.json: random.alpha'],
    [{ ...SETS, random: { draws: 2, alpha: { uniform: [1, 0] } } }, "random.alpha.uniform must be two numbers, the smaller first"],
    [{ ...SETS, random: { draws: 2, alpha: { logUniform: [0, 1] } } }, "random.alpha.logUniform must be two numbers above 0"],
    [{ ...SETS, seeds: 0 }, "sweep.json: seeds must be a whole number"],
    [{ ...SETS, seeds: [1, -1] }, "sweep.json: seeds[1] must be a whole number"],
  ])("%j", (value, message) => {
    expect(() => parseDescription(value, "sweep.json")).toThrow(message);
  });

  it("where --replicas has no seeds to pack", () => {
    expect(() => parseDescription(SETS, "sweep.json", 4)).toThrow("--replicas says how many seeds a run has, and sweep.json has no seeds");
  });
});
