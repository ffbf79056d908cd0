/** `--prior`: a trained policy in the place of p_B, through training, resuming, measuring and reporting. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "./run.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const root = mkdtempSync(join(tmpdir(), "webgfn-prior-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const GRID = "hypergrid --env.side 3 --hidden 8 --batch-size 16 --objective tb".split(" ");
const train = (...options: string[]) => call(["train", ...GRID, ...options, "--json"]);

beforeAll(async () => {
  const first = await train("--steps", "2", "--seed", "5", "--replicas", "2", "--env.r0", "0.5", "--out", at("first"));
  expect(first).toMatchObject({ status: 0 });
});

describe("a prior on the command line", () => {
  it("is learned against, kept by the run, resumed, measured and reported", async () => {
    const { status, stdout } = await train("--prior", at("first"), "--steps", "4", "--out", at("second"));
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).not.toHaveProperty("exactLogZ");
    expect(result.configuration.prior.name).toBe("first");

    // The run needs the folder no more, and the same bits follow from the checkpoint by itself.
    const byFile = await train("--prior", at("first/checkpoint.safetensors"), "--steps", "4");
    expect(JSON.parse(byFile.stdout).replicas).toEqual(result.replicas);
    const other = await train("--steps", "4");
    expect(JSON.parse(other.stdout).replicas[0].loss).not.toBe(result.replicas[0].loss);
    rmSync(at("first"), { recursive: true });
    const resumed = JSON.parse((await call(["train", "--resume", at("second"), "--steps", "6", "--json"])).stdout);
    expect(resumed.configuration.prior).toEqual(result.configuration.prior);

    const evaluated = JSON.parse((await call(["evaluate", at("second"), "--distribution", "--json"])).stdout);
    expect(evaluated).not.toHaveProperty("exactLogZ");
    expect(evaluated.heldOut).toBe("policy");
    const { distribution } = evaluated as { distribution: { probability: number; target: number }[] };
    expect(distribution.reduce((sum, { target }) => sum + target, 0)).toBeCloseTo(1, 9);
    const distance = distribution.reduce((sum, { probability, target }) => sum + Math.abs(probability - target), 0);
    expect(evaluated.replicas[0].l1).toBeCloseTo(distance, 5);
    expect(resumed.replicas[0].l1).toBeCloseTo(distance, 5);

    const text = await call(["evaluate", at("second")]);
    expect(text.stdout).toContain("tb (prior first)");
    expect(text.stdout).toContain("log p_T with log p_prior R on objects sampled from the policies (the target has a prior)");
    const report = await call(["report", at("second"), "--out", at("report.html")]);
    expect(report).toMatchObject({ status: 0, stderr: expect.stringContaining("its target is p_prior R/Z, and pictures show R/Z") });
    expect(readFileSync(at("report.csv"), "utf8")).toContain(",first,");
  });

  it.each([
    ["what is not there", "nowhere", /--prior: .*nowhere does not exist; give the folder of a run, or its checkpoint.safetensors/],
    ["another file", "second/config.json", /--prior: .*config.json is not a folder/],
    ["what is no checkpoint", "no.safetensors", /--prior: .*no.safetensors/],
  ])("is refused in a sentence: %s", async (_, name, words) => {
    writeFileSync(at("no.safetensors"), "none");
    const { status, stderr } = await train("--prior", at(name), "--out", at("third"));
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
  });

  it("is refused where a run had another, or none", async () => {
    const { status, stderr } = await call(["train", "--resume", at("second"), "--prior", at("second")]);
    expect(status).toBe(2);
    expect(stderr).toContain(`--prior cannot be changed with --resume: the run's own value is "first"`);
  });
});
