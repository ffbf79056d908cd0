import { describe, expect, it } from "vitest";
import { repeatedKey } from "./repeated-key.js";

describe("a key that a JSON object has twice", () => {
  it.each([
    ['{"steps": 1, "steps": 2}', "steps"],
    ['{"grid": {"seed": [0], "alpha": [1], "seed": [2]}}', "seed"],
    ['[{"a": {"b": 1}, "a": 2}]', "a"],
    ['{"st\\u0065ps": 1, "steps": 2}', "steps"],
  ])("is found in %s", (text, key) => {
    expect(repeatedKey(text)).toBe(key);
  });

  it.each(['{"a": {"a": 1}, "b": {"a": 2}}', '[{"a": 1}, {"a": 2}]', '{"a": "a\\": 1, \\"a", "b": ":"}', '"a:a:"', "[]", "3"])(
    "is not in %s",
    (text) => {
      JSON.parse(text);
      expect(repeatedKey(text)).toBeUndefined();
    },
  );
});
