/** The graph isomorphism network on the GPU against the oracle: log-probabilities, gradients, the exact distribution. */
import { type Environment, phylogenetics, sets } from "@webgfn/envs";
import { type EstimatorName, forwardKl, type Objective, renyi, trajectoryBalance } from "@webgfn/objectives";
import { numbersOf } from "@webgfn/objectives/internal";
import { batchGradient, type Forest, ginChoices, ginTrajectory, type ObjectiveName, written } from "@webgfn/reference";
import { gin, type LinearWeights } from "@webgfn/sampler";
import {
  decodeSafetensors,
  disposeBuffers,
  encodeSafetensors,
  fitPolicy,
  packWeights,
  Replicas,
  sourceOf,
  stackLayers,
  unpackWeights,
  unstackLayers,
  weightsTensor,
} from "@webgfn/sampler/internal";
import { enumerateObjects, Trainer } from "@webgfn/trainer";
import { ExactEvaluator, recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { alphaOf, estimatorOf, flat, makeRollout, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";

const trees = (species: number): Environment => phylogenetics({ species, sites: 12, dataSeed: 2 });
const taxaOf = (environment: Environment): number => environment.leaves!;

const weightsOf = (environment: Environment, hidden: readonly number[], seed: number): LinearWeights[] =>
  spreadWeights(fitPolicy(gin({ hidden }), environment), seed, 1);

describe("rollout", () => {
  // Widths that are no multiples of four, more and fewer layers than two, batches below and beyond a tile.
  it.each([
    { species: 5, hidden: [6, 5], batch: 40, replicas: 2 },
    { species: 3, hidden: [3], batch: 3, replicas: 1 },
    { species: 9, hidden: [4, 8, 5], batch: 300, replicas: 1 },
    { species: 7, hidden: [64, 64], batch: 20, replicas: 1, checked: 1 },
  ])(
    "of $species species, layers $hidden, batch $batch, has the oracle's log p_F",
    async ({ species, hidden, batch, replicas, checked = 40 }) => {
      const environment = trees(species);
      const net = fitPolicy(gin({ hidden }), environment);
      const weights = Array.from({ length: replicas }, (_, r) => weightsOf(environment, hidden, r));
      const settings = weights.map((_, r) => ({ seed: 3 + r }));
      const rollout = await makeRollout(await testDevice(), { environment, net, batch, weights, settings });
      const sampled = await rollout.sample();
      for (const [r, trajectories] of sampled.entries()) {
        const oracle = oracleMlp(weights[r]!);
        for (const { logForward, actions } of trajectories.slice(0, checked)) {
          expect(actions).toHaveLength(species - 1);
          expect(logForward).toBeCloseTo(ginTrajectory(oracle, species, actions).logForward, 4);
        }
      }
      expect(await rollout.replay()).toEqual(sampled);
    },
  );
});

/** The gradient of one batch for both of two replicas, and the oracle's for the same trajectories. */
async function gradients(environment: Environment, hidden: readonly number[], objective: Objective, batch: number) {
  const device = await testDevice();
  const policy = gin({ hidden });
  const net = fitPolicy(policy, environment);
  const estimator = estimatorOf(objective);
  // log r̄ as a trainer would have it: near the rewards.
  const logRewardShift = environment.exactLogZ.available ? environment.exactLogZ.value : 0;
  const replicas = new Replicas(
    device,
    [3, 4].map((seed) => ({ seed, parameters: numbersOf(objective), logRewardShift })),
  );
  const shape = { environment, network: net, objective, estimator, batch, replicas };
  const buffers = stepBuffers(device, shape);
  const weights = [1, 2].map((seed) => weightsOf(environment, hidden, seed));
  weights.forEach((own, r) => {
    buffers.weights.write(packWeights(net, own), 4 * net.weights4 * r);
  });
  const programs = await recordStep(device, shape, buffers);
  await programs.step.run();
  const moments = (await buffers.moments.read()) as Float32Array;
  const trajectories = await readTrajectories(environment, buffers);
  const size = 4 * net.parameters4;
  const pairs = weights.map((own, r) => {
    const batchOf = trajectories[r]!.map((trajectory) => ({
      ...trajectory,
      ...ginTrajectory(oracleMlp(own), taxaOf(environment), trajectory.actions),
    }));
    const options = {
      objective: objective.name as ObjectiveName,
      estimator: estimator.name as EstimatorName,
      alpha: alphaOf(objective),
      logZ: 0,
    };
    const columns = {
      logForward: batchOf.map(({ logForward }) => logForward),
      logBackward: batchOf.map(({ logBackward }) => logBackward),
      logReward: batchOf.map(({ logReward }) => logReward),
    };
    const { gradient } = batchGradient(
      options,
      columns,
      batchOf.map(({ score }) => score),
    );
    // What Adam was given at the first step, from its first moment .1 · G.
    const found = flat(unpackWeights(net, moments.subarray(2 * r * size, 2 * r * size + size))).map((moment) => moment / 0.1);
    return { found, expected: gradient };
  });
  disposeBuffers(buffers);
  return pairs;
}

describe("gradient", () => {
  // The paper's estimator also sees what is in padding, which the comparison does not.
  it.each([
    { species: 5, hidden: [6, 5], objective: renyi(), batch: 33 },
    { species: 4, hidden: [3], objective: trajectoryBalance(), batch: 5 },
    { species: 6, hidden: [4, 5, 7], objective: forwardKl(), batch: 18 },
  ])("of $objective.name on $species species, layers $hidden, is the oracle's", async ({ species, hidden, objective, batch }) => {
    for (const { found, expected } of await gradients(trees(species), hidden, objective, batch)) {
      expect(found).toBeCloseInNorm(expected, 1e-4);
      expect(found).toBeCloseInNorm(expected, 1e-4);
    }
  });

  it("of r, and of the layers below it, does not vanish", async () => {
    const environment = trees(5);
    const net = fitPolicy(gin({ hidden: [6, 5] }), environment);
    const [{ found } = { found: new Float64Array() }] = await gradients(environment, [6, 5], renyi(), 33);
    let start = 0;
    for (const { inputs, outputs } of net.layers) {
      const size = (inputs + 1) * outputs;
      expect(Math.max(...found.subarray(start, start + size).map(Math.abs))).toBeGreaterThan(1e-3);
      start += size;
    }
    expect(start).toBe(found.length);
  });
});

/** p_T of every tree by its Newick text. */
function terminating(weights: readonly LinearWeights[], taxa: number, names: readonly string[]): Map<string, number> {
  const oracle = oracleMlp(weights);
  let level = new Map<string, { forest: Forest; mass: number }>();
  level.set("", { forest: Array.from({ length: taxa }, (_, leaf) => leaf), mass: 1 });
  for (let joins = 1; joins < taxa; joins++) {
    const next = new Map<string, { forest: Forest; mass: number }>();
    for (const { forest, mass } of level.values()) {
      for (const choice of ginChoices(oracle, forest)) {
        const key = JSON.stringify(choice.next);
        next.set(key, { forest: choice.next, mass: (next.get(key)?.mass ?? 0) + mass * choice.probability });
      }
    }
    level = next;
  }
  return new Map([...level.values()].map(({ forest, mass }) => [`${written(forest[0]!, names)};`, mass]));
}

describe("exact distribution", () => {
  it("is the oracle's at every tree", async () => {
    const environment = phylogenetics({ species: 5, sites: 12, dataSeed: 2 });
    const device = await testDevice();
    const net = fitPolicy(gin({ hidden: [6, 5] }), environment);
    const weights = [1, 2].map((seed) => weightsOf(environment, [6, 5], seed));
    const replicas = new Replicas(
      device,
      weights.map((_, seed) => ({ seed })),
    );
    const tensor = weightsTensor(device, net, weights);
    const data = device.tensorFrom(environment.data);
    const exact = await ExactEvaluator.create({ device, environment, network: net, weights: tensor, data, replicas });
    await exact.measure();
    const objects = await enumerateObjects(device, environment);
    expect(objects).toHaveLength(105);
    for (const [r, own] of weights.entries()) {
      const probabilities = await exact.probabilities(r);
      const expected = terminating(own, 5, environment.alignment.names);
      for (const { object, index } of objects) {
        expect(probabilities[index]).toBeCloseTo(expected.get((object as { newick: string }).newick)!, 6);
      }
    }
    exact.dispose();
    for (const each of [tensor, data]) each.dispose();
    replicas.dispose();
  });
});

describe("training", () => {
  it("learns a target, and goes on from a checkpoint with the same bits", async () => {
    const options = {
      environment: trees(5),
      policy: gin({ hidden: [32, 32] }),
      objective: renyi(),
      batchSize: 64,
      steps: 300,
      learningRate: 3e-3,
    };
    const device = await testDevice();
    const trainer = await Trainer.create(device, options);
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(150);
    const half = await trainer.state();
    await trainer.train(150);
    const after = (await trainer.evaluate()).l1!;
    const end = await trainer.weights();
    console.log(`graph network, 5 species, Rényi: L1 ${before.toFixed(3)} -> ${after.toFixed(3)}`);
    expect(after).toBeLessThan(0.4 * before);

    const file = decodeSafetensors(
      sourceOf(encodeSafetensors({ tensors: stackLayers("policy", trainer.network, half.weights), metadata: {} })),
    );
    trainer.restore({ ...half, weights: unstackLayers("policy", trainer.network, file.tensors, 1) });
    await trainer.train(150);
    expect(await trainer.weights()).toEqual(end);
    trainer.dispose();
  });

  it("is refused where states are no forests, and with a learned p_B", () => {
    expect(() => fitPolicy(gin(), sets())).toThrow(/forests, which those of sets of 16 out of 32 items are not/);
    expect(() => fitPolicy(gin().with({ backward: "learned" }), trees(5))).toThrow(/no learned backward policy/);
    expect(() => gin({ hidden: [] })).toThrow(/widths of 1 to 8 layers/);
  });
});
