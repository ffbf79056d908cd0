/** Processes that are killed outright, at random moments, among them while they write. `WEBGFN_SOAK=100` kills ten times as often. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunFolder } from "@webgfn/runs/node";
import { RandomStream } from "@webgfn/tensor";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { completeConfiguration } from "webgfn";
import { run } from "../cli/run.js";

const BIN = fileURLToPath(new URL("../../packages/webgfn/dist/bin.js", import.meta.url));
const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));

const TIMES = Math.max(1, Number(process.env["WEBGFN_SOAK"] ?? 1) / 10);
vi.setConfig({ testTimeout: 300_000 * TIMES });

const root = mkdtempSync(join(tmpdir(), "webgfn-killed-"));
afterAll(() => rmSync(root, { recursive: true }));

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Random moments, the same ones in every run of the tests. */
const random = new RandomStream(1);

describe("a checkpoint", () => {
  const ELEMENTS = 2 ** 18;

  it("is the one before or the one after, and whole, wherever its writer was killed", async () => {
    const out = join(root, "writer");
    mkdirSync(out);
    writeFileSync(join(out, "config.json"), JSON.stringify(completeConfiguration({ environment: "sets" })));
    let step = 0;
    let duringWrite = 0;
    for (let kill = 0; kill < 10 * TIMES; kill++) {
      const child = spawn(process.execPath, [WRITER, out, String(ELEMENTS)], { stdio: ["ignore", "pipe", "inherit"] });
      // It has written one, whatever lock a killed one left behind; how long another takes is measured.
      await once(child.stdout, "data");
      const start = performance.now();
      await once(child.stdout, "data");
      await pause(2 * (performance.now() - start) * random.uniform());
      child.kill("SIGKILL");
      await once(child, "close");
      if (readdirSync(out).some((name) => /^\.checkpoint\.safetensors\..*\.partial$/.test(name))) duringWrite += 1;
      const folder = RunFolder.open(out);
      const checkpoint = folder.readCheckpoint();
      expect(checkpoint.step).toBeGreaterThanOrEqual(step + 2);
      step = checkpoint.step;
      const { data } = checkpoint.tensors["data"]!;
      expect([data.length, data.every((value) => value === step)]).toEqual([ELEMENTS, true]);
      // Its evaluation was on the disk before it.
      expect(folder.readMetrics().evaluations.map((evaluation) => evaluation.step)).toContain(step);
      folder.claim();
      folder.truncateMetrics(step);
      folder.release();
    }
    expect(duringWrite, "some were killed while they wrote").toBeGreaterThan(0);
  });
});

describe("a run", () => {
  // The kernels of the other command-line tests; a checkpoint every few milliseconds.
  const steps = 600 * TIMES;
  const options = `train hypergrid --env.side 4 --hidden 8 --batch-size 16 --replicas 2 --steps ${steps} --evaluate-every 100 --checkpoint-every 10`;
  const args = options.split(" ");
  const whole = join(root, "whole");

  beforeAll(async () => {
    expect((await run([...args, "--out", whole])).status).toBe(0);
  });

  /** Goes on with the run in `out`, and kills it `delay` after it first replaces its checkpoint; says whether it was killed. */
  async function killed(out: string, delay: number): Promise<boolean> {
    const child = spawn(process.execPath, [BIN, "train", "--resume", out], { stdio: "ignore" });
    const watcher = watch(out, (_, name) => {
      if (name?.startsWith("checkpoint")) setTimeout(() => child.kill("SIGKILL"), delay);
    });
    const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    watcher.close();
    return signal === "SIGKILL";
  }

  it("that is killed again and again ends with the bits of one that is not", async () => {
    const out = join(root, "killed");
    // As it was killed for the first time: before its first checkpoint.
    mkdirSync(out);
    copyFileSync(join(whole, "config.json"), join(out, "config.json"));
    let kills = 0;
    for (let attempt = 0; attempt < 5 * TIMES; attempt++) if (await killed(out, 100 * random.uniform())) kills += 1;
    expect(kills).toBeGreaterThan(2 * TIMES);
    expect(RunFolder.open(out).readCheckpoint().step).toBeLessThan(steps);
    expect((await run(["train", "--resume", out])).status).toBe(0);
    const bytes = (folder: string, name: string) => readFileSync(join(folder, name));
    expect(bytes(out, "checkpoint.safetensors").equals(bytes(whole, "checkpoint.safetensors"))).toBe(true);
    const evaluations = (folder: string) =>
      RunFolder.open(folder)
        .readMetrics()
        .evaluations.map(({ seconds: _, time: __, stepsPerSecond: ___, ...rest }) => rest);
    expect(evaluations(out)).toEqual(evaluations(whole));
  });
});
