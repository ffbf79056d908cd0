import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeCheckpoint } from "@webgfn/sampler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, type Finished, run, shell } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-cli-"));
const whole = join(root, "whole");

/** One configuration for all: a software adapter compiles each kernel once and keeps it. */
const SMALL = "train hypergrid --env.side 4 --hidden 8 --batch-size 16 --replicas 2".split(" ");
const trained = [...SMALL, "--steps", "40", "--evaluate-every", "10", "--out"];

const adapter = { name: expect.any(String), backend: "dawn", type: expect.stringMatching(/^[cg]pu$/) };

interface Evaluation {
  step: number;
  seconds?: number;
  time?: string;
  stepsPerSecond?: number;
  l1: number;
  replicas: { seed: number; l1: number; logZ: number; loss: number | null }[];
}

function metrics(folder: string): Evaluation[] {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Evaluation);
}

function withoutTimes(evaluations: Evaluation[]): Evaluation[] {
  return evaluations.map(({ seconds: _, time: __, stepsPerSecond: ___, ...evaluation }) => evaluation);
}

function checkpoint(folder: string): Buffer {
  return readFileSync(join(folder, "checkpoint.safetensors"));
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The paper's hypergrid of side 4, from its formula. */
function logReward([x, y]: [number, number]): number {
  const distances = [x, y].map((coordinate) => Math.abs(coordinate / 3 - 0.5));
  const outer = distances.every((distance) => distance > 0.25);
  const band = distances.every((distance) => distance > 0.3 && distance < 0.4);
  return Math.log(1e-3 + (outer ? 0.5 : 0) + (band ? 2 : 0));
}

beforeAll(async () => {
  const { status, stderr } = await call([...trained, whole]);
  expect(stderr).toContain("step 40/40");
  expect(status).toBe(0);
});

afterAll(() => rmSync(root, { recursive: true }));

describe("train", () => {
  it("keeps the configuration, the metrics and a checkpoint", () => {
    expect(JSON.parse(readFileSync(join(whole, "config.json"), "utf8"))).toEqual({
      environment: "hypergrid",
      env: { dimensions: 2, side: 4, rewardFamily: "original", r0: 1e-3, r1: 0.5, r2: 2 },
      objective: "renyi",
      alpha: 0.5,
      alphaEnd: null,
      alphaBy: "steps",
      lambda: null,
      weighting: null,
      weights: null,
      loss: null,
      delta: null,
      skew: null,
      forwardLooking: null,
      estimator: "paper",
      batchSize: 16,
      steps: 40,
      learningRate: 1e-3,
      backwardLoss: "objective",
      logZLearningRate: 0.1,
      decayPower: 1,
      logZDecayPower: 0.5,
      logZ: "profiled",
      logZInitial: null,
      gradientClip: null,
      exploration: 0,
      explorationEnd: null,
      temperature: 1,
      anneal: 1,
      annealUntil: 0.5,
      source: "policy",
      replay: 10_000,
      replayBy: "half",
      retrace: "uniform",
      backSteps: null,
      policy: "mlp",
      hidden: [8],
      components: 9,
      scales: [0.1, 1],
      backward: "uniform",
      seed: 0,
      replicas: 2,
      evaluateEvery: 10,
      checkpointEvery: 10,
    });
    const evaluations = metrics(whole);
    expect(evaluations.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40]);
    expect(evaluations.every(({ replicas }) => replicas.map(({ seed }) => seed).join() === "0,1")).toBe(true);
    expect(readdirSync(whole).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("prints the JSON of the contract, and nothing is written without --out", async () => {
    const before = readFileSync(join(whole, "metrics.jsonl"));
    const { status, stdout } = await run(["train", "--config", join(whole, "config.json"), "--json"], {
      env: { HOME: process.env["HOME"] ?? "/" },
    });
    expect(status).toBe(0);
    expect(stdout.trimEnd()).not.toContain("\n");
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      environment: "hypergrid",
      objective: "renyi",
      alpha: 0.5,
      estimator: "paper",
      steps: 40,
      batchSize: 16,
      exactLogZ: expect.closeTo(Math.log(16e-3 + 4 * 0.5), 6),
      rewardEvaluations: 40 * 16 * 2,
      diagnosis: expect.any(Array),
      adapter,
    });
    for (const sentence of result.diagnosis) expect(sentence).toMatch(/^\S.*\.$/);
    expect(result.replicas).toHaveLength(2);
    for (const [r, replica] of result.replicas.entries()) {
      expect(replica.seed).toBe(r);
      for (const key of ["l1", "l1Before", "js", "logZ", "elbo", "meanLogReward"]) expect(replica[key]).toEqual(expect.any(Number));
    }
    const l1 = result.replicas.map((replica: { l1: number }) => replica.l1) as [number, number];
    expect(result.summary.l1.mean).toBeCloseTo((l1[0] + l1[1]) / 2, 12);
    expect(result.summary.l1.sd).toBeCloseTo(Math.abs(l1[0] - l1[1]) / 2, 12);
    expect(result.stepsPerSecond).toBeCloseTo(40 / result.seconds, 6);
    expect(result.trajectoriesPerSecond / result.stepsPerSecond).toBeCloseTo(32, 6);
    // The same configuration gives the same numbers.
    expect(result.summary.l1.mean).toBe(metrics(whole).at(-1)?.l1);
    expect(readFileSync(join(whole, "metrics.jsonl"))).toEqual(before);
  });

  it("ends with a summary that can be gone on from", async () => {
    const out = join(root, "tb run");
    const { status, stdout } = await call([
      "train",
      "--config",
      join(whole, "config.json"),
      "--objective",
      "tb",
      "--steps",
      "3",
      "--out",
      out,
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^hypergrid of side 4 in 2 dimensions, tb: 3 steps of 16 trajectories\n/);
    expect(stdout).toMatch(/ {2}L1 +[\d.]+ -> [\d.]+ ± [\d.]+ +\(mean ± sd over 2 replicas\)\n/);
    expect(stdout).toMatch(/ {2}log Z +-?[\d.]+ ± [\d.]+ +exact 0\.70\d+\n/);
    expect(stdout).toMatch(/ {2}speed +\d+ trajectories\/s/);
    expect(stdout).toContain(`saved    ${out}\n`);
    expect(stdout).toContain(`npx webgfn sample '${out}' --count 5`);
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({ objective: "tb", alpha: null, estimator: "none" });
    // What was learned is what the checkpoint tells.
    const { stdout: measured } = await call(["evaluate", out, "--json"]);
    expect(JSON.parse(measured).replicas[0].logZ).toBe(metrics(out).at(-1)?.replicas[0]?.logZ);
  });

  it("refuses a folder that holds a run", async () => {
    const { status, stderr } = await call([...trained, whole]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      `webgfn: ${whole} already holds a run (config.json); continue it with \`webgfn train --resume ${whole}\`, or choose another --out\n`,
    );
  });

  it("names the limit that a size exceeds, and leaves no folder", async () => {
    const out = join(root, "too-large");
    const { status, stdout, stderr } = await call(["train", "sets", "--batch-size", "1048576", "--replicas", "4096", "--out", out]);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/webgfn: .* needs \d+ bytes, but this adapter's maxStorageBufferBindingSize is \d+; reduce the batch size/);
    expect(existsSync(out)).toBe(false);
  });
});

/** Runs until standard error says `when`, then sends the signal, once. */
function interrupt(args: readonly string[], when: string, signal: NodeJS.Signals): Promise<Finished> {
  let sent = false;
  return run(args, {
    onError(text, kill) {
      if (sent || !text.includes(when)) return;
      sent = true;
      kill(signal);
    },
  });
}

describe("an interrupted run", () => {
  // Long enough to be interrupted between its first evaluation and its last; checkpoints lie between evaluations.
  const options = [...SMALL, "--steps", "3000", "--evaluate-every", "250", "--checkpoint-every", "350"];

  it("writes a checkpoint on SIGINT, and ends as it would have ended without, bit by bit", async () => {
    const out = join(root, "interrupted");
    const { status, stdout, stderr } = await interrupt([...options, "--out", out], "step 250/", "SIGINT");
    expect(stderr).toMatch(/webgfn: stopped at step \d+ of 3000; resume with: npx webgfn train --resume \S+\n$/);
    expect([status, stdout]).toEqual([130, ""]);
    const step = Number(/stopped at step (\d+)/.exec(stderr)?.[1]);
    expect(step).toBeGreaterThanOrEqual(250);
    const evaluated = await call(["evaluate", out, "--json"]);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ step, steps: 3000 });

    const reference = join(root, "uninterrupted");
    await call([...options, "--out", reference]);
    // As if it had been killed later, between an evaluation and the next checkpoint: metrics beyond the checkpoint, and half a line.
    writeFileSync(join(out, "metrics.jsonl"), `${readFileSync(join(reference, "metrics.jsonl"), "utf8")}{"step":3250,"sec`);
    const resumed = await call(["train", "--resume", out, "--json"]);
    expect(resumed.status).toBe(0);
    expect(checkpoint(out).equals(checkpoint(reference))).toBe(true);
    expect(withoutTimes(metrics(out))).toEqual(withoutTimes(metrics(reference)));
    expect(JSON.parse(resumed.stdout).replicas[0].l1Before).toEqual(expect.any(Number));
  });

  it("stops on SIGTERM, and says that nothing was saved without --out", async () => {
    const { status, stderr } = await interrupt(options, "step 0/", "SIGTERM");
    expect(stderr).toMatch(/stopped at step \d+ of 3000; nothing was saved, because --out was not given\n$/);
    expect(status).toBe(143);
  });

  it("that has ended trains no further, and tells the same again", async () => {
    const before = checkpoint(whole);
    const { status, stdout } = await call(["train", "--resume", whole, "--json"]);
    expect(status).toBe(0);
    const last = metrics(whole).at(-1)?.replicas ?? [];
    expect(JSON.parse(stdout).replicas).toMatchObject(last.map(({ l1, logZ }) => ({ l1, logZ })));
    expect(checkpoint(whole).equals(before)).toBe(true);
  });

  it("is not resumed with a configuration that was changed meanwhile", async () => {
    const folder = join(root, "changed");
    mkdirSync(folder);
    for (const name of ["config.json", "metrics.jsonl", "checkpoint.safetensors"]) copyFileSync(join(whole, name), join(folder, name));
    writeFileSync(
      join(folder, "config.json"),
      readFileSync(join(whole, "config.json"), "utf8").replace('"learningRate": 0.001', '"learningRate": 0.002'),
    );
    const { status, stderr } = await call(["train", "--resume", folder]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /config.json is not the configuration that checkpoint.safetensors was written with: learningRate was 0.001 and is 0.002; put the old one back/,
    );
  });
});

