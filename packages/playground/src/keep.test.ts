import { describe, expect, it } from "vitest";
import { keptBetween } from "./keep.js";
import { type Choice, DEFAULTS, type Settings } from "./settings.js";

const renyi = (alpha: number): Choice => ({ objective: "renyi", parameters: { alpha }, estimator: "paper" });
const tb: Choice = { objective: "tb", parameters: {}, estimator: null };
const OLD: Settings = { ...DEFAULTS, choices: [renyi(0.5), tb] };
const kept = (changes: Partial<Settings>) => keptBetween(OLD, { ...OLD, ...changes });

describe("models after a change of the settings", () => {
  it("go on with another batch, learning rate, exploration or temperature", () => {
    for (const changes of [{ batchSize: 64 }, { learningRate: 0.1 }, { exploration: 0.2 }, { temperature: 2 }]) {
      expect(kept(changes)).toEqual([0, 1]);
    }
  });

  it("go on when an objective is added, removed, moved, or gets another α", () => {
    expect(kept({ choices: [renyi(0.5), tb, renyi(2)] })).toEqual([0, 1, null]);
    expect(kept({ choices: [tb] })).toEqual([1]);
    expect(kept({ choices: [tb, renyi(0.5)] })).toEqual([1, 0]);
    expect(kept({ choices: [renyi(0.25), tb] })).toEqual([0, 1]);
    expect(kept({ choices: [renyi(2), renyi(0.5)] })).toEqual([null, 0]);
    expect(kept({ choices: [renyi(0.5), { objective: "db", parameters: {}, estimator: null }] })).toEqual([0, null]);
  });

  it("are new for another target, seed, width or backward policy", () => {
    for (const changes of [{ env: { ...OLD.env, side: 8 } }, { seed: 9 }, { width: 16 }, { backward: "learned" as const }, { beta: 2 }]) {
      expect(kept(changes)).toEqual([null, null]);
    }
  });

  it("keep the width and the replicas of their file", () => {
    const old = { ...OLD, choices: [tb, { ...tb, file: "a.safetensors" }] };
    expect(keptBetween(old, { ...old, width: 16 })).toEqual([null, 1]);
    expect(keptBetween(old, { ...old, replicas: 4 })).toEqual([null, 1]);
  });
});
