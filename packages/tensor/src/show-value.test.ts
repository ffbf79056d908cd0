import { expect, it } from "vitest";
import { largestOf, smallestOf } from "./extremes.js";
import { inBrief, printable, shownName } from "./show-value.js";
import { nearest, requireEntry, unknownWord } from "./suggest.js";

it("shows no character that a terminal would obey", () => {
  const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join("");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  expect(printable(every)).not.toMatch(/[\x00-\x08\x0B-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069]/);
  expect(printable("\x1b[2J\x9b1m\u202e")).toBe("\\u001b[2J\\u009b1m\\u202e");
  expect(printable("a\tb\nü")).toBe("a\tb\nü");
  const value = { name: "\x7f\x9b\u2028\u202e" };
  expect(JSON.parse(printable(JSON.stringify(value))), "JSON stays the same JSON").toEqual(value);
});

it("cuts long names, and keeps them on one line", () => {
  expect(shownName("a\nb\tc")).toBe("a\\u000ab\\u0009c");
  expect(shownName("x".repeat(100), 10)).toBe(`${"x".repeat(10)}…`);
});

it("shows any value shortly", () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 1e5; depth++) deep = [deep];
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const hostile = { toJSON: () => undefined };
  for (const value of [deep, circular, hostile, Symbol("s"), 5n, null, undefined, () => {}, "x".repeat(1e6), { toString: 1 }]) {
    expect(inBrief(value).length).toBeLessThan(80);
  }
  expect([inBrief("\x1b"), inBrief([1, 2]), inBrief(hostile), inBrief(5n)]).toEqual(['"\\u001b"', "[1,2]", "an object", "5"]);
});

it("finds the entries of a table by texts alone", () => {
  const table = { one: 1 };
  expect(requireEntry("a number", table, "one")).toBe(1);
  for (const name of ["constructor", "__proto__", ["one"], 5, undefined, { toString: 1 }]) {
    expect(() => requireEntry("a number", table, name)).toThrow(/is not a number; choose from one/);
  }
  expect(unknownWord("a number", "\x1b".repeat(1000), ["one"]).message.length).toBeLessThan(500);
  expect(nearest("o".repeat(1e7), ["one"])).toBeUndefined();
});

it("finds the extremes of more values than a stack holds", () => {
  const many = Float64Array.from({ length: 1e6 }, (_, k) => k);
  expect([largestOf(many), smallestOf(many), largestOf([]), smallestOf([]), largestOf([1, Number.NaN, 2])]).toEqual([
    999_999,
    0,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]);
});
