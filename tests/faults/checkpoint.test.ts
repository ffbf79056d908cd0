/** Checkpoints of something else: refused with the difference, and the trainer stays as it was. */
import { type Checkpoint, mlp, samplingCheckpoint } from "@webgfn/sampler";
import { checkpoint, restoreCheckpoint, Trainer } from "@webgfn/trainer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDevice } from "../gpu/device.js";
import { tiny } from "./tiny.js";

let trainer: Trainer;
let saved: Checkpoint;
beforeAll(async () => {
  trainer = await Trainer.create(await testDevice(), tiny({ replicas: 2 }));
  await trainer.train(3);
  saved = await checkpoint(trainer, {});
  await trainer.train(3);
});
afterAll(() => trainer.dispose());

const NAME = "policy.layers.1.bias";
const changed = (name: string, change: (data: Float32Array) => void): Checkpoint => {
  const { shape, data } = saved.tensors[name]!;
  const copy = data.slice();
  change(copy);
  return { ...saved, tensors: { ...saved.tensors, [name]: { shape, data: copy } } };
};

it.each<[string, () => Checkpoint, RegExp]>([
  ["a tensor less", () => ({ ...saved, tensors: { log_z: saved.tensors["log_z"]! } }), /has no tensor "log_reward_shift"/],
  [
    "another shape",
    () => ({ ...saved, tensors: { ...saved.tensors, [NAME]: { shape: [2, 5], data: new Float32Array(10) } } }),
    /"policy\.layers\.1\.bias" is \[2, 5\], but the configuration needs \[2, 3\]/,
  ],
  [
    "a weight that is NaN",
    () => changed(NAME, (data) => data.fill(Number.NaN, 5)),
    /"policy\.layers\.1\.bias" holds a number that is not finite/,
  ],
  [
    "an infinite moment",
    () => changed("optimizer.second_moment.layers.0.weight", (data) => data.fill(Number.POSITIVE_INFINITY, 7, 8)),
    /"optimizer\.second_moment\.layers\.0\.weight" holds a number/,
  ],
  [
    "what sampling needs alone",
    () => samplingCheckpoint({ ...saved, configuration: JSON.stringify({ environment: "sets", env: {}, policy: "mlp", replicas: 2 }) }),
    /^the checkpoint holds what sampling needs alone, so that training cannot go on from it$/,
  ],
  ["a step beyond the schedule", () => ({ ...saved, step: 41 }), /is at step 41, beyond the 40 steps of the configuration/],
])("a checkpoint with %s", async (_, made, message) => {
  const before = await trainer.state();
  expect(() => restoreCheckpoint(trainer, made())).toThrow(
    expect.objectContaining({ code: "file", message: expect.stringMatching(message) }),
  );
  expect(await trainer.state()).toEqual(before);
});

it("a checkpoint of another network", async () => {
  const other = await Trainer.create(await testDevice(), tiny({ replicas: 2, policy: mlp({ hidden: [6] }) }));
  expect(() => restoreCheckpoint(other, saved)).toThrow(
    /"policy\.layers\.0\.weight" is \[2, 8, 8\], but the configuration needs \[2, 6, 8\]/,
  );
  expect(other.step).toBe(0);
  other.dispose();
  restoreCheckpoint(trainer, saved);
  expect(trainer.step).toBe(3);
});
