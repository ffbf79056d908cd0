import { describe, expect, it } from "vitest";
import { bestRewards, distinctObjects, modesFound } from "./best-objects.js";

/** Five samples of three objects, two words each. */
const STATES = Uint32Array.of(1, 2, 2, 1, 1, 2, 0, 7, 2, 1);
const LOG_REWARDS = [Math.log(4), Math.log(1), Math.log(4), Math.log(10), Math.log(1)];

describe("the best objects", () => {
  const objects = distinctObjects(STATES, LOG_REWARDS);

  it("are told apart by all of their words, the best first", () => {
    expect(objects.map(({ state }) => [...state])).toEqual([
      [0, 7],
      [1, 2],
      [2, 1],
    ]);
    expect(objects.map(({ logReward }) => logReward)).toEqual([Math.log(10), Math.log(4), 0]);
  });

  it("count once each, and as many as there are", () => {
    expect(bestRewards(objects, 2).topReward).toBeCloseTo(7, 12);
    expect(bestRewards(objects, 2).topLogReward).toBeCloseTo(Math.log(40) / 2, 12);
    expect(bestRewards(objects, 100).topReward).toBeCloseTo(5, 12);
  });

  it("are modes from the threshold on, rounding of float32 aside", () => {
    expect([0, 1, Math.log(4), 2, 3].map((threshold) => modesFound(objects, threshold))).toEqual([3, 2, 2, 1, 0]);
    const rounded = distinctObjects(Uint32Array.of(1, 2), [Math.fround(Math.log(0.1)), Math.fround(Math.log(2.501))]);
    expect(modesFound(rounded, Math.log(2.501))).toBe(1);
    expect(modesFound(rounded, Math.log(0.1))).toBe(2);
  });

  it("belong to the modes that the environment names", () => {
    expect(modesFound(objects, 0, (state) => Math.min(1, state[0]!))).toBe(2);
    expect(modesFound(objects, 5, () => 0)).toBe(0);
  });
});
