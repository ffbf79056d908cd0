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
});
