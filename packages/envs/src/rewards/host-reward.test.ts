/** Functions as rewards, without a GPU: what a function may return or do, and what is said of it. */
import { WebgfnError } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { encodeObject } from "../encoding.js";
import { type SetObject, sets } from "../sets.js";
import { type HostRewardOptions, hostReward, type RewardFunction } from "./host-reward.js";

const SETS = sets({ items: 6, size: 3 });
const statesOf = (...objects: number[][]) => Uint32Array.from(objects.flatMap((items) => [...encodeObject(SETS, { items })]));
const TWO = statesOf([0, 1, 2], [1, 2, 3]);
const bound = (fn: (objects: SetObject[], words: Uint32Array) => unknown, options: HostRewardOptions = {}) =>
  hostReward(fn as RewardFunction<SetObject>, { name: "score", ...options }).bind(SETS).host!;

describe("a function that returns", () => {
  it.each<[string, (objects: SetObject[]) => unknown]>([
    ["a list", () => [1, -2]],
    ["float32", () => Float32Array.of(1, -2)],
    ["float64, as a promise", async () => Float64Array.of(1, -2)],
    ["something like a list", () => ({ length: 2, 0: 1, 1: -2 })],
    // biome-ignore lint/suspicious/noThenProperty: promises of other libraries are such objects
    ["something like a promise", () => ({ then: (resolve: (values: number[]) => void) => resolve([1, -2]) })],
  ])("is believed: %s", async (_, fn) => {
    expect([...(await bound(fn).evaluate(TWO))]).toEqual([1, -2]);
  });

  it.each<[number, RegExp]>([
    [Number.NaN, /^the reward score returned NaN for \{1, 2, 3\}, and log R must be a finite number$/],
    [Number.POSITIVE_INFINITY, /^the reward score returned Infinity for \{1, 2, 3\}, and log R must be a finite number$/],
    [Number.NEGATIVE_INFINITY, /returned -Infinity for \{1, 2, 3\}, .*; give objects without reward a low one, such as -50$/],
    [1e39, /returned 1e\+39 for \{1, 2, 3\}, and log R must be a finite number that float32 holds$/],
  ])("%d for an object breaks this object alone", async (value, problem) => {
    const host = bound(() => [0.5, value]);
    expect([...(await host.evaluate(TWO))]).toEqual([0.5, Number.NaN]);
    expect(host.problem).toMatch(problem);
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /returned undefined for a batch of 2 objects from \{0, 1, 2\} on; return a list with log R/],
    ["null", null, /returned null for a batch of 2 objects/],
    ["a number", 3, /returned 3 for a batch of 2 objects/],
    ["a text", "12", /returned "?12"? for a batch of 2 objects/],
    ["a map", new Map([[0, 1]]), /returned .* for a batch of 2 objects/],
    ["a list in a list", [[0, 1]], /returned 1 numbers for 2 objects, \{0, 1, 2\} the first; return log R of each object, in their order/],
    ["too many", [1, 2, 3], /returned 3 numbers for 2 objects/],
    ["an empty list", [], /returned 0 numbers for 2 objects/],
    ["a list with a hole", new Array(2), /returned undefined for \{0, 1, 2\}; return log R as a number/],
    ["whole numbers without limits", BigInt64Array.of(1n, 2n), /returned 1 for \{0, 1, 2\}; return log R as a number/],
    ["a list of lists", [0, [1]], /returned .*1.* for \{1, 2, 3\}; return log R as a number/],
    ["a text in a list", [0, "1"], /returned "1" for \{1, 2, 3\}/],
  ])("%s is told so", async (_, value, message) => {
    for (const fn of [() => value, async () => value]) {
      const error = await failureOf(bound(fn));
      expect(error.code).toBe("reward");
      expect(`${error.message}; ${error.fix}`).toMatch(message);
    }
  });
});

async function failureOf(host: ReturnType<typeof bound>): Promise<WebgfnError> {
  const error = await host.evaluate(TWO).then(
    () => undefined,
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(WebgfnError);
  return error as WebgfnError;
}

describe("a function that fails", () => {
  it.each<[string, unknown, RegExp]>([
    ["an error", new Error("no licence"), /^the reward score failed at a batch of 2 objects from \{0, 1, 2\} on: no licence$/],
    ["an error of many lines", new Error("bad shape:\n  got 2\n  expected 1\n"), /on: bad shape: got 2 expected 1$/],
    ["an error without end", new Error("x".repeat(1e6)), /on: x{400} …$/],
    ["an error of this project", new WebgfnError("argument", "mismatch"), /on: mismatch$/],
    ["a text", "offline", /on: "?offline"?$/],
    ["nothing", undefined, /on: undefined$/],
    ["null", null, /on: null$/],
  ])("with %s is told so", async (_, thrown, message) => {
    const throwing = () => {
      throw thrown;
    };
    for (const fn of [throwing, () => Promise.reject(thrown)]) {
      const error = await failureOf(bound(fn));
      expect(error).toMatchObject({ code: "reward", message: expect.stringMatching(message), fix: expect.stringContaining("retries") });
    }
  });

  it("by never settling is given up, and what comes later is nobody's", async () => {
    const { message } = await failureOf(bound(() => new Promise(() => {}), { timeLimit: 0.05 }));
    expect(message).toBe("the reward score did not return within 0.05 s at a batch of 2 objects from {0, 1, 2} on");
    const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 100));
    await failureOf(bound(late, { timeLimit: 0.02 }));
    // An error that nobody takes would end this process.
    await new Promise((resolve) => setTimeout(resolve, 200));
  });

  it("is called again with objects and words as they were", async () => {
    const seen: string[] = [];
    const host = bound(
      (objects, words) => {
        seen.push(JSON.stringify([objects, [...words]]));
        const values = objects.map(({ items }) => -(items[0] as number));
        for (const object of objects) object.items.length = 0;
        objects.reverse();
        words.fill(0);
        if (seen.length === 1) throw new Error("busy");
        return values;
      },
      { retries: 1 },
    );
    expect([...(await host.evaluate(TWO))].map((value) => value + 0)).toEqual([0, -1]);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toBe(seen[0]);
  });

  it("has cached nothing of the call", async () => {
    let broken = true;
    const host = bound((objects) => {
      if (broken) throw new Error("busy");
      return objects.map(() => 2);
    });
    await failureOf(host);
    broken = false;
    expect([...(await host.evaluate(TWO))]).toEqual([2, 2]);
    expect(host.counts).toMatchObject({ all: 2, evaluated: 2 });
  });
});
