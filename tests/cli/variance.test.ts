import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { call } from "./run.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const root = mkdtempSync(join(tmpdir(), "webgfn-variance-"));
afterAll(() => rmSync(root, { recursive: true }));

/** One shape for all: a software adapter compiles its kernels once and keeps them. */
const SMALL = "variance hypergrid --env.side 3 --env.r0 0.1 --hidden 8 --batch-size 8 --batches 60".split(" ");

interface Row {
  objective: string;
  alpha: number | null;
  estimator: string;
  batchSize: number;
  trace: number;
  traceWithout: number;
  reduction: number;
  reductionInterval: [number, number];
  bias: number;
}

async function json(...words: string[]) {
  const { status, stdout } = await call([...words, "--json"]);
  expect(status).toBe(0);
  expect(stdout.trimEnd()).not.toContain("\n");
  return JSON.parse(stdout) as { rows: Row[]; [key: string]: unknown };
}

describe("variance", () => {
  it("compares four divergences and four estimators by default, against the exact gradient where there is one", async () => {
    const result = await json(...SMALL);
    expect(result).toMatchObject({
      environment: "hypergrid",
      env: { dimensions: 2, side: 3, r0: 0.1 },
      policy: "mlp",
      hidden: [8],
      seed: 0,
      from: null,
      batches: 60,
      weights: "normalised",
      exactGradient: { available: true },
      seconds: expect.any(Number),
      adapter: { name: expect.any(String), backend: "dawn", type: expect.stringMatching(/^[cg]pu$/) },
    });
    const objectives = ["reverse-kl null", "forward-kl null", "renyi 0.5", "tsallis 0.5"];
    const expected = objectives.flatMap((name) => ["none", "loo", "paper", "optimal"].map((estimator) => `${name} ${estimator}`));
    expect(result.rows.map(({ objective, alpha, estimator }) => `${objective} ${alpha} ${estimator}`)).toEqual(expected);
    for (const row of result.rows) {
      expect(row).toMatchObject({ batchSize: 8, batches: 60 });
      for (const key of ["norm", "cosine", "cosineError", "exactNorm", "bias", "biasError", "exactCosine", "exactCosineError"]) {
        expect(row[key as keyof Row], key).toEqual(expect.any(Number));
      }
      expect(row.trace).toBeGreaterThan(0);
      expect(row.reduction).toBeCloseTo(row.traceWithout / row.trace, 10);
      expect(row.reductionInterval[0]).toBeLessThanOrEqual(row.reduction);
      expect(row.reductionInterval[1]).toBeGreaterThanOrEqual(row.reduction);
      if (row.estimator === "none") expect(row.reduction).toBe(1);
    }
    // The same command gives the same numbers.
    expect((await json(...SMALL)).rows).toEqual(result.rows);
    // Another seed, another policy and other batches.
    expect((await json(...SMALL, "--seed", "1")).rows[0]?.trace).not.toBe(result.rows[0]?.trace);
  });

  it("takes lists, an order and raw weights", async () => {
    const words = [...SMALL, "--objective", "renyi,forward-kl", "--estimator", "loo,batch-mean", "--alpha", "2"];
    const own = await json(...words);
    expect(own.rows.map(({ objective, alpha, estimator }) => [objective, alpha, estimator])).toEqual([
      ["renyi", 2, "loo"],
      ["renyi", 2, "batch-mean"],
      ["forward-kl", null, "loo"],
      ["forward-kl", null, "batch-mean"],
    ]);
    const raw = await json(...words, "--weights", "raw");
    expect(raw["weights"]).toBe("raw");
    expect(raw.rows[0]).toEqual(own.rows[0]);
    expect(raw.rows[2]?.trace).not.toBeCloseTo(own.rows[2]!.trace, 4);
  });

  it("takes a configuration, or the weights of a run", async () => {
    const folder = join(root, "run");
    const model = "hypergrid --env.side 3 --env.r0 0.1 --hidden 8 --batch-size 8".split(" ");
    expect(
      (await call(["train", ...model, "--steps", "200", "--learning-rate", "0.01", "--objective", "reverse-kl", "--out", folder])).status,
    ).toBe(0);
    const ofConfiguration = await json("variance", "--config", join(folder, "config.json"), "--batches", "60");
    const untrained = await json(...SMALL, "--objective", "reverse-kl", "--estimator", "paper");
    expect(ofConfiguration.rows).toEqual(untrained.rows);
    const trained = await json("variance", "--from", folder, "--objective", "reverse-kl", "--estimator", "paper", "--batch-size", "8");
    expect(trained["from"]).toEqual({ folder, replica: 0, step: 200 });
    // A policy near its target has nearly equal f, and so hardly a gradient.
    expect(trained.rows[0]!.trace).toBeLessThan(0.5 * untrained.rows[0]!.trace);
    const { status, stderr } = await call(["variance", "sets", "--from", folder]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("is a run of hypergrid, not of sets")]);
    writeFileSync(join(root, "learned.json"), '{"environment": "sets", "backward": "learned"}');
    const learned = await call(["variance", "--config", join(root, "learned.json")]);
    expect([learned.status, learned.stderr]).toEqual([2, expect.stringContaining("uniform backward policy")]);
  });

  it("shows people a table, and says what the columns mean", async () => {
    const { status, stdout } = await call([...SMALL, "--objective", "renyi", "--estimator", "none,paper"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^hypergrid of side 3 in 2 dimensions, untrained mlp 8: gradients of 60 batches/);
    expect(stdout).toMatch(/^ {2}objective +estimator +N +trace +without +reduction +95 % +cosine +\|exact\| +bias/m);
    expect(stdout).toMatch(/^ {2}renyi 0.5 +none +8 +[\d.]+ +[\d.]+ +1 +1–1 /m);
    expect(stdout).toMatch(/^ {2}renyi 0.5 +paper +8 /m);
    expect(stdout).toMatch(/^ {2}without: the trace with estimator none/m);
  });
});
