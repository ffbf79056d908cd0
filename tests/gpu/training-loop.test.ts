/** The training loop: what it yields and when, and that how it cuts the steps changes no bit. */
import { hypergrid, sets } from "@webgfn/envs";
import { renyi } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { openDevice } from "@webgfn/tensor";
import { checkpoint, type StretchOptions, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { failure } from "./tensor/helpers.js";

const OPTIONS: TrainerOptions = {
  environment: hypergrid({ side: 4 }),
  policy: mlp({ hidden: [8] }),
  objective: renyi(),
  batchSize: 16,
  steps: 40,
  learningRate: 0.01,
};

/** Trains in stretches, and says what came after which step. */
async function stretched(options: StretchOptions | ((trainer: Trainer) => StretchOptions), after: (step: number) => void = () => {}) {
  const trainer = await Trainer.create(await testDevice(), OPTIONS);
  const stretches: number[] = [];
  const evaluated: number[] = [];
  const kept: number[] = [];
  for await (const { steps, evaluation, checkpoint: made } of trainer.stretches(
    typeof options === "function" ? options(trainer) : options,
  )) {
    if (steps > 0) stretches.push(steps);
    if (evaluation !== undefined) evaluated.push(evaluation.step);
    if (made !== undefined) kept.push(made.step);
    after(trainer.step);
  }
  const result = { stretches, evaluated, kept, step: trainer.step, state: await trainer.state() };
  trainer.dispose();
  return result;
}

describe("the training loop", () => {
  it("evaluates and makes checkpoints when they are due, with the bits of a run", async () => {
    const run = await Trainer.create(await testDevice(), OPTIONS);
    const evaluations: number[] = [];
    for await (const { step } of run.run({ evaluateEvery: 15 })) evaluations.push(step);
    expect(evaluations).toEqual([0, 15, 30, 40]);
    const state = await run.state();
    run.dispose();

    const both = await stretched((trainer) => ({
      evaluateEvery: 15,
      checkpointEvery: 12,
      checkpoint: () => checkpoint(trainer, {}),
      mostSteps: 7,
    }));
    expect(both).toEqual({
      stretches: [7, 5, 3, 7, 2, 6, 6, 4],
      evaluated: [0, 15, 30, 40],
      kept: [0, 12, 24, 36, 40],
      step: 40,
      state,
    });
    expect(await stretched({ seconds: 1e-3 })).toMatchObject({ evaluated: [], kept: [], step: 40, state });
    expect((await stretched({})).stretches).toEqual([40]);
  });

  it("ends after the current stretch when aborted, with a checkpoint", async () => {
    const stop = new AbortController();
    const options = (trainer: Trainer) => ({
      mostSteps: 10,
      signal: stop.signal,
      checkpoint: () => checkpoint(trainer, {}),
      evaluateEvery: 40,
    });
    const ended = await stretched(options, (step) => {
      if (step === 20) stop.abort();
    });
    expect(ended).toMatchObject({ stretches: [10, 10], evaluated: [0], kept: [0, 20], step: 20 });
  });

  it("throws the loss of a device that is not to be replaced", async () => {
    const device = await openDevice();
    const trainer = await Trainer.create(device, OPTIONS);
    const loop = trainer.stretches({ mostSteps: 5, recover: false });
    expect((await loop.next()).value).toEqual({ steps: 5 });
    device.gpu.destroy();
    await expect(loop.next()).rejects.toMatchObject({ code: "device-lost" });
    expect(trainer.device).toBe(device);
    trainer.dispose();
    device.dispose();
  });

  it("refuses options that make no sense", async () => {
    const trainer = await Trainer.create(await testDevice(), OPTIONS);
    for (const options of [{ seconds: 0 }, { mostSteps: 0.5 }, { checkpointEvery: 0 }, { evaluateEvery: 0 }, { recover: 1 }]) {
      const { message } = await failure("argument", () => trainer.stretches(options as StretchOptions).next());
      expect(message).toContain(Object.keys(options)[0]);
    }
    trainer.dispose();
  });
});

describe("a training run", () => {
  it("reads back its state and a few numbers per evaluation, and nothing per step", async () => {
    const device = await testDevice();
    const before = device.statistics.bytesRead;
    const trainer = await Trainer.create(device, { ...OPTIONS, steps: 625 });
    let evaluations = 0;
    for await (const _ of trainer.run()) evaluations += 1;
    // Weights, their transposed copies and both moments: what training goes on from where the device is lost.
    const state = 4 * trainer.buffers.weights.size + 4 * trainer.buffers.moments.size;
    trainer.dispose();
    expect(evaluations).toBe(26);
    expect(device.statistics.bytesRead - before).toBeLessThan(evaluations * (state + 1024));
  });

  it("takes six dispatches a step, whatever the horizon", async () => {
    for (const size of [2, 8]) {
      const trainer = await Trainer.create(await testDevice(), { ...OPTIONS, environment: sets({ items: 8, size }) });
      expect(trainer.programs.step.length).toBe(6);
      trainer.dispose();
    }
  });
});
