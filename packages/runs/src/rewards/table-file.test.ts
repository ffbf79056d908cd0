/** Tables of rewards from files: whichever form a file has, the configuration keeps the same JSON lines. */
import { sets } from "@webgfn/envs";
import { describe, expect, it } from "vitest";
import { givenRewards } from "./table-file.js";

const SETS = sets({ items: 4, size: 2 });
const text = (name: string, content: string) => ({ name, text: content });

describe("a table of rewards", () => {
  const lines = '{"object":{"items":[0,1]},"reward":2}\n{"object":{"items":[1,3]},"reward":0.5}\n';

  it.each([
    ["JSON lines", text("of.jsonl", lines)],
    ["JSON lines with more fields", text("of.jsonl", lines.replace('"reward":2', '"note":"x","reward":2'))],
    ["CSV", text("of.csv", "items_0,items_1,reward\n0,1,2\n1,3,0.5\n")],
    ["CSV with other columns", text("of.csv", "name;reward;items_1;items_0\na;2;1;0\nb;0.5;3;1\n")],
  ])("is kept as JSON lines: %s", (_, file) => {
    const given = givenRewards(SETS, file);
    expect(given.file.text).toBe(lines);
    expect(given.reward.title).toBe("a table of 2 rewards");
    expect(givenRewards(SETS, given.file).file).toEqual(given.file);
  });

  it("takes a column of R for R, and one of log R for log R", () => {
    const [linear, log] = ["reward", "logReward"].map((column) => {
      const { reward } = givenRewards(SETS, text("of.csv", `items_0,items_1,${column}\n0,1,2\n`), { missing: 1 });
      // What all other objects get comes first.
      return reward.bind(SETS).data![0];
    });
    expect([linear, log]).toEqual([0, 1]);
  });

  it.each(["", " ", "null", "much", "[]", "true", "NaN"])("refuses %j as a reward", (value) => {
    if (value !== "null" && value !== "[]") {
      expect(() => givenRewards(SETS, text("of.csv", `items_0,items_1,reward\n0,1,${value}\n`))).toThrow(
        /^of\.csv:2: expected a number as reward/,
      );
    }
    const json = value.trim() === "" || value === "much" || value === "NaN" ? JSON.stringify(value) : value;
    const file = text("of.jsonl", `{"object":{"items":[0,1]},"reward":${json}}\n`);
    expect(() => givenRewards(SETS, file)).toThrow(/^of\.jsonl:1: expected a number as reward/);
  });

  it("refuses a file without objects", () => {
    for (const file of [text("of.csv", "items_0,items_1,reward\n"), text("of.jsonl", "\n")])
      expect(() => givenRewards(SETS, file)).toThrow(/^of\./);
  });

  const npy = (() => {
    const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (16,), }".padEnd(117)}\n`;
    const bytes = new Uint8Array(128 + 64);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
    bytes.set(new TextEncoder().encode(header), 10);
    return bytes;
  })();

  it.each([
    ["of.csv", new TextEncoder().encode("items_0,items_1,reward\n0,1,2.25\n1,3,0.5\n")],
    ["of.jsonl", new TextEncoder().encode(lines)],
    ["of.npy", npy],
  ])("that is cut off anywhere is refused, or has the rows before the cut: %s", (name, bytes) => {
    const rows = (length: number) => givenRewards(SETS, { name, bytes: bytes.slice(0, length) }).file.text;
    const whole = rows(bytes.length);
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      let found: string;
      try {
        found = rows(length);
      } catch (error) {
        expect(error).toMatchObject({ code: "file", message: expect.stringMatching(new RegExp(`^${name}`)) });
        refused += 1;
        continue;
      }
      // Of the last number, digits may be lost, which no reader can tell.
      const kept = found.replace(/[\d.]*\}\n$/, "");
      expect(kept).not.toBe("");
      expect(whole.startsWith(kept), `${found} of ${length} bytes`).toBe(true);
    }
    expect(refused).toBeGreaterThan(bytes.length / 2);
  });
});
