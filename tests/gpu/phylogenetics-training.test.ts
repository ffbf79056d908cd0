/** Training on phylogenetic trees, down to the target where it is known, and on real alignments. */
import { phylogenetics } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import { l1, targetDistribution, terminatingDistribution } from "@webgfn/reference";
import { gin, mlp } from "@webgfn/sampler";
import { type Progress, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { dataset, HAVE_DATASETS } from "./datasets.js";
import { testDevice } from "./device.js";
import { oracleMlp } from "./helpers.js";
import { twin } from "./twins.js";

/** Trains to the end and returns the first and the last evaluation. */
async function train(options: TrainerOptions): Promise<{ trainer: Trainer; before: Progress; after: Progress }> {
  const trainer = await Trainer.create(await testDevice(), options);
  const evaluations: Progress[] = [];
  for await (const progress of trainer.run({ evaluateEvery: trainer.options.steps })) evaluations.push(progress);
  return { trainer, before: evaluations[0]!, after: evaluations.at(-1)! };
}

describe("training", () => {
  it.each(["renyi", "tb"])("on five species with %s comes close to the target", async (name) => {
    const environment = phylogenetics({ species: 5, sites: 12 });
    const { trainer, before, after } = await train({
      environment,
      policy: mlp({ hidden: [32, 32] }),
      objective: makeObjective(name),
      batchSize: 64,
      steps: 1200,
      learningRate: 3e-3,
      logZLearningRate: 0.5,
    });
    console.log(`five species, ${name}: L1 ${before.l1?.toFixed(4)} -> ${after.l1?.toFixed(4)}`);
    // The evaluator's L1 is that of the oracle's distributions for the same weights.
    const { reference } = twin(environment);
    const reached = terminatingDistribution(reference, oracleMlp((await trainer.weights())[0]!));
    expect(after.l1).toBeCloseTo(l1(reached, targetDistribution(reference)), 3);
    expect(before.l1).toBeGreaterThan(0.3);
    expect(after.l1).toBeLessThan(0.1);
    trainer.dispose();
  });

  // Evaluations take 1,024 trajectories each, which is much on a software adapter: the batches' own means will do.
  it.runIf(HAVE_DATASETS).each([
    ["DS1", {}, mlp({ hidden: [32] }), 30, 0.03, 60],
    ["DS1", {}, gin({ hidden: [16, 16] }), 24, 0.01, 60],
    ["DS5", {}, mlp({ hidden: [32] }), 24, 0.1, 10],
    ["DS1", { branchBins: 50 }, mlp({ hidden: [32] }), 24, 0.03, 60],
  ] as const)(
    "on %s with %j raises the likelihood, in bounded memory",
    { timeout: 600_000 },
    async (name, options, policy, steps, learningRate, least) => {
      const environment = phylogenetics({ alignment: dataset(name), ...options });
      const training: TrainerOptions = {
        environment,
        policy,
        objective: makeObjective("reverse-kl"),
        batchSize: 16,
        steps,
        learningRate,
        decayPower: 0,
      };
      const trainer = await Trainer.create(await testDevice(), training);
      const means: number[] = [];
      let seconds = 0;
      for (let step = 0; step < steps; step++) {
        const start = performance.now();
        await trainer.train(1);
        if (step > 0) seconds += (performance.now() - start) / 1000 / (steps - 1);
        means.push((await trainer.buffers.metrics.read())[4] as number);
      }
      const bytes = Object.values(trainer.buffers).reduce((sum, tensor) => sum + ("size" in tensor ? 4 * tensor.size : 0), 0);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const [before, after] = [mean(means.slice(0, 5)), mean(means.slice(-5))];
      console.log(
        `${name}, ${policy.name}: mean log R ${before.toFixed(1)} -> ${after.toFixed(1)}, ${(1000 * seconds).toFixed(0)} ms a step, ${(bytes / 2 ** 20).toFixed(1)} MiB of buffers`,
      );
      expect(after).toBeGreaterThan(before + least);
      expect(bytes).toBeLessThan(64 * 2 ** 20);
      trainer.dispose();
    },
  );
});
