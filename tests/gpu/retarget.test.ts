/** Training that goes on while the target changes. */
import { type Environment, gaussianMixture, hypergrid, sets } from "@webgfn/envs";
import { renyi } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { failure } from "./tensor/helpers.js";

const before = hypergrid({ side: 4, r0: 0.1 });
const after = hypergrid({ side: 4, r0: 0.5, r1: 8 });

const optionsOf = (environment: Environment): TrainerOptions => ({
  environment,
  policy: mlp({ hidden: [16] }),
  objective: renyi(),
  batchSize: 32,
  steps: 1000,
  learningRate: 0.02,
  decayPower: 0,
});

describe("a trainer whose rewards change", () => {
  it("measures and learns the new target, with the same weights", async () => {
    const device = await testDevice();
    const trainer = await Trainer.create(device, optionsOf(before));
    await trainer.train(20);
    const { weights, logRewardShift } = await trainer.state();
    await trainer.retarget(after);
    const changed = await trainer.state();
    expect(changed.weights).toEqual(weights);
    if (!before.exactLogZ.available || !after.exactLogZ.available) throw new Error("no log Z");
    expect(changed.logRewardShift[0]).toBeCloseTo(logRewardShift[0]! + after.exactLogZ.value - before.exactLogZ.value, 10);

    // A trainer that has had the new target from the beginning measures the same of these weights.
    const fresh = await Trainer.create(device, optionsOf(after));
    fresh.restore(changed);
    const [now, expected] = [await trainer.evaluate(), await fresh.evaluate()];
    expect(now.l1).toBe(expected.l1);
    expect(now.replicas[0]!.meanLogReward).toBe(expected.replicas[0]!.meanLogReward);
    // … and trains to the same bits.
    await trainer.train(150);
    await fresh.train(150);
    expect((await trainer.weights())[0]).toEqual((await fresh.weights())[0]);
    expect((await trainer.evaluate()).l1).toBeLessThan(0.5 * now.l1!);
    trainer.dispose();
    fresh.dispose();
  });

  it("refuses an environment of another shape", async () => {
    const trainer = await Trainer.create(await testDevice(), optionsOf(before));
    for (const other of [hypergrid({ side: 5 }), sets({ items: 8, size: 2 }), gaussianMixture()]) {
      const { message } = await failure("argument", () => trainer.retarget(other));
      expect(message).toContain("differs from hypergrid of side 4 in 2 dimensions in more than its rewards");
    }
    trainer.dispose();
  });
});
