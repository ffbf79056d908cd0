import { describe, expect, it } from "vitest";
import { parseItems } from "./items-text.js";

const parse = (text: string) => parseItems({ name: "items.csv", text });

describe("items", () => {
  it.each([
    ["weight,value\n1,2\n3,-4\n", { names: ["0", "1"], weights: [1, 3], values: [2, -4] }],
    ["Name;Value;Weight\ntent;9;2,5\n", { names: ["tent"], weights: [2.5], values: [9] }],
    ["1 2\n3 4\n", { names: ["0", "1"], weights: [1, 3], values: [2, 4] }],
  ])("are read from %j", (text, items) => {
    expect(parse(text)).toEqual(items);
  });

  it.each([
    ["", "items.csv is empty; expected a table of items with the columns weight and value"],
    ["# none\n", "items.csv:1: expected items, found none"],
    ["weight,value\n", "items.csv:1: expected items below the header, found none"],
    ["weight,price\n1,2\n", 'items.csv:1: expected the columns weight and value, found "weight, price"'],
    ["weight,value\n1,2,3\n", "items.csv:2: expected 2 columns, found 3"],
    ["weight,value\n1\n", "items.csv:2: expected 2 columns, found 1"],
    ["weight,value\n-1,2\n", 'items.csv:2: expected a weight from 0 to 1000000, found "-1"'],
    ["weight,value\n1,much\n", 'items.csv:2: expected a value from -1000000 to 1000000, found "much"'],
    [`weight,value\n${"1,1\n".repeat(1001)}`, "items.csv:1002: expected at most 1000 items, found 1001"],
  ])("are not %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
