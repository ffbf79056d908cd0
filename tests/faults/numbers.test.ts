/** Numbers that are not finite: what breaks a replica, what is told of it, and that the others do not notice. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hypergrid } from "@webgfn/envs";
import { trajectoryBalance, tsallis } from "@webgfn/objectives";
import { RunFolder } from "@webgfn/runs/node";
import { decodeCheckpoint, encodeCheckpoint, mlp } from "@webgfn/sampler";
import { checkpoint, type Progress, type Quantity, restoreCheckpoint, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it, onTestFinished } from "vitest";
import { completeConfiguration, trainerOptions } from "webgfn";
import { run } from "../cli/run.js";
import { testDevice } from "../gpu/device.js";
import { stateOf, tiny } from "./tiny.js";

const REPLICAS = 3;
/** The replica that is harmed, and the step before which it is. */
const HARMED = 1;
const BEFORE = 20;

interface Harm {
  quantity: Quantity;
  options: Partial<TrainerOptions>;
  /** Makes the next step's quantity infinite or NaN. */
  harm(trainer: Trainer): void;
}

const HARMS: Harm[] = [
  {
    quantity: "log probability",
    options: {},
    harm({ buffers, network }) {
      const size = 4 * network.weights4;
      buffers.weights.write(new Float32Array(size).fill(3e38), HARMED * size);
    },
  },
  {
    quantity: "loss",
    options: { objective: tsallis({ alpha: 0.5 }) },
    harm: ({ buffers }) => buffers.replicas.setLogRewardShift(HARMED, -1000),
  },
  {
    // d² is 1.4e38 and its sum over the batch a float32 still; the gradient's square is not.
    quantity: "gradient",
    options: { objective: trajectoryBalance(), batchSize: 2 },
    harm: ({ buffers }) => buffers.logZ.write(Float32Array.of(1.2e19), 4 * HARMED),
  },
];

describe("a gradient of the estimator paper whose norm overflows", () => {
  it("is a fault of the first step, and the checkpoint can be read", async () => {
    const device = await testDevice();
    const environment = hypergrid({ side: 8, r0: 1e-30 });
    const policy = mlp({ hidden: [32, 32] });
    const options = { environment, policy, objective: tsallis({ alpha: 2 }), batchSize: 64, steps: 4, seed: 3 };
    const trainer = await Trainer.create(device, options);
    await trainer.train(2);
    const { replicas } = await trainer.evaluate();
    expect(replicas[0]?.fault).toEqual({ quantity: "gradient", step: 0 });
    const again = await Trainer.create(device, options);
    restoreCheckpoint(again, decodeCheckpoint(encodeCheckpoint(await checkpoint(trainer))));
    for (const each of [trainer, again]) each.dispose();
  });
});

async function finish(trainer: Trainer): Promise<Progress[]> {
  const evaluations: Progress[] = [];
  for await (const progress of trainer.run({ evaluateEvery: 10 })) evaluations.push(progress);
  return evaluations;
}

describe.each(HARMS)("a $quantity that is not finite", ({ quantity, options, harm }) => {
  it("breaks its replica, which is told, and leaves the others their bits", async () => {
    const device = await testDevice();
    const all = tiny({ replicas: REPLICAS, ...options });
    const undisturbed = await Trainer.create(device, all);
    await finish(undisturbed);
    const whole = await undisturbed.state();
    undisturbed.dispose();

    const trainer = await Trainer.create(device, all);
    await trainer.train(BEFORE);
    const before = await trainer.state();
    harm(trainer);
    // Weights stay as they were harmed; log Z goes back to where the last sound step had left it.
    const sound = { ...(await trainer.state()), logZ: before.logZ };
    const evaluations = await finish(trainer);
    expect(evaluations.map(({ step }) => step)).toEqual([30, 40]);
    for (const { replicas, l1 } of evaluations) {
      expect(replicas.map(({ fault }) => fault)).toEqual([undefined, { quantity, step: BEFORE }, undefined]);
      expect(l1, "the mean of the others").toBeCloseTo((replicas[0]!.l1! + replicas[2]!.l1!) / 2, 12);
    }
    const state = await trainer.state();
    for (const replica of [0, 2]) expect(stateOf(state, replica)).toEqual(stateOf(whole, replica));
    expect(stateOf(state, HARMED)).toEqual(stateOf(sound, HARMED));
    trainer.dispose();
  });
});

