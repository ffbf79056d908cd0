import { hypergrid, sets, unavailable } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { columns } from "./columns.js";
import { defineMetric, type MetricDescription, requireDistinctKeys, requireValues } from "./define-metric.js";
import type { MetricInputs, Placement } from "./metric.js";

const column = { key: "energy", label: "energy", help: "mean energy of the objects" };
const measuring = { measure: async () => [{ energy: 1 }], dispose() {} };
const description: MetricDescription = { name: "energy", columns: [column], create: () => measuring };
const nowhere = {} as Placement;

function refusal(changes: object): string {
  try {
    defineMetric({ ...description, ...changes });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("defineMetric", () => {
  it("takes a description, and is available everywhere unless it says otherwise", async () => {
    const metric = defineMetric(description);
    expect(metric).toMatchObject({ name: "energy", columns: [column] });
    expect(metric.available(sets(), nowhere)).toEqual({ available: true, value: true });
    expect(await metric.create({} as MetricInputs)).toBe(measuring);
    const onlySets = defineMetric({
      ...description,
      available: ({ name }) => (name === "sets" ? { available: true, value: true } : unavailable("it counts items")),
    });
    expect(onlySets.available(sets(), nowhere).available).toBe(true);
    expect(onlySets.available(hypergrid(), nowhere)).toEqual({ available: false, reason: "it counts items" });
  });

  it.each<[object, string]>([
    [{ name: "" }, "name must be a text, not "],
    [{ colums: [] }, 'defineMetric has no option "colums" (did you mean columns?)'],
    [{ columns: [] }, "columns must be a list of at least one column, not []"],
    [{ create: undefined }, "defineMetric needs create: a function"],
    [{ columns: [column, { key: "b", label: "b" }] }, "column 1 of the metric energy needs a help: a text"],
    [
      { columns: [{ ...column, key: "Mean energy" }] },
      "key of column 0 of the metric energy must be a name of letters and digits that begins with a small letter",
    ],
    [{ columns: [{ ...column, better: "less" }] }, 'better of column 0 of the metric energy must be lower or higher, not "less"'],
    [
      { columns: [{ ...column, shown: "never" }] },
      'shown of column 0 of the metric energy must be everywhere or evaluation or data, not "never"',
    ],
    [{ columns: [{ ...column, logarithmic: true }] }, 'column 0 of the metric energy has no field "logarithmic"'],
    [{ columns: [column, column] }, "the metric energy has a column energy, which is a column of the metric energy already"],
    [{ columns: [{ ...column, key: "l1" }] }, "the metric energy has a column l1, which is a column of webgfn itself already"],
    [{ columns: [{ ...column, key: "seed" }] }, "a column seed, which is a column of webgfn itself already"],
    [{ columns: [{ ...column, key: "energySd" }] }, 'a column energySd, but tables append "Sd" to keys'],
  ])("refuses %o", (changes, sentence) => {
    expect(refusal(changes)).toContain(sentence);
  });

  it("refuses a create that returns something else", async () => {
    const metric = defineMetric({ ...description, create: () => ({}) as typeof measuring });
    await expect(metric.create({} as MetricInputs)).rejects.toThrow(
      "what create of the metric energy returns must be an object with the methods measure and dispose, not {}",
    );
  });

  it("refuses two metrics with the same key", () => {
    const [first, second] = [defineMetric(description), defineMetric({ ...description, name: "other" })];
    expect(() => requireDistinctKeys([first, second])).toThrow(
      "the metric other has a column energy, which is a column of the metric energy already",
    );
  });

  it("leaves no built-in key to others", () => {
    for (const key of Object.keys(columns)) expect(refusal({ columns: [{ ...column, key }] })).toContain("webgfn itself");
  });
});

describe("what measure returns", () => {
  const metric = defineMetric(description);

  it("may be NaN, and may have more fields than the columns", () => {
    expect(() => requireValues(metric, [{ energy: Number.NaN, other: 1 }, { energy: 2 }], 2)).not.toThrow();
  });

  it.each<[unknown, string]>([
    [undefined, "measure of the metric energy must return a list with one entry per replica, 2 in all, not something else"],
    [[{ energy: 1 }], "one entry per replica, 2 in all, not 1"],
    [[{ energy: 1 }, { energie: 1 }], "measure of the metric energy returns no number as energy of replica 1"],
    [[null, { energy: 1 }], "returns no number as energy of replica 0"],
    [[{ energy: "1" }, { energy: 1 }], "returns no number as energy of replica 0"],
  ])("is refused as %j", (values, sentence) => {
    expect(() => requireValues(metric, values, 2)).toThrow(sentence);
  });
});
