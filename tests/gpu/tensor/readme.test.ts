import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

describe("the README of @webgfn/tensor", () => {
  const readme = readFileSync(join(ROOT, "packages/tensor/README.md"), "utf8");
  const programs = [...readme.matchAll(/```js\n(.*?)```/gs)]
    .map(([, text]) => text as string)
    .filter((text) => text.includes("openDevice("));

  it("has runnable programs", () => {
    expect(programs.length).toBeGreaterThanOrEqual(2);
  });

  programs.forEach((text, index) => {
    it(`program ${index + 1} runs and prints what its comments say`, async () => {
      // Inside node_modules of the workspace, so that the packages resolve as they do for a user.
      const folder = join(ROOT, "node_modules/.cache/readme");
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `tensor-${index + 1}.mjs`);
      writeFileSync(file, text);
      const { stdout } = await promisify(execFile)(process.execPath, [file]);
      const expected = [...text.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, said]) => said as string);
      expect(expected.length).toBeGreaterThan(0);
      expect(stdout.trim().split("\n")).toEqual(expected);
    });
  });
});
