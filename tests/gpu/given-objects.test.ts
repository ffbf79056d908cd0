/** Training on given objects: maximum likelihood on data, which ends at the target that they were drawn from. */
import { encodeObjects, hypergrid } from "@webgfn/envs";
import { forwardKl, maximumLikelihood, type Objective } from "@webgfn/objectives";
import { readObjects } from "@webgfn/runs";
import { mlp } from "@webgfn/sampler";
import { enumerateObjects, Trainer } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const GRID = hypergrid({ side: 8, r0: 0.01 });

const SAMPLES = 2000;

/** A file of exact samples, or of those that `keeps` keeps. */
function samplesOf(keeps: (coordinates: readonly number[]) => boolean = () => true): { name: string; text: string } {
  const { exactSampling, stateWords, decode } = GRID;
  if (!exactSampling.available) throw new Error("unexpected");
  const states = exactSampling.value(SAMPLES, 1);
  const objects = Array.from({ length: SAMPLES }, (_, n) => decode(states.subarray(n * stateWords, (n + 1) * stateWords)));
  const lines = objects.filter(({ coordinates }) => keeps(coordinates)).map((object) => JSON.stringify({ object }));
  return { name: "cells.jsonl", text: lines.join("\n") };
}

/** L1 before and after a training. */
async function errorsOf(
  source: string,
  file: { name: string; text: string },
  objective: Objective = forwardKl(),
): Promise<{ before: number; after: number }> {
  using trainer = await Trainer.create(await testDevice(), {
    environment: GRID,
    policy: mlp({ hidden: [32, 32] }),
    objective,
    source,
    objects: encodeObjects(GRID, readObjects(GRID, file)),
    batchSize: 64,
    steps: 1000,
    learningRate: 3e-3,
  });
  expect(trainer.options.estimator.name).toBe(objective.family === "balance" ? "none" : "balance");
  const before = (await trainer.evaluate()).l1 as number;
  await trainer.train(trainer.options.steps);
  return { before, after: (await trainer.evaluate()).l1 as number };
}

describe("the forward KL on 2,000 exact samples of a grid", () => {
  it("ends near the target", async () => {
    // Seeds 0, 1, 2 end at .091, .107, .143.
    const { before, after } = await errorsOf("objects", samplesOf());
    expect(before).toBeGreaterThan(1.4);
    expect(after).toBeLessThan(0.2);
  });

  it("ends nearer where the policy samples the other half of each batch", async () => {
    // Seeds 0, 1, 2 end at .015, .025, .024.
    expect((await errorsOf("policy:0.5,objects:0.5", samplesOf())).after).toBeLessThan(0.05);
  });

  it("never learns of the cells that the samples lack, unless the policy samples too", async () => {
    const half = samplesOf(([x = 0]) => x < 4);
    expect((await errorsOf("objects", half)).after).toBeGreaterThan(0.5);
    expect((await errorsOf("policy:0.5,objects:0.5", half)).after).toBeLessThan(0.1);
  });
});

describe("maximum likelihood of given objects", () => {
  const DATA = samplesOf(([x = 0]) => x < 4);

  /** p_T of every cell after a training, with the cells. */
  async function fitted(environment: typeof GRID, steps: number) {
    const device = await testDevice();
    using trainer = await Trainer.create(device, {
      environment,
      policy: mlp({ hidden: [32, 32] }),
      objective: maximumLikelihood(),
      source: "objects",
      objects: encodeObjects(GRID, readObjects(GRID, DATA)),
      batchSize: 64,
      steps,
      learningRate: 3e-3,
    });
    await trainer.train(steps);
    await trainer.evaluate();
    const probabilities = (await trainer.exact?.probabilities(0)) as Float32Array;
    return (await enumerateObjects(device, environment)).map((cell) => ({ ...cell, probability: probabilities[cell.index]! }));
  }

  it("fits their distribution, not R/Z", async () => {
    const cells = await fitted(GRID, 1000);
    const inHalf = cells.filter(({ object }) => object.coordinates[0]! < 4);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const mass = sum(inHalf.map(({ probability }) => probability));
    expect(mass).toBeGreaterThan(0.97);
    const z = sum(inHalf.map(({ logReward }) => Math.exp(logReward)));
    expect(sum(inHalf.map(({ logReward, probability }) => Math.abs(probability - Math.exp(logReward) / z)))).toBeLessThan(0.2);
  });

  it("does not depend on the reward", async () => {
    const probabilities = async (environment: typeof GRID) => (await fitted(environment, 20)).map(({ probability }) => probability);
    expect(await probabilities(hypergrid({ side: 8, r0: 5, r2: 0 }))).toEqual(await probabilities(GRID));
  });

  it.each([
    [{}, /maximum-likelihood fits given objects, and source policy gives it others/],
    [{ source: "policy:0.5,target:0.5" }, /source policy gives it others/],
    [{ source: "target", policy: mlp({ backward: "learned" }) }, /maximum-likelihood cannot learn a backward policy/],
    [{ source: "target", estimator: "loo" as const }, /maximum-likelihood takes no estimator/],
  ])("is refused with %o", async (options, message) => {
    const trainer = Trainer.create(await testDevice(), { environment: GRID, objective: maximumLikelihood(), ...options });
    await expect(trainer).rejects.toMatchObject({ code: "argument", message: expect.stringMatching(message) });
  });
});
