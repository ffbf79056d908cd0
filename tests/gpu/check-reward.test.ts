/** `checkReward`: rewards of every kind pass, and each promise that it checks is found broken where it is broken, with the object. */
import { checkReward, type Finding, type RewardCheckOptions } from "@webgfn/check";
import {
  type Environment,
  gaussianMixture,
  hostReward,
  networkReward,
  type PointObject,
  type Reward,
  type RewardFunction,
  type SetObject,
  sets,
  tableReward,
  wgslReward,
} from "@webgfn/envs";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const ENVIRONMENT = sets({ items: 6, size: 3 });
const ALL: SetObject[] = [];
for (let a = 0; a < 6; a++) for (let b = a + 1; b < 6; b++) for (let c = b + 1; c < 6; c++) ALL.push({ items: [a, b, c] });
const score = ({ items }: SetObject) => -0.25 * items.reduce((sum, item) => sum + item, 0);
const check = async (reward: Reward<SetObject> | RewardFunction<SetObject>, options?: RewardCheckOptions, environment = ENVIRONMENT) =>
  checkReward(await testDevice(), reward, environment, options);

const SHADER = `
import package::environment::{State, contains};
fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var item = 0u; item < 6u; item++) { sum += select(0.0, f32(item), contains(state, item)); }
  return -0.25 * sum;
}`;
const SCORES = Array.from({ length: 6 }, (_, item) => -0.25 * item);

describe("a reward that is right", () => {
  it.each<[string, Reward<SetObject> | RewardFunction<SetObject>]>([
    ["a function", (objects) => objects.map(score)],
    ["a function of words", (_, words) => Array.from({ length: words.length / 2 }, (__, n) => (words[2 * n] as number) / 64)],
    ["a promise of a typed array", async (objects) => Float32Array.from(objects, score)],
    ["hostReward", hostReward<SetObject>((objects) => objects.map(score))],
    ["a table", tableReward<SetObject>({ objects: ALL, values: ALL.map(score) })],
    ["WGSL", wgslReward({ shader: SHADER })],
    ["a network", networkReward({ layers: [{ kind: "linear", inputs: 6, outputs: 1, weight: SCORES }] })],
    ["another kind of the host's", { ...hostReward<SetObject>((objects) => objects.map(score)) }],
  ])("is told so: %s", async (what, reward) => {
    const { problems, warnings, notes } = await check(reward);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(notes[0]).toMatch(/^\d+ objects of sets of 3 out of 6 items took \S+ ms each in one call, and \S+ ms alone$/);
    expect(notes[1]).toMatch(
      what === "a function of words"
        ? /^log R of all 20 objects is between/
        : /^log R of all 20 objects is between -3, of \{3, 4, 5\}, and -0\.75, of \{0, 1, 2\}$/,
    );
  });

  it("may be of an environment that has another one, and of points", async () => {
    const flat = sets({ items: 6, size: 3, reward: hostReward<SetObject>((objects) => objects.map(() => 0)) });
    expect((await check((objects) => objects.map(score), {}, flat)).problems).toEqual([]);
    const device = await testDevice();
    const bowl = hostReward<PointObject>((points) => points.map(({ point: [x, y] }) => -(x! ** 2) - y! ** 2));
    const { problems, notes } = await checkReward(device, bowl, gaussianMixture() as Environment<PointObject>);
    expect(problems).toEqual([]);
    expect(notes[1]).toMatch(/^log R of 64 objects is between/);
  });
});

