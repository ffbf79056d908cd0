/** What is particular to sets. */
import { type SetsParameters, sets } from "@webgfn/envs";
import { logSumExp, setsLogZ, sum } from "@webgfn/reference";
import { describe, expect, it } from "vitest";
import { exactSamples } from "./helpers.js";

describe("sets", () => {
  it("know log Z where they cannot be listed", () => {
    // All sets of one size in 40/40 are one set; in 33/1 they are the items.
    const whole = sets({ items: 40, size: 40 });
    const single = sets({ items: 33, size: 1 });
    const paper = sets();
    expect(whole.exactLogZ).toEqual({ available: true, value: expect.closeTo(sum([...whole.data]), 9) });
    expect(single.exactLogZ).toEqual({ available: true, value: expect.closeTo(logSumExp([...single.data]), 9) });
    expect(paper.exactLogZ).toEqual({ available: true, value: expect.closeTo(setsLogZ([...paper.data], 16), 9) });
  });

  it("are drawn in the right size, whatever the word", () => {
    const environment = sets({ items: 70, size: 20 });
    for (const state of exactSamples(environment, 200, 1)) {
      expect((environment.decode(state) as { items: number[] }).items).toHaveLength(20);
      expect(state[3]).toBe(20);
    }
  });

  it("are enumerated up to a limit", () => {
    expect(sets({ items: 20, size: 2 }).enumeration).toEqual({ available: true, value: 2 ** 20 });
    expect(sets({ items: 21, size: 2 }).enumeration).toEqual({ available: false, reason: expect.stringContaining("21 items") });
  });

  it.each([
    ["a size above the items", { items: 3, size: 4 }, /size/],
    ["no items", { items: 0 }, /items/],
    ["half an item", { items: 2.5 }, /items/],
    ["NaN as a size", { size: Number.NaN }, /size/],
    ["a negative seed", { dataSeed: -1 }, /dataSeed/],
    ["an unknown parameter", { item: 3 } as never, /"item"/],
  ])("reject %s", (_, parameters: SetsParameters, message) => {
    expect(() => sets(parameters)).toThrow(message);
    expect(() => sets(parameters)).toThrow(expect.objectContaining({ code: "argument" }));
  });

  it("takes scores of one's own", () => {
    const scores = [0.5, -1, 2];
    const environment = sets({ items: 3, size: 2, scores });
    expect([...environment.data]).toEqual(scores);
    expect(environment.parameters).toEqual({ items: 3, size: 2, scores });
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(setsLogZ(scores, 2), 9) });
    for (const wrong of [{ scores: [1, 2] }, { scores: [1, 2, Number.NaN] }, { scores, dataSeed: 0 }]) {
      expect(() => sets({ items: 3, size: 2, ...wrong })).toThrow(expect.objectContaining({ code: "argument" }));
    }
  });
});
