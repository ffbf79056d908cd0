/** `reproduce benchmarks`: who trains, how everybody is judged, what is kept, and what becomes of a library that fails. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { trajectoryBalance } from "@webgfn/objectives";
import { hypergrid, l1, type Mlp, targetDistribution, terminatingDistribution } from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import {
  BENCHMARKS,
  type Benchmark,
  bitWorld,
  gridWorld,
  LIBRARIES,
  moleculeWorld,
  type Peer,
  reproduceBenchmarks,
  spinWorld,
} from "@webgfn/studies";
import { Trainer } from "@webgfn/trainer";
import { afterAll, describe, expect, it, vi } from "vitest";
import { testDevice } from "../gpu/device.js";

vi.setConfig({ testTimeout: 900_000 });

const bench = (name: string): string => fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
const { isReady } = await import(bench("python/environments.mjs"));
const { speakLines } = await import(bench("python/process.mjs"));

const root = mkdtempSync(join(tmpdir(), "webgfn-benchmarks-"));
afterAll(() => rmSync(root, { recursive: true }));

const GRID = { dimensions: 2, side: 4, r0: 0.1, r1: 0.5, r2: 2 };
const SETTINGS = { hidden: [8, 8], batch: 4, steps: 3, learningRate: 1e-2, logZLearningRate: 0.1 };

const benchmark = (name: string, world: Benchmark["world"], libraries: string[]): Benchmark => ({
  name,
  title: name,
  settings: SETTINGS,
  world,
  libraries,
  published: "nothing",
});
const TINY = benchmark("grid", () => gridWorld(GRID), ["fake"]);

/** A library whose policy is uniform, or that does what `fault` names at a question. */
const program = (fault: string) => `
const { createInterface } = require("node:readline");
const say = (reply) => process.stdout.write(JSON.stringify(reply) + "\\n");
const fault = ${JSON.stringify(fault)};
const outer = (x) => 2 * Math.abs(2 * x - 3) > 3;
const row = (places) => {
  const allowed = places.map((x) => x < 3 || fault === "masks").concat(true);
  return allowed.map((ok) => (ok ? -Math.log(allowed.filter(Boolean).length) : -Infinity));
};
const encoded = (numbers) => Buffer.from(Float32Array.from(numbers).buffer).toString("base64");
const does = {
  open: () => ({ compileSeconds: 0.5, versions: { fake: "1.0" }, threads: 1 }),
  log_rewards: (objects) => objects.map((x) => Math.log((fault === "reward" ? 0.2 : 0.1) + (x.every(outer) ? 0.5 : 0))),
  start: () => null,
  train: (steps) => (fault === "crash" ? process.exit(3) : fault === "words" ? process.stdout.write("training\\n") : { seconds: steps / 100 }),
  log_z: () => 1,
  policy: (states) => encoded(states.flatMap(row)),
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { question, args } = JSON.parse(line);
  say({ answer: does[question](...args) });
});`;

const fake = (name = "fake", fault = ""): Peer => ({
  name,
  prepare: () => {},
  speak: async () => speakLines(process.execPath, ["-e", program(fault)]),
});

interface Found {
  results: {
    task: string;
    contestant: string;
    failure?: string;
    together?: object;
    results: { seed: number; seconds: number; measures: Record<string, number> }[];
  }[];
  verdicts: string[];
}

async function run(out: string, benchmarks: readonly Benchmark[], libraries: readonly Peer[]): Promise<Found> {
  let printed = "";
  const print = async (text: string) => {
    printed += text;
  };
  const status = await reproduceBenchmarks({ tasks: [], out: join(root, out), quick: false, json: true, print, benchmarks, libraries });
  expect(status).toBe(0);
  return JSON.parse(printed);
}

const tell = vi.spyOn(process.stderr, "write");

