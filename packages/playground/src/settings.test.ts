import { environmentDeclarations } from "@webgfn/envs";
import { makeObjective, objectiveNames } from "@webgfn/objectives";
import { describe, expect, it } from "vitest";
import { configurationOf, DEFAULTS, OBJECTIVES, parametersOf, type Settings, settingsOf, tableName } from "./settings.js";
import { editorOf, liveEnvironment } from "./target.js";

const SETTINGS: Settings = {
  environment: "gaussian-mixture",
  env: { means: [[0.25, -1]], variance: 0.2, weights: [3] },
  reward: "",
  beta: 1,
  choices: [
    { objective: "tsallis", parameters: { alpha: -0.5 }, estimator: "loo" },
    { objective: "db", parameters: { loss: "huber", delta: 0.5, skew: 1 }, estimator: null },
  ],
  batchSize: 32,
  learningRate: 0.01,
  width: 16,
  seed: 7,
  replicas: 1,
  exploration: 0,
  backward: "uniform",
  temperature: 2.5,
};

describe("what is offered", () => {
  it("is every environment and objective, but those that need data or parents, with a configuration that the command line accepts", () => {
    const offered = objectiveNames.filter((name) => makeObjective(name).sampling !== "given" && name !== "fm");
    expect(Object.keys(OBJECTIVES).sort()).toEqual([...offered].sort());
    for (const environment of Object.keys(environmentDeclarations)) {
      const env = parametersOf(environment);
      const settings = { ...DEFAULTS, environment, env };
      for (const choice of settings.choices) expect(configurationOf(settings, choice).environment).toBe(environment);
    }
  });

  it("has targets whose objects can all be listed, but for points of the plane", () => {
    for (const name of Object.keys(environmentDeclarations)) {
      const { enumeration, actionSpace } = liveEnvironment(name, parametersOf(name));
      expect(enumeration.available, name).toBe(actionSpace !== "continuous");
    }
  });
});

describe("a configuration", () => {
  it("gives its settings back", () => {
    const [choice] = SETTINGS.choices as [Settings["choices"][number]];
    expect(settingsOf(configurationOf(SETTINGS, choice))).toEqual({ ...SETTINGS, choices: [choice], temperature: 1 });
  });
});

describe("the target of a configuration", () => {
  const [choice] = DEFAULTS.choices as [Settings["choices"][number]];
  const configuration = configurationOf({ ...DEFAULTS, environment: "sets", env: { items: 3, size: 1 } }, choice);
  const rewardTable = { name: tableName("items[0] / 2"), text: "" };

  it("has the expression that the page exported it with", () => {
    expect(settingsOf({ ...configuration, rewardTable, beta: 2 })).toMatchObject({ reward: "items[0] / 2", beta: 2 });
    expect(settingsOf(configuration)).toMatchObject({ reward: "", beta: 1 });
  });

  it.each([
    ["a file's", { reward: "./score.mjs#low" }, "with the reward ./score.mjs#low, which this page does not have"],
    ["a table", { rewardTable: { name: "measured.csv", text: "" } }, "with the reward measured.csv, which this page does not have"],
    ["a network", { rewardNetwork: { name: "proxy.onnx", text: "" } }, "with the reward proxy.onnx, which this page does not have"],
    ["with a prior", { prior: { name: "first", text: "" } }, "with the prior first, and this page trains without"],
    ["for points", { environment: "banana", rewardTable }, "for banana this page takes no reward of one's own"],
  ] as const)("is refused where it is another: %s", (_, other, words) => {
    expect(() => settingsOf({ ...configuration, ...other })).toThrow(words);
  });
});

describe("a live mixture", () => {
  it("has room for more Gaussians, which weigh nothing until they are used", () => {
    const few = liveEnvironment("gaussian-mixture", SETTINGS.env);
    const more = liveEnvironment("gaussian-mixture", {
      ...SETTINGS.env,
      means: [
        [0, 0],
        [1, 1],
      ],
      weights: [1, 1],
    });
    const editor = editorOf("gaussian-mixture");
    expect(few.constants).toEqual({ MODES: editor?.kind === "points" ? editor.mostEntries : 0 });
    expect(more.constants).toEqual(few.constants);
    if (!few.exactSampling.available) throw new Error("no samples");
    const points = new Float32Array(few.exactSampling.value(200, 0).buffer);
    for (let n = 0; n < 200; n++) expect(Math.hypot(points[3 * n]! - 0.25, points[3 * n + 1]! + 1)).toBeLessThan(3);
  });
});
