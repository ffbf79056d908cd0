/** Distances to the target against the oracle's, and what the Trainer promises: it learns, repeats, resumes and cleans up. */
import { type Environment, hypergrid, sequences, sets } from "@webgfn/envs";
import { renyi, trajectoryBalance } from "@webgfn/objectives";
import {
  allTrajectories,
  l1,
  logBackward,
  logForward,
  mean,
  targetDistribution,
  terminalState,
  terminalStates,
  terminatingDistribution,
} from "@webgfn/reference";
import { type LinearWeights, mlp } from "@webgfn/sampler";
import { environmentData, initialWeights, Replicas, weightsTensor } from "@webgfn/sampler/internal";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { ExactEvaluator, heldOutEstimates, SampledEvaluator } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { exactSamples, networkOf, oracleMlp, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for the larger ones.
vi.setConfig({ testTimeout: 300_000 });

/** The replicas' models in an environment, as an evaluator takes them. */
async function evaluatorInputs(environment: Environment, hidden: readonly number[], models: readonly LinearWeights[][]) {
  const device = await testDevice();
  const network = networkOf(environment, hidden);
  const replicas = new Replicas(
    device,
    models.map((_, r) => ({ seed: r })),
  );
  return {
    device,
    environment,
    network,
    weights: weightsTensor(device, network, models),
    data: environmentData(device, environment),
    replicas,
  };
}

function jensenShannon(p: Map<string, number>, q: Map<string, number>): number {
  const term = (x: number, middle: number) => (x === 0 ? 0 : x * Math.log(x / middle));
  return [...q].reduce((sum, [key, right]) => {
    const left = p.get(key) ?? 0;
    return sum + 0.5 * (term(left, (left + right) / 2) + term(right, (left + right) / 2));
  }, 0);
}

/** The number of an object's state, as the environments document it. */
function terminalIndex(environment: Environment, object: object): number {
  const { side, dimensions } = environment.parameters as { side: number; dimensions: number };
  if ("items" in object) return (object.items as number[]).reduce((bits, item) => bits + 2 ** item, 0);
  return (object as { coordinates: number[] }).coordinates.reduce((index, x) => index * side + x, 0) + side ** dimensions;
}

describe("exact evaluation", () => {
  it.each<{ environment: Environment; replicas: number }>([
    { environment: hypergrid({ side: 5, r0: 0.1 }), replicas: 2 },
    { environment: hypergrid({ dimensions: 3, side: 3, r0: 0.1 }), replicas: 1 },
    { environment: sets({ items: 6, size: 3 }), replicas: 2 },
  ])("of $environment.title gives the oracle's p_T, L1 and JS", async ({ environment, replicas }) => {
    const { reference, object } = twin(environment);
    const models = Array.from({ length: replicas }, (_, r) => spreadWeights(networkOf(environment, [6]), r));
    const evaluator = await ExactEvaluator.create(await evaluatorInputs(environment, [6], models));
    const distances = await evaluator.measure();
    const target = targetDistribution(reference);
    for (const [r, weights] of models.entries()) {
      const expected = terminatingDistribution(reference, oracleMlp(weights));
      expect(Math.max(...expected.values()), "far from flat").toBeGreaterThan(2 / target.size);
      expect(distances[r]!.l1).toBeCloseTo(l1(expected, target), 5);
      expect(distances[r]!.js).toBeCloseTo(jensenShannon(expected, target), 5);

      const mass = await evaluator.probabilities(r);
      const states = terminalStates(reference);
      expect(states.map((state) => mass[terminalIndex(environment, object(state))])).toEqual(
        states.map((state) => expect.closeTo(expected.get(reference.key(state))!, 6)),
      );
    }
    evaluator.dispose();
  });
});

describe("estimates for given objects", () => {
  it.each<Environment>([sequences({ symbols: 3, length: 3 }), sets({ items: 5, size: 2 })])(
    "of $title are the oracle's, but for the noise of backward trajectories",
    async (environment) => {
      const { reference, object } = twin(environment);
      const models = [0, 1].map((r) => spreadWeights(networkOf(environment, [6]), r));
      const inputs = await evaluatorInputs(environment, [6], models);
      const objects = exactSamples(environment, 70, 3);
      const estimates = await heldOutEstimates(inputs, Uint32Array.from(objects.flatMap((words) => [...words])));
      const states = new Map(terminalStates(reference).map((state) => [JSON.stringify(object(state)), state]));
      for (const [r, weights] of models.entries()) {
        const ratios = new Map<string, number[]>();
        for (const actions of allTrajectories(reference)) {
          const key = reference.key(terminalState(reference, actions));
          const logRatio = logForward(reference, oracleMlp(weights), actions) - logBackward(reference, actions);
          ratios.set(key, [...(ratios.get(key) ?? []), logRatio]);
        }
        const { logProbabilities, logTargets, meanLogWeight } = estimates[r]!;
        const weightsOf: number[] = [];
        objects.forEach((words, n) => {
          const state = states.get(JSON.stringify(environment.decode(words)))!;
          const own = ratios.get(reference.key(state))!;
          const probability = mean(own.map(Math.exp));
          const deviation = Math.sqrt(mean(own.map((ratio) => (Math.exp(ratio) - probability) ** 2)) / 32) / probability;
          expect(Math.abs(logProbabilities[n]! - Math.log(probability))).toBeLessThan(1e-4 + 5 * deviation);
          expect(logTargets[n]!).toBeCloseTo(reference.logReward(state), 4);
          weightsOf.push(reference.logReward(state) - mean(own));
        });
        expect(Math.abs(meanLogWeight - mean(weightsOf))).toBeLessThan(environment.name === "sets" ? 0.05 : 1e-4);
      }
    },
  );
});

const OPTIONS: TrainerOptions = {
  environment: sets({ items: 8, size: 4 }),
  policy: mlp({ hidden: [16] }),
  objective: renyi(),
  batchSize: 48,
  steps: 150,
  learningRate: 0.01,
  seed: 3,
  replicas: 2,
};

async function trainer(changes: Partial<TrainerOptions> = {}): Promise<Trainer> {
  return Trainer.create(await testDevice(), { ...OPTIONS, ...changes });
}

describe("sampled evaluation", () => {
  it("of sets agrees with the exact L1", async () => {
    const { environment } = OPTIONS;
    const { reference, object } = twin(environment);
    const model = await trainer();
    await model.train(20);
    const models = await model.weights();
    const exact = (await model.evaluate()).replicas;
    model.dispose();
    const evaluator = await SampledEvaluator.create(await evaluatorInputs(environment, [16], models));
    const sampled = await evaluator.measure();
    evaluator.dispose();

    const target = targetDistribution(reference);
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const words = environment.exactSampling.value(256, 1); // the evaluator's objects
    const drawn = Array.from({ length: 256 }, (_, n) => JSON.stringify(environment.decode(words.subarray(2 * n, 2 * n + 2))));
    const keys = new Map(terminalStates(reference).map((state) => [JSON.stringify(object(state)), reference.key(state)]));
    models.forEach((weights, r) => {
      const probabilities = terminatingDistribution(reference, oracleMlp(weights));
      const { l1: estimate, l1Error } = sampled[r]!;
      expect(exact[r]!.l1).toBeCloseTo(l1(probabilities, target), 5);
      expect(exact[r]!.l1).toBeGreaterThan(0.05);
      expect(l1Error).toBeLessThan(0.1 * exact[r]!.l1!);
      expect(Math.abs(estimate! - exact[r]!.l1!)).toBeLessThan(4 * l1Error!);
      // On the very objects it drew, only the noise of p_T(x) is left.
      const ratios = drawn.map((name) => probabilities.get(keys.get(name)!)! / target.get(keys.get(name)!)!);
      expect(estimate! / mean(ratios.map((ratio) => 2 * Math.max(0, 1 - ratio)))).toBeCloseTo(1, 1);
    });
  });

  // The mean of |p_T/π − 1| over objects of the target reads about 1 here: it does not see where the policy's mass is.
  it("of a policy far from its target agrees with the exact L1, too", async () => {
    const scores = Array.from({ length: 12 }, (_, item) => item);
    const environment = sets({ items: 12, size: 3, scores });
    const network = networkOf(environment, [8]);
    const models = [1, 2].map((seed) => initialWeights(network, seed));
    const inputs = await evaluatorInputs(environment, [8], models);
    const exact = await ExactEvaluator.create(inputs);
    const sampled = await SampledEvaluator.create(inputs);
    const [right, estimates] = [await exact.measure(), await sampled.measure()];
    for (const [r, { l1: estimate, l1Error }] of estimates.entries()) {
      expect(right[r]!.l1).toBeGreaterThan(1.7);
      expect(Math.abs(estimate! - right[r]!.l1!)).toBeLessThan(4 * l1Error!);
      expect(l1Error).toBeGreaterThan(0);
      expect(l1Error).toBeLessThan(0.1);
    }
    for (const each of [exact, sampled]) each.dispose();
  });
});

describe("Trainer", () => {
  it("learns, the same bits every time, each replica as it would alone", async () => {
    const run = async (changes: Partial<TrainerOptions> = {}) => {
      const model = await trainer(changes);
      const curve: number[] = [];
      for await (const { l1: distance } of model.run({ evaluateEvery: 75 })) curve.push(distance!);
      const weights = await model.weights();
      model.dispose();
      return { curve, weights };
    };
    const first = await run();
    expect(first.curve).toHaveLength(3);
    expect(first.curve[2]).toBeLessThan(0.3 * first.curve[0]!);
    expect(await run()).toEqual(first);
    expect((await run({ seed: 4, replicas: 1 })).weights[0]).toEqual(first.weights[1]);
    expect(first.weights[0]).not.toEqual(first.weights[1]);
  });

  it.each([{ objective: renyi() }, { objective: trajectoryBalance() }])(
    "resumes $objective.name bit by bit, in a new trainer",
    async ({ objective }) => {
      const original = await trainer({ objective });
      await original.train(20);
      const state = await original.state();
      await original.train(10);
      const resumed = await trainer({ objective });
      resumed.restore(state);
      expect(await resumed.state()).toEqual(state);
      await resumed.train(10);
      expect(await resumed.state()).toEqual(await original.state());
      expect((await resumed.evaluate()).replicas).toEqual((await original.evaluate()).replicas);
      original.dispose();
      resumed.dispose();
    },
  );

  it("gives back every byte", async () => {
    const device = await testDevice();
    const use = async () => {
      const model = await trainer();
      await model.train(1);
      await model.evaluate();
      await model.state();
      model.dispose();
    };
    await use(); // staging buffers of the device stay for reuse
    const before = device.statistics.bytesAllocated;
    await use();
    expect(device.statistics.bytesAllocated).toBe(before);
  });
});
