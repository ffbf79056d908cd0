/** A device that is lost in the middle of training. */
import { openDevice } from "@webgfn/tensor";
import { checkpoint, type DeviceLoss, Trainer, type TrainerState } from "@webgfn/trainer";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { tiny } from "./tiny.js";

const options = tiny({ replicas: 2 });
const EVERY = 10;

async function undisturbed() {
  const device = await openDevice();
  const trainer = await Trainer.create(device, options);
  const l1: (number | undefined)[] = [];
  for await (const progress of trainer.run({ evaluateEvery: EVERY })) l1.push(progress.l1);
  const state = await trainer.state();
  device.dispose();
  return { l1, state };
}

describe("a device that is lost", () => {
  let whole: { l1: (number | undefined)[]; state: TrainerState };
  beforeAll(async () => {
    whole = await undisturbed();
  });

  it.each<{ when: string; lose(trainer: Trainer): void }>([
    { when: "between two evaluations", lose: (trainer) => trainer.device.gpu.destroy() },
    {
      when: "while it trains",
      lose(trainer) {
        const { gpu } = trainer.device;
        vi.spyOn(trainer, "train").mockImplementationOnce((count) => {
          const training = trainer.train(count);
          gpu.destroy();
          return training;
        });
      },
    },
    {
      when: "while it is evaluated",
      lose(trainer) {
        const { gpu } = trainer.device;
        vi.spyOn(trainer, "evaluate").mockImplementationOnce(() => {
          const evaluation = trainer.evaluate();
          gpu.destroy();
          return evaluation;
        });
      },
    },
  ])("$when is replaced, and training ends with the same bits", async ({ lose }) => {
    const device = await openDevice();
    const trainer = await Trainer.create(device, options);
    const losses: DeviceLoss[] = [];
    const evaluations: { step: number; l1?: number }[] = [];
    for await (const progress of trainer.run({ evaluateEvery: EVERY, onDeviceLost: (loss) => losses.push(loss) })) {
      evaluations.push(progress);
      if (progress.step === 2 * EVERY) lose(trainer);
    }
    expect(losses).toEqual([{ error: expect.objectContaining({ code: "device-lost" }), step: 2 * EVERY }]);
    expect(evaluations.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40]);
    expect(evaluations.map(({ l1 }) => l1)).toEqual(whole.l1);
    expect(await trainer.state()).toEqual(whole.state);
    const { gpu } = trainer.device;
    expect(trainer.device).not.toBe(device);
    trainer.dispose();
    // The trainer's own device goes with it.
    expect((await gpu.lost).reason).toBe("destroyed");
    device.dispose();
  });

  it("between an evaluation and its checkpoint costs neither, in the loop of the command line", async () => {
    const device = await openDevice();
    const trainer = await Trainer.create(device, options);
    let checkpoints = 0;
    const said: number[] = [];
    const steps = { evaluated: [] as number[], kept: [] as number[] };
    const loop = trainer.stretches({
      evaluateEvery: EVERY,
      checkpointEvery: EVERY,
      signal: new AbortController().signal,
      checkpoint() {
        checkpoints += 1;
        if (checkpoints === 3) trainer.device.gpu.destroy();
        return checkpoint(trainer, {});
      },
      onDeviceLost: ({ step }) => said.push(step),
    });
    for await (const { evaluation, checkpoint: kept } of loop) {
      if (evaluation !== undefined) steps.evaluated.push(evaluation.step);
      if (kept !== undefined) steps.kept.push(kept.step);
    }
    expect(said).toHaveLength(1);
    expect(steps).toEqual({ evaluated: [0, 10, 20, 30, 40], kept: [0, 10, 20, 30, 40] });
    expect(await trainer.state()).toEqual(whole.state);
    trainer.dispose();
    device.dispose();
  });

  it("again and again ends training with the loss, and one that was disposed of is not replaced", async () => {
    const device = await openDevice();
    const trainer = await Trainer.create(device, options);
    const losses: DeviceLoss[] = [];
    const work = async () => {
      trainer.device.gpu.destroy();
      await trainer.train(1);
    };
    await expect(trainer.surviving(work, (loss) => losses.push(loss))).rejects.toMatchObject({ code: "device-lost" });
    expect(losses).toHaveLength(3);
    trainer.device.dispose();
    await expect(trainer.surviving(() => trainer.train(1))).rejects.toMatchObject({
      code: "disposed",
      message: "the device was disposed of",
    });
  });
});