let calls = 0;
/** Rewards that break a promise: the promise, and what is said. */
const BROKEN: [string, RewardFunction<SetObject> | Reward<SetObject>, string, RegExp, RewardCheckOptions?][] = [
  ["a text", () => "no" as never, "returns", /for a batch of \d+ objects from \{.*\} on it returns "?no"?, and not a list/],
  ["nothing", () => undefined as never, "returns", /it returns undefined, and not a list/],
  ["one number", () => 1 as never, "returns", /it returns 1, and not a list/],
  ["too few", (objects) => objects.slice(1).map(score), "returns", /for a batch of (\d+) objects from \{.*\} on it returns \d+ numbers/],
  ["texts", (objects) => objects.map((each) => String(score(each))) as never, "returns", /for \{\d, \d, \d\} it returns "?-/],
  [
    "NaN for one",
    (objects) => objects.map((each) => (each.items.join() === "1,3,4" ? Number.NaN : 0)),
    "finite numbers",
    /^finite numbers: log R of \{1, 3, 4\} is NaN$/,
  ],
  [
    "-∞ for one",
    (objects) => objects.map((each) => (each.items.join() === "0,1,2" ? Math.log(0) : 0)),
    "finite numbers",
    /log R of \{0, 1, 2\} is -Infinity; give objects without reward a low one/,
  ],
  [
    "numbers too large",
    (objects) => objects.map((each) => 1e39 * each.items[0]!),
    "finite numbers",
    /is [1-3]e\+39, which float32 does not hold/,
  ],
  [
    "an error",
    () => {
      throw new Error("no licence");
    },
    "returns",
    /at \{\d, \d, \d\} it throws: no licence/,
  ],
  [
    "an error at one",
    (objects) => {
      if (objects.some(({ items }) => items.includes(5) && items.includes(4))) throw new Error("too hot");
      return objects.map(score);
    },
    "returns",
    /at \{\d, 4, 5\} it throws: too hot/,
  ],
  [
    "an error of batches",
    (objects) => {
      if (objects.length > 1) throw new Error("one at a time");
      return objects.map(score);
    },
    "returns",
    /at a batch of \d+ objects from \{.*\} on it throws: one at a time/,
  ],
  ["a rejection", () => Promise.reject(new Error("offline")), "returns", /it throws: offline/],
  [
    "nothing in time",
    () => new Promise(() => {}),
    "returns",
    /at a batch of \d+ objects from .* on it does not return within 0\.05 s/,
    { timeLimit: 0.05 },
  ],
  [
    "random numbers",
    (objects) => objects.map(() => Math.random()),
    "repeatable",
    /log R of \{\d, \d, \d\} is 0\.\d+, and 0\.\d+ when the same batch is evaluated again/,
  ],
  [
    "a count of calls",
    (objects) => {
      calls += 1;
      return objects.map(() => calls);
    },
    "repeatable",
    /log R of \{.*\} is \d+, and \d+ when the same batch/,
  ],
  [
    "the place in the batch",
    (objects) => objects.map((_, n) => n),
    "order",
    /log R of \{.*\} is \d+, and \d+ when the batch is in the reverse order/,
  ],
  [
    "the size of the batch",
    (objects) => objects.map((each) => score(each) / objects.length),
    "batch size",
    /log R of \{.*\} is -\S+, and -\S+ when it is evaluated alone/,
  ],
  [
    "other objects",
    (objects) => {
      const values = objects.map(score);
      for (const each of objects) each.items.reverse();
      return values;
    },
    "arguments",
    /it changes the object \{\d, \d, \d\}, which is \{"?items"?:\[/,
  ],
  [
    "other words",
    (objects, words) => {
      words.fill(0, 2, 4);
      return objects.map(score);
    },
    "arguments",
    /it changes the words of \{.*\}: word 2 is 0 after the call/,
  ],
  [
    "another order of objects",
    (objects) => {
      const values = objects.map(score);
      objects.reverse();
      return values;
    },
    "arguments",
    /it changes the list of its objects, such as a batch of/,
  ],
  [
    "a table that lacks one",
    tableReward<SetObject>({ objects: ALL.slice(1), values: ALL.slice(1).map(score) }),
    "finite numbers",
    /log R of \{0, 1, 2\} is NaN; give the object a row/,
  ],
  [
    "a promise of another kind's",
    { ...hostReward<SetObject>(() => undefined as never, { name: "score" }) },
    "returns",
    /for a batch of .* on: the reward score returned undefined/,
  ],
];

describe("a reward that breaks a promise", () => {
  it.each(BROKEN)("is found out: %s", async (_, reward, promise, message, options) => {
    const { problems } = await check(reward, options);
    expect(problems[0]?.promise).toBe(promise);
    expect(problems[0]?.message).toMatch(message);
  });

  it("is named with the object and its state", async () => {
    const { problems } = await check((objects) => objects.map((each) => (each.items.join() === "1,3,4" ? Number.NaN : 0)));
    expect(problems).toEqual([
      {
        promise: "finite numbers",
        message: "finite numbers: log R of {1, 3, 4} is NaN",
        object: { items: [1, 3, 4] },
        state: [0b11010, 3],
      },
    ] satisfies Finding[]);
  });

  it("is found among all objects, where no random trajectory ends", async () => {
    const rare = (objects: SetObject[]) => objects.map((each) => (each.items.join() === "7,8,9" ? Number.NaN : score(each)));
    const environment = sets({ items: 10, size: 3 });
    const { problems } = await check(rare, { walks: 3, seed: 2 }, environment);
    expect(problems.map(({ message }) => message)).toEqual(["finite numbers: log R of {7, 8, 9} is NaN"]);
  });
});

describe("a reward that is suspicious", () => {
  it.each<[string, (object: SetObject) => number, string, RegExp]>([
    ["constant", () => 2, "constant", /log R is 2 for all 20 objects, such as \{.*\}, so that nothing is to be learned/],
    ["R, and not log R", ({ items }) => 100 + 50 * items[0]!, "range", /log R of \{3, 4, 5\} is 250, .*return log R and not R/],
    [
      "one object only",
      ({ items }) => (items.join() === "1,2,5" ? 40 : 0),
      "mass",
      /\{1, 2, 5\} has 100\.0 % of the mass of all 20 objects/,
    ],
  ])("is warned of: %s", async (_, value, promise, message) => {
    const { problems, warnings } = await check((objects) => objects.map(value));
    expect(problems).toEqual([]);
    const found = warnings.find((warning) => warning.promise === promise);
    expect(found?.message).toMatch(message);
  });

  it("does not take longer than it may", async () => {
    const slow = async (objects: SetObject[]) => {
      await new Promise((resolve) => setTimeout(resolve, 5 * objects.length));
      return objects.map(score);
    };
    const { problems, notes } = await check(slow, { walks: 3, timeLimit: 0.08 });
    expect(problems).toEqual([]);
    expect(notes.join()).toContain("20 objects would take longer than 0.08 s, so the sampled ones stand for them");
  });
});

describe("a reward that does not fit", () => {
  it("is refused", async () => {
    await expect(check(tableReward({ byIndex: [1] }))).rejects.toMatchObject({ code: "argument" });
    await expect(check(wgslReward({ shader: SHADER.replace("-0.25 * sum", "true") }))).rejects.toMatchObject({ code: "shader" });
    await expect(check({} as never)).rejects.toThrow(/the reward must be one that wgslReward, tableReward or hostReward makes/);
  });
});