describe("--resume", () => {
  it("starts a run that is not there, and takes up a folder that holds nothing yet", async () => {
    const out = join(root, "started");
    mkdirSync(out);
    const { status, stderr } = await call([...trained.slice(0, -1), "--resume", out]);
    expect(status, stderr).toBe(0);
    expect(checkpoint(out).equals(checkpoint(whole))).toBe(true);
    expect(withoutTimes(metrics(out))).toEqual(withoutTimes(metrics(whole)));
  });

  it("takes the run's own settings, and refuses others by name", async () => {
    const same = await call(["train", "hypergrid", "--env.side", "4", "--resume", whole, "--steps", "40", "--alpha", "0.5", "--json"]);
    expect(same.status, same.stderr).toBe(0);
    const cases: [string, RegExp][] = [
      ["--alpha 0.3", /--alpha cannot be changed with --resume: the run's own value is 0\.5; remove it/],
      ["--objective tb", /--objective cannot be changed with --resume: the run's own value is "renyi"/],
      ["--steps 30", /--steps cannot be changed with --resume: the run's own value is 40; give more steps, or remove --steps/],
      ["--env.side 5", /--env\.side cannot be changed with --resume: the run's own value is 4/],
      ["--hidden 8,8", /--hidden cannot be changed with --resume: the run's own value is \[8\]/],
    ];
    for (const [option, sentence] of cases) {
      const { status, stderr } = await call(["train", "--resume", whole, ...option.split(" ")]);
      expect(stderr).toMatch(sentence);
      expect(status).toBe(2);
    }
  });

  it("extends a run: the same bits until then, and the rates over all steps from there on", async () => {
    const out = join(root, "extended");
    await call([...SMALL, "--steps", "20", "--evaluate-every", "10", "--out", out]);
    const before = metrics(out);
    const { status, stderr, stdout } = await call(["train", "--resume", out, "--steps", "40", "--json"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("extended from 20 to 40 steps: the learning rates now fall over 40 steps");
    expect(JSON.parse(stdout)).toMatchObject({ steps: 40, folder: out, configuration: { steps: 40, hidden: [8], loss: null } });
    expect(withoutTimes(metrics(out)).slice(0, 3)).toEqual(withoutTimes(before));
    expect(metrics(out).map(({ step }) => step)).toEqual([0, 10, 20, 30, 40]);
    // Another schedule came before, so that it is not the run that was as long from the beginning.
    expect(checkpoint(out).equals(checkpoint(whole))).toBe(false);
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8")).steps).toBe(40);
    // Killed between the new configuration and the first checkpoint after it.
    const killed = join(root, "killed");
    await call([...SMALL, "--steps", "20", "--evaluate-every", "10", "--out", killed]);
    const file = join(killed, "config.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"steps": 20', '"steps": 40'));
    expect((await call(["train", "--resume", killed])).status).toBe(0);
    expect(metrics(killed).at(-1)).toMatchObject({ step: 40, l1: metrics(out).at(-1)?.l1 });
  });

  it("reads the configurations of earlier versions", async () => {
    const folder = join(root, "earlier");
    mkdirSync(folder);
    for (const name of ["config.json", "metrics.jsonl", "checkpoint.safetensors"]) copyFileSync(join(whole, name), join(folder, name));
    const { loss, delta, skew, ...earlier } = JSON.parse(readFileSync(join(whole, "config.json"), "utf8"));
    expect([loss, delta, skew]).toEqual([null, null, null]);
    writeFileSync(join(folder, "config.json"), JSON.stringify(earlier));
    expect((await call(["sample", folder, "--count", "1"])).status).toBe(0);
  });
});

describe("g of a balance loss", () => {
  it.each([
    ["tb", "huber", "--delta", { delta: 0.5 }],
    ["db", "linex", "--skew", { skew: 0.5 }],
    ["subtb", "huber", "--delta", { delta: 0.5 }],
  ])("of %s is chosen by --loss", async (objective, loss, option, known) => {
    const words = [...SMALL, "--objective", objective, "--steps", "4", "--evaluate-every", "4", "--json"];
    const [square, chosen] = await Promise.all([run(words), run([...words, "--loss", loss, option, "0.5"])]);
    expect([square.status, chosen.status], square.stderr + chosen.stderr).toEqual([0, 0]);
    const [usual, other] = [JSON.parse(square.stdout), JSON.parse(chosen.stdout)];
    expect(usual.configuration).toMatchObject({ loss: "square", delta: 1, skew: 1 });
    expect(other.configuration).toMatchObject({ loss, ...known });
    expect(other.replicas[0].loss).not.toBe(usual.replicas[0].loss);
  });
});

describe("a run with another network", () => {
  it.each([
    { title: "that learns a flow", args: "hypergrid --env.side 4 --hidden 8 --objective subtb --lambda 0.5", known: { lambda: 0.5 } },
    // The sizes of the documents' example (tests/docs/pages.test.ts): a graph network takes the driver a minute to compile.
    { title: "over a graph", args: "phylogenetics --env.species 4 --env.sites 12 --hidden 8", known: { policy: "gin" } },
  ])("$title is sampled, evaluated and gone on with", async ({ args, known }) => {
    const folder = mkdtempSync(join(root, "network-"));
    const out = join(folder, "run");
    const { status } = await call(["train", ...args.split(" "), "--batch-size", "16", "--steps", "4", "--out", out]);
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject(known);
    expect(jsonLines((await call(["sample", out, "--count", "3"])).stdout)).toHaveLength(3);
    const [replica] = JSON.parse((await call(["evaluate", out, "--json"])).stdout).replicas;
    expect(replica.l1).toBeCloseTo(metrics(out).at(-1)!.l1, 6);
    expect((await call(["train", "--resume", out])).status).toBe(0);
  });
});

describe("evaluate", () => {
  it("tells what the last evaluation of the training told, and more", async () => {
    const { status, stdout } = await call(["evaluate", whole, "--json"]);
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      environment: "hypergrid",
      objective: "renyi",
      alpha: 0.5,
      estimator: "paper",
      step: 40,
      steps: 40,
      adapter,
    });
    expect(result.exactLogZ).toBeCloseTo(Math.log(16e-3 + 4 * 0.5), 6);
    expect(result.diagnosis).toEqual(expect.any(Array));
    const last = metrics(whole)
      .at(-1)
      // The effective sample size of a full evaluation is that of its own, larger sample.
      ?.replicas.map(({ loss: _, effectiveSampleSize: __, ...replica }: Record<string, unknown>) => replica);
    expect(result.replicas).toMatchObject(last ?? []);
    expect(result).toMatchObject({ heldOut: "target", modeThreshold: expect.closeTo(Math.log(0.501), 6) });
    for (const replica of result.replicas) {
      expect(replica.logZError).toBeCloseTo(Math.abs(replica.logZ - result.exactLogZ), 6);
      expect(replica.eubo).toBeGreaterThan(result.exactLogZ);
      expect(replica.elbo).toBeLessThan(result.exactLogZ);
      for (const key of ["pearson", "spearman", "topReward", "topLogReward"]) expect(replica[key]).toEqual(expect.any(Number));
      expect([1, 2, 3, 4]).toContain(replica.modes); // the corners
      expect(replica.fcs).toBeGreaterThan(0);
      expect(replica.fcs).toBeLessThan(1);
      expect(replica.effectiveSampleSize).toBeGreaterThan(0);
      expect(replica.effectiveSampleSize).toBeLessThanOrEqual(1);
    }
  });

  it("samples as many objects, and counts as many of them, as it is told", async () => {
    const { stdout } = await call(["evaluate", whole, "--objects", "1024", "--top", "1", "--mode-threshold", "-100", "--json"]);
    const { replicas, modeThreshold, summary } = JSON.parse(stdout);
    expect(modeThreshold).toBe(-100);
    for (const { modes, topReward, topLogReward } of replicas) {
      expect(modes).toBeGreaterThan(4);
      expect(modes).toBeLessThanOrEqual(16);
      expect(topReward).toBeCloseTo(0.501, 6); // a corner
      expect(topLogReward).toBeCloseTo(Math.log(0.501), 5);
    }
    expect(summary.modes.mean).toBe((replicas[0].modes + replicas[1].modes) / 2);
    const { status, stderr } = await call(["evaluate", whole, "--objects", "0"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("--objects must be a whole number from 1 to 1048576, not 0")]);
  });

  it("gives the exact distribution, which sampled objects follow", async () => {
    const { stdout } = await call(["evaluate", whole, "--distribution", "--replica", "1", "--json"]);
    const { distribution, replica } = JSON.parse(stdout) as {
      replica: number;
      distribution: { object: { coordinates: [number, number] }; probability: number; target: number }[];
    };
    expect(replica).toBe(1);
    expect(distribution).toHaveLength(16);
    expect(distribution.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    expect(distribution.reduce((sum, { target }) => sum + target, 0)).toBeCloseTo(1, 5);
    for (const { object, target } of distribution) {
      expect(Math.log(target)).toBeCloseTo(logReward(object.coordinates) - Math.log(16e-3 + 4 * 0.5), 4);
    }

    const count = 20000;
    const sampled = await call(["sample", whole, "--count", String(count), "--replica", "1"]);
    const frequencies = new Map<string, number>();
    for (const { object } of jsonLines(sampled.stdout)) {
      const key = JSON.stringify(object);
      frequencies.set(key, (frequencies.get(key) ?? 0) + 1);
    }
    let chiSquared = 0;
    for (const { object, probability } of distribution) {
      chiSquared += ((frequencies.get(JSON.stringify(object)) ?? 0) - count * probability) ** 2 / (count * probability);
    }
    // 15 degrees of freedom: beyond 45 with probability 1e-4.
    expect(chiSquared).toBeLessThan(45);
  });

  it("prints tables for people", async () => {
    const { stdout } = await call(["evaluate", whole, "--distribution"]);
    expect(stdout).toMatch(
      /replica {2}seed {2}L1 +JS +FCS +log Z +log Z error +ELBO +EUBO +mean log R +top log R +diversity +modes +Pearson +Spearman +ESS\n/,
    );
    expect(stdout).toContain("objects drawn from the target");
    expect(stdout).toContain("distinct objects with log R of at least -0.69");
    expect(stdout).toContain("exact log Z 0.70");
    expect(stdout).toContain("the 10 likeliest of 16 objects");
  });
});

describe("export", () => {
  const bytesAt = (name: string) => readFileSync(join(root, name));

  it("writes a smaller checkpoint, of which the same objects are sampled and the same numbers measured", async () => {
    const file = join(root, "exported", "grid.safetensors");
    expect(await call(["export", whole, "--out", file])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readdirSync(join(root, "exported"))).toEqual(["grid.safetensors"]);
    const { configuration, step, tensors } = decodeCheckpoint(readFileSync(file));
    const all = decodeCheckpoint(checkpoint(whole));
    expect([configuration, step]).toEqual([all.configuration, 40]);
    expect(Object.keys(tensors)).toEqual(Object.keys(all.tensors).filter((name) => /^policy|^log_z/.test(name)));
    for (const command of [
      ["sample", "--count", "20", "--replica", "1", "--trajectories"],
      ["evaluate", "--json"],
    ]) {
      const [name = "", ...options] = command;
      const [ofRun, ofFile] = [await call([name, whole, ...options]), await call([name, file, ...options])];
      expect(ofFile.status).toBe(0);
      if (name === "sample") expect(ofFile.stdout).toBe(ofRun.stdout);
      else expect(JSON.parse(ofFile.stdout).replicas).toEqual(JSON.parse(ofRun.stdout).replicas);
    }
    const piped = await shell(`"$NODE" "$BIN" export ${whole} --out - | cmp - ${file}`);
    expect(piped).toMatchObject({ status: 0, stdout: "" });
    expect(await call(["export", file, "--out", join(root, "again.safetensors")])).toMatchObject({ status: 0 });
    expect(bytesAt("again.safetensors")).toEqual(readFileSync(file));
  });

  it("takes one replica alone, as the run with its seed", async () => {
    const file = join(root, "second.safetensors");
    expect((await call(["export", whole, "--replica", "1", "--out", file])).status).toBe(0);
    const sampled = await call(["sample", whole, "--replica", "1", "--count", "20"]);
    expect((await call(["sample", file, "--count", "20"])).stdout).toBe(sampled.stdout);
    const measured = async (from: string) => JSON.parse((await call(["evaluate", from, "--json"])).stdout).replicas;
    const alone = await measured(file);
    expect(alone).toEqual([(await measured(whole))[1]]);
    expect(alone[0].seed).toBe(1);
    expect(await call(["export", whole, "--replica", "2", "--out", file])).toMatchObject({
      status: 2,
      stderr: "webgfn: --replica must be a whole number from 0 to 1, not 2\n",
    });
  });

  it("leaves the run's own checkpoint alone, also by another name", async () => {
    const before = checkpoint(whole);
    symlinkSync(join(whole, "checkpoint.safetensors"), join(root, "link.safetensors"));
    for (const [from, out] of [
      [whole, join(whole, "checkpoint.safetensors")],
      [whole, join(root, "link.safetensors")],
      [join(whole, "checkpoint.safetensors"), join(whole, "checkpoint.safetensors")],
    ] as const) {
      const { status, stderr } = await call(["export", from, "--out", out]);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/^webgfn: --out names .*, which is the checkpoint that is read; choose/)]);
    }
    expect(checkpoint(whole)).toEqual(before);
  });

  it("is not what training goes on from, whether named by itself or put into the run's folder", async () => {
    const file = join(root, "resumed.safetensors");
    await call(["export", whole, "--out", file]);
    const alone = await call(["train", "--resume", file]);
    expect(alone).toMatchObject({ status: 2, stdout: "" });
    expect(alone.stderr).toMatch(
      /^webgfn: --resume names the folder of a run, but \S+ is a checkpoint by itself; give the folder[^\n]*\n$/,
    );
    const folder = join(root, "stripped");
    mkdirSync(folder);
    for (const name of ["config.json", "metrics.jsonl", "columns.json"]) copyFileSync(join(whole, name), join(folder, name));
    copyFileSync(file, join(folder, "checkpoint.safetensors"));
    const within = await call(["train", "--resume", folder, "--steps", "41"]);
    expect(within.status).toBe(1);
    expect(within.stderr).toContain(
      "webgfn: the checkpoint holds what sampling needs alone, so that training cannot go on from it; restore",
    );
  });

  it("refuses what is no run", async () => {
    const file = join(root, "page.safetensors");
    writeFileSync(file, "<!DOCTYPE html><title>Not found</title>");
    const { status, stderr } = await call(["export", file, "--out", join(root, "none.safetensors")]);
    expect([status, stderr]).toEqual([1, `webgfn: ${file} is not a readable safetensors file: it looks like HTML, a web page\n`]);
    expect(existsSync(join(root, "none.safetensors"))).toBe(false);
  });
});

describe("sample", () => {
  it("writes one object a line, with the rewards of the formula", async () => {
    const { status, stdout } = await call(["sample", whole, "--count", "50", "--trajectories", "--seed", "3"]);
    expect(status).toBe(0);
    const samples = jsonLines(stdout) as {
      object: { coordinates: [number, number] };
      logReward: number;
      logForward: number;
      logBackward: number;
      actions: number[];
    }[];
    expect(samples).toHaveLength(50);
    for (const sample of samples) {
      expect(Object.keys(sample)).toEqual(["object", "logReward", "logForward", "actions", "logBackward"]);
      expect(sample.logReward).toBeCloseTo(logReward(sample.object.coordinates), 5);
      expect(sample.actions.at(-1)).toBe(2);
      const counted = [0, 1].map((i) => sample.actions.filter((action) => action === i).length);
      expect(sample.object.coordinates).toEqual(counted);
      expect(sample.logForward).toBeLessThanOrEqual(0);
    }
  });

  it("writes the same as an array of records, to a file or standard output", async () => {
    const command = ["sample", whole, "--count", "50", "--trajectories", "--seed", "3"];
    const lines = jsonLines((await call(command)).stdout) as { logReward: number; object: { coordinates: number[] }; actions: number[] }[];
    const file = join(root, "made", "samples.npy");
    expect(await call([...command, "--out", file])).toMatchObject({ status: 0, stdout: "" });
    expect(readdirSync(join(root, "made"))).toEqual(["samples.npy"]);
    const bytes = readFileSync(file);
    const start = 10 + bytes.readUInt16LE(8);
    expect(bytes.subarray(10, start).toString()).toContain("('coordinates', '<i4', (2,)), ('logReward', '<f4'), ('logForward', '<f4')");
    // coordinates, log R, log p_F, actions, log p_B
    const width = 4 * (2 + 1 + 1 + 7 + 1);
    expect(bytes.length).toBe(start + 50 * width);
    lines.forEach(({ object, logReward, actions }, n) => {
      const row = start + n * width;
      expect([0, 1].map((i) => bytes.readInt32LE(row + 4 * i))).toEqual(object.coordinates);
      expect(bytes.readFloatLE(row + 8)).toBeCloseTo(logReward, 5);
      const padded = Array.from({ length: 7 }, (_, i) => bytes.readInt32LE(row + 16 + 4 * i));
      expect(padded).toEqual([...actions, ...new Array(7 - actions.length).fill(-1)]);
    });
    const piped = await shell(`"$NODE" "$BIN" ${command.join(" ")} --format npy | cmp - ${file}`);
    expect(piped).toMatchObject({ status: 0, stdout: "" });
  });

  it("takes a checkpoint by itself", async () => {
    const alone = join(root, "alone.safetensors");
    copyFileSync(join(whole, "checkpoint.safetensors"), alone);
    const [ofFolder, ofFile] = await Promise.all([whole, alone].map((from) => run(["sample", from, "--count", "3", "--replica", "1"])));
    expect(ofFile?.status).toBe(0);
    expect(ofFile?.stdout).toBe(ofFolder?.stdout);
    writeFileSync(alone, "not one");
    const { status, stderr } = await call(["sample", alone]);
    expect(status).toBe(1);
    expect(stderr).toContain("is not a readable safetensors file");
  });

  it("depends on the seed alone", async () => {
    const first = await call(["sample", whole, "--count", "8"]);
    expect(Object.keys(jsonLines(first.stdout)[0] ?? {})).toEqual(["object", "logReward", "logForward"]);
    const longer = await call(["sample", whole, "--count", "9"]);
    expect(longer.stdout.startsWith(first.stdout)).toBe(true);
    const other = await call(["sample", whole, "--count", "8", "--seed", "1"]);
    expect(other.stdout).not.toBe(first.stdout);
  });

  it("ends quietly when its reader has read enough", async () => {
    const { status, stdout, stderr } = await shell(`set -o pipefail; "$NODE" "$BIN" sample ${whole} --count 200000 | head -n 2`);
    expect(status).toBe(0);
    expect(jsonLines(stdout)).toHaveLength(2);
    expect(stderr).not.toContain("webgfn:");
  });
});
