import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { performRun } from "./perform-run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-perform-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("an error in the midst of a run", () => {
  const folder = join(root, "run");
  const perform = (load: () => never) => performRun(folder, "hash", async () => load(), { signal: new AbortController().signal });

  it("is the run's failure", async () => {
    const ending = await perform(() => {
      throw new Error("no such file");
    });
    expect(ending).toEqual({ kind: "failed", code: "error", message: "no such file" });
    expect(readdirSync(folder)).toEqual(["failure.json"]);
  });

  it("is nobody's where another process has taken the run over", async () => {
    const ending = await perform(() => {
      writeFileSync(join(folder, "run.lock"), "another process's line");
      throw new Error("no such file");
    });
    expect(ending).toEqual({ kind: "in-use", holder: "another process" });
    expect(readdirSync(folder)).toEqual(["run.lock"]);
  });
});
