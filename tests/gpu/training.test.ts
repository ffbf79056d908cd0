import { hypergrid, sets } from "@webgfn/envs";
import { type EstimatorName, makeObjective } from "@webgfn/objectives";
import { mlp, Sampler } from "@webgfn/sampler";
import { type Progress, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { ExactEvaluator } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// Whole trainings: up to a minute each on two idle cores with llvmpipe, and tens of minutes with SwiftShader.
vi.setConfig({ testTimeout: 3_600_000 });

/** Trains to the end and returns the first and the last evaluation. */
async function train(options: TrainerOptions): Promise<{ trainer: Trainer; before: Progress; after: Progress }> {
  const trainer = await Trainer.create(await testDevice(), options);
  const evaluations: Progress[] = [];
  for await (const progress of trainer.run({ evaluateEvery: trainer.options.steps })) evaluations.push(progress);
  return { trainer, before: evaluations[0]!, after: evaluations.at(-1)! };
}

/** The paper's sets (method §4): D = 32, N = 16, batch 128, 625 steps, MLP 2 × 64. `webgfn reproduce` has the paper's three replicas. */
async function trainSets(name: string, { estimator, replicas = 1 }: { estimator?: EstimatorName; replicas?: number } = {}) {
  const { trainer, before, after } = await train({
    environment: sets({ items: 32, size: 16 }),
    policy: mlp({ hidden: [64, 64] }),
    objective: makeObjective(name),
    ...(estimator === undefined ? {} : { estimator }),
    batchSize: 128,
    steps: 625,
    replicas,
  });
  trainer.dispose();
  console.log(`sets, ${name}, ${trainer.options.estimator.name}: L1 ${before.l1?.toFixed(4)} -> ${after.l1?.toFixed(4)}`);
  return { before: before.l1!, after: after.l1! };
}

describe("sets learn their target (method §4, results to reproduce)", () => {
  for (const name of ["reverse-kl", "forward-kl", "renyi", "tsallis"]) {
    it(`with ${name}, to an L1 of at most .035`, async () => {
      const { before, after } = await trainSets(name);
      expect(before).toBeGreaterThan(0.4);
      expect(after).toBeLessThanOrEqual(0.035);
    });
  }

  it("with trajectory balance, to a mean L1 of at most .10", async () => {
    expect((await trainSets("tb", { replicas: 3 })).after).toBeLessThanOrEqual(0.1);
  });

  it("with reverse KL without control variates clearly worse", async () => {
    expect((await trainSets("reverse-kl", { estimator: "none" })).after).toBeGreaterThanOrEqual(0.1);
  });
});

describe("hypergrid 8 × 8 learns its target with trajectory balance", () => {
  it("to an exact L1 of at most .1, and samples what the exact distribution says", async () => {
    const environment = hypergrid({ dimensions: 2, side: 8, r0: 0.1, r1: 0.5, r2: 2 });
    const { trainer, after } = await train({ environment, objective: makeObjective("tb"), batchSize: 128, steps: 2000 });
    expect(after.l1).toBeLessThanOrEqual(0.1);
    expect(after.replicas[0]!.logZ).toBeCloseTo(3.1091, 1);
    expect(Math.abs(after.replicas[0]!.logZ - 3.1091)).toBeLessThan(0.05);

    const evaluator = await ExactEvaluator.create({
      device: trainer.device,
      environment,
      network: trainer.network,
      weights: trainer.buffers.weights,
      data: trainer.buffers.data,
      replicas: trainer.buffers.replicas,
    });
    await evaluator.measure();
    // The stopped copies follow the cells, in row-major order of the coordinates.
    const probabilities = (await evaluator.probabilities(0)).subarray(64);
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);

    const count = 200_000;
    const weights = (await trainer.weights())[0]!;
    const sampler = await Sampler.create(trainer.device, { environment, policy: trainer.options.policy, weights, seed: 5 });
    const frequencies = new Float64Array(64);
    for await (const batch of sampler.stream(count)) {
      for (const { object } of batch) {
        const [x, y] = (object as { coordinates: [number, number] }).coordinates;
        frequencies[8 * x + y]! += 1;
      }
    }
    // Pearson's χ² with 63 degrees of freedom: 99.99 % of honest samples stay below 118.
    let chiSquare = 0;
    probabilities.forEach((p, cell) => {
      chiSquare += (frequencies[cell]! - count * p) ** 2 / (count * p);
    });
    expect(chiSquare).toBeLessThan(118);
    expect(chiSquare).toBeGreaterThan(20);
    sampler.dispose();
    evaluator.dispose();
    trainer.dispose();
  });
});
