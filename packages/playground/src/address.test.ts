import { describe, expect, it } from "vitest";
import { fromHash, toHash } from "./address.js";
import { SCENARIOS, scenarioOf } from "./scenarios.js";
import { configurationOf, DEFAULTS, parametersOf, type Settings } from "./settings.js";

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
  replicas: 4,
  exploration: 0.1,
  backward: "learned",
  temperature: 2.5,
};

describe("an address", () => {
  it("brings the same settings back", () => {
    expect(fromHash(`#${toHash(SETTINGS)}`)).toEqual({ settings: SETTINGS, problems: [], play: false, steps: undefined });
    expect(fromHash("")).toEqual({ settings: DEFAULTS, problems: [], play: false, steps: undefined });
  });

  it("holds a reward of one's own and its inverse temperature, and leaves them out where there are none", () => {
    const settings = { ...DEFAULTS, environment: "sets", env: parametersOf("sets"), reward: "items.length & 1 ? '#' : 2", beta: 2.5 };
    expect(fromHash(`#${toHash(settings)}`).settings).toEqual(settings);
    expect(toHash(SETTINGS)).not.toMatch(/reward|beta/);
  });

  it("may say only some of them, name a scenario, and let it play", () => {
    const { environment, env, batchSize, seed } = fromHash("#environment=sets&seed=3").settings;
    expect({ environment, env, batchSize, seed }).toEqual({
      environment: "sets",
      env: parametersOf("sets"),
      batchSize: DEFAULTS.batchSize,
      seed: 3,
    });
    const { settings, play, steps, problems } = fromHash("#scenario=stopping&play=1&steps=200");
    expect({ name: scenarioOf(settings)?.name, play, steps, problems }).toEqual({ name: "stopping", play: true, steps: 200, problems: [] });
  });

  it("leaves out models from files", () => {
    const [first, second] = SETTINGS.choices as [Settings["choices"][number], Settings["choices"][number]];
    const settings = { ...SETTINGS, choices: [first, { ...second, file: "a.safetensors" }] };
    expect(fromHash(`#${toHash(settings)}`).settings.choices).toEqual([first]);
  });

  it.each([
    ["environment=moon", "unknown environment"],
    ["scenario=moon", "unknown scenario"],
    ["env=%7B%22means", 'part "env" is not JSON'],
    ['environment=gaussian-mixture&env={"means":5}', "the means of a mixture must be a list of points"],
    ["objectives=[]", "a list of 1 to 4"],
    ["objectives=[null]", "an objective is an object with a name"],
    [`objectives=${JSON.stringify([{ objective: "x" }])}`, '"x" is not an objective'],
    [`objectives=${JSON.stringify([{ objective: "renyi", parameters: { alpha: 1 } }])}`, "not defined at alpha = 1"],
    ["env=[1]", "must be an object"],
    ["temperature=0", "temperature"],
    ["batchSize=lots", "batchSize"],
    ["batchSize=1e9", "batchSize"],
    ["width=-4", "width"],
    ["steps=-1", "steps must be"],
    ["backward=maybe", "backward must be"],
    ["colour=blue", 'says "colour", which the page does not know'],
    ["environment=sets&beta=0", "beta must be"],
    ["environment=banana&beta=2", "for banana this page takes no reward of one's own, and no beta"],
    ["environment=dags&reward=1", "for dags this page takes no reward of one's own, and no beta"],
    [`environment=sets&reward=${"1".repeat(2001)}`, "may have 2000 characters, not 2001"],
  ])("says what is wrong where it says %s, and gives usable settings all the same", (hash, words) => {
    const { settings, problems } = fromHash(hash);
    expect(problems).toEqual([expect.stringContaining(words)]);
    expect(fromHash(toHash(settings)).problems).toEqual([]);
  });

  it("keeps what is right beside what is wrong", () => {
    const { settings, problems } = fromHash('objectives=[{"objective":"tb"},7]&seed=5&width=x&environment=gaussian-mixture&env={}');
    expect(problems).toHaveLength(2);
    expect(settings).toMatchObject({
      seed: 5,
      width: DEFAULTS.width,
      choices: [{ objective: "tb" }],
      env: parametersOf("gaussian-mixture"),
    });
  });
});

describe("scenarios", () => {
  it.each(SCENARIOS)("have settings that can be trained and shared: $name", (scenario) => {
    const { settings } = scenario;
    expect(scenarioOf(fromHash(toHash(settings)).settings)).toBe(scenario);
    for (const choice of settings.choices) expect(configurationOf(settings, choice).environment).toBe(settings.environment);
    expect(scenario.story.match(/[.?!](\s|$)/g)).toHaveLength(2);
  });
});