describe("a broken replica", () => {
  it("is still broken after a checkpoint, whose others go on with their bits", async () => {
    const device = await testDevice();
    const all = tiny({ replicas: REPLICAS });
    const trainer = await Trainer.create(device, all);
    await trainer.train(BEFORE);
    HARMS[0]!.harm(trainer);
    await trainer.train(5);
    const saved = await checkpoint(trainer, {});
    const continued = await Trainer.create(device, all);
    restoreCheckpoint(continued, saved);
    expect(await continued.state()).toEqual(await trainer.state());
    for (const each of [trainer, continued]) await each.train(10);
    expect(await continued.state()).toEqual(await trainer.state());
    expect((await continued.evaluate()).replicas[HARMED]!.fault).toEqual({ quantity: "log probability", step: BEFORE });
    for (const each of [trainer, continued]) each.dispose();
  });

  it("ends the run where it is the last one, with the replica, the step, the quantity and the cause", async () => {
    const trainer = await Trainer.create(await testDevice(), tiny({ replicas: 2 }));
    const evaluations: Progress[] = [];
    const run = async () => {
      for await (const progress of trainer.run({ evaluateEvery: 10 })) {
        evaluations.push(progress);
        if (progress.step === BEFORE)
          trainer.buffers.data.write(new Float32Array(trainer.options.environment.data.length).fill(Number.NaN));
      }
    };
    await expect(run()).rejects.toMatchObject({
      code: "numbers",
      message:
        "replica 0 (seed 3) met a log reward that is not finite at step 20, replica 1 (seed 4) met a log reward that is not finite at step 20",
      fix: expect.stringContaining("check the environment's log_reward"),
    });
    expect(evaluations.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    trainer.dispose();
  });
});

describe("the command line", () => {
  /** A run that stopped at step 10, the given replicas of which meet NaN in the next step. */
  async function stopped(broken: number[]): Promise<string> {
    const out = mkdtempSync(join(tmpdir(), "webgfn-numbers-"));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const configuration = completeConfiguration({
      environment: "hypergrid",
      env: { side: 4 },
      hidden: [8],
      batchSize: 16,
      steps: 20,
      replicas: 2,
    });
    const trainer = await Trainer.create(await testDevice(), trainerOptions(configuration));
    await trainer.train(10);
    for (const replica of broken) {
      const size = 4 * trainer.network.weights4;
      trainer.buffers.weights.write(new Float32Array(size).fill(3e38), replica * size);
    }
    const folder = RunFolder.create(join(out, "run"), configuration);
    folder.writeCheckpoint(await checkpoint(trainer, configuration));
    folder.release();
    trainer.dispose();
    return folder.path;
  }

  const advice = "the policy's weights have grown too large: lower the learning rate, or clip the gradient";

  it("tells which replica broke, and when and why, beside the result of the others", async () => {
    const out = await stopped([1]);
    const { status, stdout, stderr } = await run(["train", "--resume", out, "--json"]);
    expect(stderr).toContain(`webgfn: replica 1 (seed 1) met a log probability that is not finite at step 10; ${advice}\n`);
    const { replicas, summary } = JSON.parse(stdout);
    expect(replicas[1].fault).toEqual({ quantity: "log probability", step: 10 });
    expect(replicas[0]).not.toHaveProperty("fault");
    expect(summary.l1).toEqual({ mean: replicas[0].l1, sd: 0 });
    expect(status).toBe(1);
  });

  it("stops where all of them broke, and keeps the checkpoint before", async () => {
    const out = await stopped([0, 1]);
    const before = readFileSync(join(out, "checkpoint.safetensors"));
    const { status, stdout, stderr } = await run(["train", "--resume", out]);
    expect(stderr).toContain(
      `webgfn: replica 0 (seed 0) met a log probability that is not finite at step 10, replica 1 (seed 1) met a log probability that is not finite at step 10; ${advice}\n`,
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(readFileSync(join(out, "checkpoint.safetensors")).equals(before)).toBe(true);
  });
});

describe("gradientClip", () => {
  /** What Adam was given at the first step, times 0.1. */
  async function firstMoments(options: Partial<TrainerOptions>): Promise<Float32Array> {
    const trainer = await Trainer.create(await testDevice(), tiny({ replicas: 2, ...options }));
    await trainer.train(1);
    const moments = (await trainer.buffers.moments.read()) as Float32Array;
    trainer.dispose();
    return moments;
  }

  /** The first moments of a replica, of which the second follow. */
  function of(moments: Float32Array, replica: number): Float32Array {
    const size = moments.length / 4;
    return moments.slice(2 * replica * size, (2 * replica + 1) * size);
  }

  const norm = (values: Float32Array) => Math.hypot(...values) / 0.1;

  it.each<{ title: string; options: Partial<TrainerOptions> }>([
    { title: "the control variate's two channels", options: { estimator: "paper" } },
    { title: "one channel", options: { estimator: "loo" } },
    { title: "a balance loss", options: { objective: trajectoryBalance() } },
  ])("shortens the gradient of $title to its norm, replica by replica, and no other", async ({ options }) => {
    const free = await firstMoments(options);
    const [first, second] = [norm(of(free, 0)), norm(of(free, 1))];
    const between = (first + second) / 2;
    expect(Math.abs(first - second), "norms that lie apart").toBeGreaterThan(1e-3 * between);
    const clipped = await firstMoments({ ...options, gradientClip: between });
    for (const [replica, length] of [first, second].entries()) {
      const before = of(free, replica);
      const after = of(clipped, replica);
      if (length < between) expect(after).toEqual(before);
      else expect(norm(after) / between).toBeCloseTo(1, 5);
      // The direction stays.
      const factor = Math.min(1, between / length);
      const furthest = Math.max(...after.map((value, i) => Math.abs(value - factor * before[i]!)));
      expect(furthest).toBeLessThan(1e-6 * between);
    }
  });
});
