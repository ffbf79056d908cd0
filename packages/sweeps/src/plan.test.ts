import { completeConfiguration } from "@webgfn/runs";
import { describe, expect, it } from "vitest";
import { configurationHash } from "./configuration-hash.js";
import { parseDescription } from "./description.js";
import { planSweep } from "./plan.js";

const plan = (value: unknown) => planSweep(parseDescription(value, "sweep.json"));
const SETS = { environment: "sets", "env.items": 8, "env.size": 3 };

describe("a plan", () => {
  it("names runs by what they are, whatever else the file says", async () => {
    const { runs } = await plan({ ...SETS, grid: { objective: ["tb", "renyi"], learningRate: [0.001, 0.003] } });
    const [single] = (await plan({ ...SETS, learningRate: 0.003, objective: "tb" })).runs;
    expect(runs.map(({ hash }) => hash)).toContain(single?.hash);
    expect(new Set(runs.map(({ hash }) => hash)).size).toBe(4);
    expect(single?.hash).toBe(
      configurationHash(completeConfiguration({ objective: "tb", learningRate: 0.003, env: { size: 3, items: 8 }, environment: "sets" })),
    );
  });

  it("says which combinations do not go together, and plans the others", async () => {
    const { runs, refused } = await plan({ ...SETS, grid: { objective: ["tb", "renyi"], estimator: ["loo", "none"] } });
    expect(runs).toHaveLength(3);
    expect(refused).toEqual([
      { at: 0, settings: { objective: "tb", estimator: "loo" }, message: "tb takes no estimator; only divergences do" },
    ]);
  });

  it("completes what differs in independent fields together, to the same configurations", async () => {
    const grid = { learningRate: [0.001, 0.002], logZLearningRate: [0.1, 0.2], decayPower: [0.5, 1], logZDecayPower: [0, 1], seed: [0, 5] };
    const { runs } = await plan({ environment: "dags", grid });
    const alone = runs.map(({ settings }) => configurationHash(completeConfiguration({ environment: "dags", ...settings })));
    expect(runs.map(({ hash }) => hash)).toEqual(alone);
    expect(new Set(alone).size).toBe(32);
    // The environment's own rate is for its own objective.
    const [usual] = (await plan({ environment: "dags" })).runs;
    expect(usual?.hash).toBe(configurationHash(completeConfiguration({ environment: "dags" })));
    const { refused } = await plan({ ...SETS, random: { draws: 1, learningRate: { integer: [1000, 1000] } } });
    expect(refused[0]?.message).toContain("learningRate must be a number from 0 to 100");
  });

  it("has equal combinations once", async () => {
    const { runs, repeated } = await plan({ ...SETS, grid: { learningRate: [0.001, 0.001, 0.002] } });
    expect(runs.map(({ at }) => at)).toEqual([0, 2]);
    expect(repeated).toBe(1);
  });

  it("gives another hash to another text of a long file", () => {
    const configuration = completeConfiguration({ environment: "sets" });
    const text = "x".repeat(1000);
    const hash = (last: string) => configurationHash({ ...configuration, objects: { name: "a", text: text + last } });
    expect(hash("a")).not.toBe(hash("b"));
    expect(hash("a")).toBe(hash("a"));
  });
});
