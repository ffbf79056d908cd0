/** Learned backward policies on the GPU against the oracle: log-probabilities, gradients, and that they train. */
import { type Environment, hypergrid, sets } from "@webgfn/envs";
import { findEstimator, makeObjective } from "@webgfn/objectives";
import { numbersOf } from "@webgfn/objectives/internal";
import { type LearnedOptions, learnedGradient, learnedTrajectory } from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import { disposeBuffers, environmentData, fitPolicy, packWeights, Replicas, unpackWeights } from "@webgfn/sampler/internal";
import { RandomStream } from "@webgfn/tensor";
import { Trainer } from "@webgfn/trainer";
import { LearnedBackward, type ListedGraph, listGraph, recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { flat, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

vi.setConfig({ testTimeout: 300_000 });

/** Actions that are allowed, drawn uniformly, from the initial state to an object. */
function randomTrajectory({ actions }: Environment, graph: ListedGraph, random: RandomStream): number[] {
  const taken: number[] = [];
  for (let state = graph.initial; !graph.isTerminal(state); ) {
    const allowed = Array.from({ length: actions }, (_, action) => action).filter((action) => graph.child(state, action) !== undefined);
    const action = allowed[Math.floor(allowed.length * random.uniform())]!;
    taken.push(action);
    state = graph.child(state, action)!;
  }
  return taken;
}

const policy = mlp({ hidden: [5], backward: "learned" });
const GRID = hypergrid({ side: 3, r0: 0.1 });
const SETS = sets({ items: 5, size: 3 });

async function gradientOf(
  environment: Environment,
  { objective, alpha, weights: importance, estimator, logZ = 0, backwardLoss = "objective" }: LearnedOptions,
  batch: number,
) {
  const device = await testDevice();
  const net = fitPolicy(policy, environment);
  const goal = makeObjective(objective, {
    ...(alpha === undefined ? {} : { alpha }),
    ...(importance === undefined ? {} : { weights: importance }),
  });
  const replicas = new Replicas(
    device,
    [3, 4].map((seed) => ({ seed, parameters: numbersOf(goal) })),
  );
  const shape = { environment, network: net, objective: goal, estimator: findEstimator(estimator), batch, replicas, backwardLoss };
  const buffers = stepBuffers(device, shape);
  const weights = [1, 2].map((seed) => spreadWeights(net, seed, 1.5));
  weights.forEach((own, r) => {
    buffers.weights.write(packWeights(net, own), 4 * net.weights4 * r);
    buffers.logZ.write(Float32Array.of(logZ), 4 * r);
  });
  const { sample, gradient } = await recordStep(device, shape, buffers);
  await sample.run();
  await gradient.run();
  const packed = (await buffers.gradients.read()) as Float32Array;
  const size = 4 * net.parameters4;
  const found = weights.map((_, r) => flat(unpackWeights(net, packed.subarray(r * size, (r + 1) * size))));
  const trajectories = await readTrajectories(environment, buffers);
  disposeBuffers(buffers);
  return { found, trajectories, networks: weights.map(oracleMlp) };
}

const CASES: { environment: Environment; cases: LearnedOptions[] }[] = [
  {
    environment: GRID,
    cases: [
      { objective: "tb", estimator: "none", logZ: 1.5 },
      { objective: "renyi", alpha: 0.5, estimator: "loo" },
      { objective: "tb", estimator: "none", logZ: 1.5, backwardLoss: "tlm" },
    ],
  },
  {
    environment: SETS,
    cases: [
      { objective: "reverse-kl", estimator: "loo" },
      { objective: "forward-kl", estimator: "loo" },
      { objective: "forward-kl", weights: "raw", estimator: "loo" },
      { objective: "tsallis", alpha: -1, estimator: "none" },
      { objective: "jsd", estimator: "loo" },
      { objective: "reverse-kl", estimator: "loo", backwardLoss: "tlm" },
    ],
  },
];

describe.each(CASES)("$environment.title with a learned p_B", ({ environment, cases }) => {
  const { reference } = twin(environment);

  // Each objective once: every one is a kernel to compile.
  it.each<LearnedOptions>(cases)(
    "gives the oracle's log p_F, log p_B and gradient: $objective $alpha $weights $estimator $backwardLoss",
    async (options) => {
      const { found, trajectories, networks } = await gradientOf(environment, options, 33);
      found.forEach((gradient, r) => {
        const batch = trajectories[r]!.map(({ actions }) => learnedTrajectory(reference, networks[r]!, actions));
        batch.forEach(({ logForward, logBackward }, n) => {
          expect(trajectories[r]![n]!.logForward).toBeCloseTo(logForward, 4);
          expect(trajectories[r]![n]!.logBackward).toBeCloseTo(logBackward, 4);
        });
        expect(gradient).toBeCloseInNorm(learnedGradient(options, batch), 1e-4);
      });
    },
  );

  it("has the oracle's p_B in the table of all states", async () => {
    const device = await testDevice();
    const network = fitPolicy(policy, environment);
    const own = [1, 2].map((seed) => spreadWeights(network, seed, 1.5));
    const weights = device.tensor([2, 4 * network.weights4], { label: "weights" });
    own.forEach((layers, r) => {
      weights.write(packWeights(network, layers), 4 * network.weights4 * r);
    });
    const data = environmentData(device, environment);
    const replicas = new Replicas(device, [{ seed: 1 }, { seed: 2 }]);
    const learned = await LearnedBackward.create({ device, environment, network, weights, data, replicas });
    const table = await learned.read(1);
    const graph = await listGraph(device, environment);
    for (const seed of [1, 2, 3]) {
      const actions = randomTrajectory(environment, graph, new RandomStream(seed));
      const { logBackward } = learnedTrajectory(reference, oracleMlp(own[1]!), actions);
      let state = graph.initial;
      let sum = 0;
      for (const action of actions) {
        state = graph.child(state, action)!;
        sum += Math.log(table[state * environment.actions + action]!);
      }
      expect(sum).toBeCloseTo(logBackward, 4);
    }
    for (const each of [learned, weights, data, replicas]) each.dispose();
  });

  it("trains", async () => {
    const name = cases[0]!.objective;
    const trainer = await Trainer.create(await testDevice(), {
      environment,
      policy,
      objective: makeObjective(name),
      batchSize: 64,
      steps: 300,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(300);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    expect(after).toBeLessThan(0.35 * before);
  });
});

describe("p_B by trajectory likelihood", () => {
  it("trains", async () => {
    const trainer = await Trainer.create(await testDevice(), {
      environment: GRID,
      policy,
      objective: makeObjective("tb"),
      backwardLoss: "tlm",
      batchSize: 64,
      steps: 300,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(300);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    expect(after).toBeLessThan(0.1 * before);
  });

  it("is refused with a uniform p_B", async () => {
    const options = { environment: GRID, objective: makeObjective("tb"), backwardLoss: "tlm" as const };
    await expect(Trainer.create(await testDevice(), options)).rejects.toThrow(/backwardLoss tlm is for a learned backward policy/);
  });
});

describe("a learned p_B", () => {
  it("is refused with the paper's estimator, and where objects have one trajectory", async () => {
    const device = await testDevice();
    const options = { environment: SETS, policy, objective: makeObjective("renyi"), estimator: "paper" as const };
    await expect(Trainer.create(device, options)).rejects.toThrow(/estimator paper needs a uniform backward policy/);
  });
});
