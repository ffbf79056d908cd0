/** Distances to the target against the oracle's, and what the Trainer promises: it learns, repeats, resumes and cleans up. */
import { type Environment, hypergrid, sets } from "@webgfn/envs";
import { renyi, trajectoryBalance } from "@webgfn/objectives";
import { mlp, Replicas } from "@webgfn/sampler";
import { ExactEvaluator, SampledEvaluator, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { l1, mean, targetDistribution, terminalStates, terminatingDistribution } from "../reference/index.js";
import { testDevice } from "./device.js";
import { oracleMlp, twin } from "./helpers.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for the larger ones.
vi.setConfig({ testTimeout: 300_000 });

/** A trainer after a few steps, so that its policy is neither flat nor done. */
async function trained(options: Omit<TrainerOptions, "objective"> & { after: number }): Promise<Trainer> {
  const { after, ...rest } = options;
  const trainer = await Trainer.create(await testDevice(), { objective: renyi(), batchSize: 32, steps: 200, learningRate: 0.01, ...rest });
  await trainer.train(after);
  return trainer;
}

function evaluatorInputs(trainer: Trainer) {
  const { device, network, buffers, options } = trainer;
  const replicas = new Replicas(device, Array.from({ length: options.replicas }, (_, r) => ({ seed: r })));
  return { device, environment: options.environment, network, weights: buffers.weights, data: buffers.data, replicas };
}

function jensenShannon(p: Map<string, number>, q: Map<string, number>): number {
  const term = (x: number, m: number) => (x === 0 ? 0 : x * Math.log(x / m));
  return [...q].reduce((sum, [key, right]) => {
    const left = p.get(key) ?? 0;
    return sum + 0.5 * (term(left, (left + right) / 2) + term(right, (left + right) / 2));
  }, 0);
}

describe("exact evaluation", () => {
  it.each<{ environment: Environment; replicas: number }>([
    { environment: hypergrid({ side: 5, r0: 0.1 }), replicas: 2 },
    { environment: hypergrid({ dimensions: 3, side: 3, r0: 0.1 }), replicas: 1 },
    { environment: sets({ items: 6, size: 3 }), replicas: 2 },
  ])("of $environment.title gives the oracle's p_T, L1 and JS", async ({ environment, replicas }) => {
    const { reference, object } = twin(environment);
    const trainer = await trained({ environment, policy: mlp({ hidden: [6] }), replicas, after: 15 });
    const inputs = evaluatorInputs(trainer);
    const evaluator = await ExactEvaluator.create(inputs);
    const distances = await evaluator.distances();
    const target = targetDistribution(reference);
    for (const [r, weights] of (await trainer.weights()).entries()) {
      const expected = terminatingDistribution(reference, oracleMlp(weights));
      const uniform = 1 / target.size;
      expect(Math.max(...expected.values())).toBeGreaterThan(1.5 * uniform); // not flat
      expect(distances[r]!.l1).toBeCloseTo(l1(expected, target), 5);
      expect(distances[r]!.js).toBeCloseTo(jensenShannon(expected, target), 5);

      const mass = await evaluator.probabilities(r);
      const states = terminalStates(reference);
      expect(states.map((state) => mass[terminalIndex(environment, object(state))])).toEqual(
        states.map((state) => expect.closeTo(expected.get(reference.key(state))!, 6)),
      );
      // The Trainer's own evaluator says the same.
      expect((await trainer.evaluate()).replicas[r]!.l1).toBe(distances[r]!.l1);
    }
    evaluator.dispose();
    inputs.replicas.dispose();
    trainer.dispose();
  });
});

/** The number of an object's state, as the environments document it. */
function terminalIndex(environment: Environment, object: object): number {
  const { side, dimensions } = environment.parameters as { side: number; dimensions: number };
  if ("items" in object) return (object.items as number[]).reduce((bits, item) => bits + 2 ** item, 0);
  return (object as { coordinates: number[] }).coordinates.reduce((index, x) => index * side + x, 0) + side ** dimensions;
}

describe("sampled evaluation", () => {
  it("of sets agrees with the exact L1", async () => {
    const environment = sets({ items: 8, size: 4 });
    const { reference, object } = twin(environment);
    const trainer = await trained({ environment, policy: mlp({ hidden: [6] }), replicas: 2, after: 60 });
    const inputs = evaluatorInputs(trainer);
    const evaluator = await SampledEvaluator.create(inputs);
    const distances = await evaluator.distances();
    const target = targetDistribution(reference);
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const words = environment.exactSampling.value(256, 1); // the evaluator's objects
    const drawn = Array.from({ length: 256 }, (_, n) => JSON.stringify(environment.decode(words.subarray(2 * n, 2 * n + 2))));
    const keys = new Map(terminalStates(reference).map((state) => [JSON.stringify(object(state)), reference.key(state)]));
    for (const [r, weights] of (await trainer.weights()).entries()) {
      const { l1: sampled, l1Error } = distances[r]!;
      const probabilities = terminatingDistribution(reference, oracleMlp(weights));
      const exact = l1(probabilities, target);
      expect(exact).toBeGreaterThan(0.1);
      expect(l1Error).toBeLessThan(0.1 * exact);
      expect(Math.abs(sampled! - exact)).toBeLessThan(4 * l1Error!);
      // On the very objects it drew, only the noise of p_T(x) is left.
      const ideal = mean(drawn.map((name) => Math.abs(probabilities.get(keys.get(name)!)! / target.get(keys.get(name)!)! - 1)));
      expect(Math.abs(sampled! / ideal - 1)).toBeLessThan(0.05);
    }
    evaluator.dispose();
    inputs.replicas.dispose();
    trainer.dispose();
  });
});

describe("Trainer", () => {
  const options: TrainerOptions = {
    environment: sets({ items: 8, size: 4 }),
    policy: mlp({ hidden: [16] }),
    objective: renyi(),
    batchSize: 48,
    steps: 150,
    learningRate: 0.01,
    seed: 3,
    replicas: 2,
  };

  it("learns, the same bits every time, each replica as it would alone", async () => {
    const device = await testDevice();
    const run = async (given: TrainerOptions) => {
      const trainer = await Trainer.create(device, given);
      const curve: number[] = [];
      for await (const { l1 } of trainer.run({ evaluateEvery: 75 })) curve.push(l1!);
      const weights = await trainer.weights();
      trainer.dispose();
      return { curve, weights };
    };
    const first = await run(options);
    expect(first.curve).toHaveLength(3);
    expect(first.curve[2]).toBeLessThan(0.3 * first.curve[0]!);
    expect(await run(options)).toEqual(first);
    expect((await run({ ...options, seed: 4, replicas: 1 })).weights[0]).toEqual(first.weights[1]);
    expect(first.weights[0]).not.toEqual(first.weights[1]);
  });

  it.each([{ objective: renyi() }, { objective: trajectoryBalance() }])("resumes $objective.name bit by bit, also in a new trainer", async ({ objective }) => {
    const device = await testDevice();
    const original = await Trainer.create(device, { ...options, objective });
    await original.train(20);
    const state = await original.state();
    await original.train(10);
    const expected = await original.state();
    const resumed = await Trainer.create(device, { ...options, objective });
    resumed.restore(state);
    expect(await resumed.state()).toEqual(state);
    await resumed.train(10);
    expect(await resumed.state()).toEqual(expected);
    expect((await resumed.evaluate()).replicas).toEqual((await original.evaluate()).replicas);
    original.dispose();
    resumed.dispose();
  });

  it("gives back every byte", async () => {
    const device = await testDevice();
    const use = async () => {
      for (const environment of [options.environment, sets({ items: 30, size: 2 })]) {
        const trainer = await Trainer.create(device, { ...options, environment });
        await trainer.train(1);
        await trainer.evaluate();
        await trainer.state();
        trainer.dispose();
      }
    };
    await use(); // staging buffers of the device stay for reuse
    const before = device.statistics.bytesAllocated;
    await use();
    expect(device.statistics.bytesAllocated).toBe(before);
  });
});
