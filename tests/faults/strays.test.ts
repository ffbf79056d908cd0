/** Errors of a user's module that no call returns: they are one sentence, and not Node's stack or silence. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlan } from "@webgfn/sweeps";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../cli/run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-strays-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);

writeFileSync(at("never.mjs"), "export default () => new Promise(() => {});");
writeFileSync(
  at("late.mjs"),
  `export function reward(objects) {
    setTimeout(() => { throw new Error("the simulator is gone"); }, 10);
    return new Promise((resolve) => setTimeout(() => resolve(objects.map(() => 0)), 200));
  }`,
);
const TINY = { environment: "sets", env: { items: 5, size: 2 }, hidden: [8], batchSize: 16, steps: 4, reward: `${at("late.mjs")}#reward` };
const SENTENCE = /an error came outside of every call: the simulator is gone; a timer or an event in a module of your own throws it/;

describe("a module of one's own", () => {
  it("whose promise never settles is named as the reason of the end", async () => {
    const { status, stderr } = await run(["sweep", "plan", at("never.mjs")]);
    expect(stderr).toBe(
      "webgfn: a promise that this program waits for never settles; look for it in the modules of your own that were given\n",
    );
    expect(status).toBe(1);
  });

  it("that throws from a timer ends a training with its sentence, and with its stack where that is asked for", async () => {
    writeFileSync(at("config.json"), JSON.stringify(TINY));
    const { status, stderr } = await run(["train", "--config", at("config.json")]);
    expect(stderr).toMatch(SENTENCE);
    expect(stderr).not.toContain("late.mjs:");
    expect(status).toBe(1);
    expect((await run(["train", "--config", at("config.json"), "--debug"])).stderr).toContain("late.mjs:");
  });

  it("that throws from a timer fails the run of a sweep with its sentence", async () => {
    writeFileSync(at("sweep.json"), JSON.stringify(TINY));
    const { status, stderr } = await run(["sweep", "run", at("sweep.json"), "--out", at("sweep"), "--all"]);
    expect(stderr).toMatch(SENTENCE);
    expect(status).toBe(1);
    const folder = readPlan(at("sweep")).runs[0]?.hash ?? "";
    expect(JSON.parse(readFileSync(at(`sweep/${folder}/failure.json`), "utf8")).message).toMatch(SENTENCE);
  });
});