describe("reproduce benchmarks", () => {
  it("judges everybody by the exact distribution of their policy, and keeps what it has", async () => {
    const first = await run("kept", [TINY, benchmark("other", () => gridWorld(GRID), [])], [fake()]);
    const [ours, theirs, , lacking] = first.results;
    // A network of zeros is the uniform policy.
    const zeros: Mlp = { layers: [{ weight: Array.from({ length: 3 }, () => new Array(8).fill(0)), bias: [0, 0, 0] }] };
    const uniform = l1(terminatingDistribution(hypergrid(GRID), zeros), targetDistribution(hypergrid(GRID)));
    for (const { seconds, measures } of theirs!.results) {
      expect(seconds).toBeCloseTo(0.03, 9);
      expect(measures["l1"]).toBeCloseTo(uniform, 6);
      expect(measures["logZError"]).toBeCloseTo(Math.abs(Math.log(12 * 0.1 + 4 * 0.6) - 1), 6);
    }
    expect(ours).toMatchObject({ contestant: "webgfn", together: { replicas: 3 }, results: [{ seed: 0 }, { seed: 1 }, { seed: 2 }] });
    expect(lacking).toMatchObject({ task: "other", contestant: "fake", failure: "not in fake", results: [] });
    expect(first.verdicts).toEqual([expect.stringMatching(/^grid: (as near to the target as|farther from the target than) fake \(L1\), /)]);

    // As this project's own exact evaluation measures it.
    const { hidden, batch: batchSize, steps, learningRate, logZLearningRate } = SETTINGS;
    const trainer = await Trainer.create(await testDevice(), {
      environment: gridWorld(GRID).environment,
      policy: mlp({ hidden }),
      objective: trajectoryBalance(),
      ...{ batchSize, steps, learningRate, logZLearningRate, logZInitial: 0, decayPower: 0, logZDecayPower: 0 },
    });
    await trainer.train(steps);
    const [replica] = (await trainer.evaluate()).replicas;
    expect(ours!.results[0]!.measures["l1"]).toBeCloseTo((replica as { l1?: number }).l1!, 5);
    trainer.dispose();

    const folder = join(root, "kept", "grid");
    const times = () => Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]));
    const before = times();
    rmSync(join(folder, "webgfn-seed-1.json"));
    const again = await run("kept", [TINY], [fake()]);
    const { "webgfn-seed-1.json": old, ...others } = before;
    expect(times()).toMatchObject(others);
    expect(times()["webgfn-seed-1.json"]).toBeGreaterThan(old!);
    // The same seed gives the same model.
    expect(again.results[0]!.results.map(({ measures }) => measures)).toEqual(ours!.results.map(({ measures }) => measures));
    const csv = readFileSync(join(root, "kept", "results.csv"), "utf8");
    expect(csv.trimEnd().split("\n")).toHaveLength(7);
    expect(readFileSync(join(root, "kept", "results.md"), "utf8")).toMatch(/\| grid \| fake \| L1 0\.\d+ ± 0\.0+ \|/);
    expect(readFileSync(join(root, "kept", "report.html"), "utf8")).toContain("fake: fake 1.0; 1 thread");

    const changed = { ...TINY, settings: { ...SETTINGS, batch: 5 } };
    await expect(run("kept", [changed], [fake()])).rejects.toThrow(/webgfn-seed-0\.json was made with other settings/);
  });

  it("has a sentence for a library that fails, and goes on without one that cannot be had", async () => {
    const faults: Record<string, RegExp> = {
      reward: /^failed: its log R of \d \d is -?\d\.\d+, not -?\d\.\d+: it has another reward$/,
      masks: /^failed: at \d \d its policy has 3 actions, and those that are allowed, 2, have the probability 0\.6667$/,
      crash: /^failed: its process ended with exit code 3$/,
      words: /^failed: it answered with something else than JSON: training$/,
    };
    const names = Object.keys(faults);
    const unprepared = {
      ...fake("unprepared"),
      prepare: () => {
        throw new Error("there is no Python");
      },
    };
    const task = { ...TINY, libraries: [...names, "unprepared"] };
    const { results } = await run("faults", [task], [...names.map((name) => fake(name, name)), unprepared]);
    expect(results.map(({ contestant }) => contestant)).toEqual(["webgfn", ...names]);
    for (const { contestant, failure, results: trained } of results.slice(1)) {
      expect(failure).toMatch(faults[contestant]!);
      expect(trained).toEqual([]);
    }
    expect(readFileSync(join(root, "faults", "results.md"), "utf8")).toContain(
      "| grid | crash | failed: its process ended with exit code 3 |",
    );
    expect(tell.mock.calls.join("")).toContain("webgfn: not compared with unprepared: there is no Python\n");
  });

  it("refuses a folder without tables", async () => {
    const options = { tasks: [], out: join(root, "no-tables"), data: root, quick: false, json: true, print: async () => {} };
    await expect(reproduceBenchmarks(options)).rejects.toThrow(/has no tfbind8.safetensors and no qm9-small.safetensors/);
  });

  it("has settings for each task, and a published number or fact", () => {
    expect(BENCHMARKS.map(({ name }) => name)).toContain("hypergrid-20x4");
    for (const { libraries, published, settings } of BENCHMARKS) {
      expect(libraries.length).toBeGreaterThan(0);
      expect(published).not.toBe("");
      expect(settings.batch).toBeLessThanOrEqual(64);
    }
  });
});

const BOTH = ["torchgfn", "gfnx"];
const FAMILIES = [
  // torchgfn takes no grid without a cell in the band.
  benchmark("grid", () => gridWorld({ ...GRID, side: 8 }), BOTH),
  benchmark("bits", () => bitWorld({ bits: 8, wordBits: 4, modes: 3, exponent: 0.5 }), BOTH),
  benchmark("spins", () => spinWorld({ side: 3, coupling: 0.4 }), BOTH),
  benchmark("molecules", () => moleculeWorld(Array.from({ length: 11 ** 5 }, (_, n) => 1 + (n % 89))), ["gfnx"]),
];
const NEEDS: Record<string, string> = { torchgfn: "torch", gfnx: "gfnx" };

for (const library of LIBRARIES) {
  const ready = isReady(NEEDS[library.name]);
  const reason = ready ? "" : ` (skipped: reproduce benchmarks has not installed the environment ${NEEDS[library.name]})`;
  it.skipIf(!ready)(`${library.name} has the same rewards and actions in every family${reason}`, async () => {
    const own = FAMILIES.filter(({ libraries }) => libraries.includes(library.name));
    const { results } = await run(library.name, own, [library]);
    for (const { contestant, failure, results: trained } of results) {
      expect(failure).toBeUndefined();
      expect(
        trained.map(({ seed }) => seed),
        contestant,
      ).toEqual([0, 1, 2]);
    }
    // Three steps from the same distribution of networks, on the same target: distances that are alike.
    for (const { name } of own) {
      const [ours = 0, theirs = 0] = results.filter(({ task }) => task === name).map((row) => row.results[0]!.measures["l1"]!);
      expect(theirs / ours, name).toBeGreaterThan(0.5);
      expect(theirs / ours, name).toBeLessThan(2);
    }
  });
}
