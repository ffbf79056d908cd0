/** Flow matching on the GPU against the oracle, that it trains, and what it does not take. */
import { bitSequences, type Environment, gaussianMixture, hypergrid, phylogenetics, sets } from "@webgfn/envs";
import { findEstimator, flowMatching, type Objective } from "@webgfn/objectives";
import { metricsRecord, numbersOf } from "@webgfn/objectives/internal";
import { annealedEnvironment, flowMatchingLoss, inverseTemperature } from "@webgfn/reference";
import { gin, mlp } from "@webgfn/sampler";
import { disposeBuffers, packWeights, Replicas, unpackWeights } from "@webgfn/sampler/internal";
import { Trainer, type TrainerOptions } from "@webgfn/trainer";
import { recordReplay, recordStep, stepBuffers, withFlowRows } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { inBrief, testDevice } from "./device.js";
import { flat, networkFor, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

const GRID = hypergrid({ dimensions: 2, side: 4, r0: 0.1 });
/** log r̄ of the two replicas. */
const SHIFTS = [0.7, -0.4];

interface Case {
  environment: Environment;
  batch: number;
  loss?: string;
  exploration?: number;
  /** β at the first of 8 steps; this is the third, halfway to β = 1. Default 1. */
  anneal?: number;
  sectionBytes?: number;
  replayed?: boolean;
}

/** One batch of both replicas: what the GPU finds, and the oracle for the same trajectories. */
async function comparison({ environment, batch, loss = "square", exploration = 0, anneal = 1, replayed = false, ...rest }: Case) {
  const device = await testDevice();
  const objective: Objective = flowMatching({ loss, delta: 0.5 });
  const network = withFlowRows(networkFor(mlp({ hidden: [7, 5] }), environment, objective), environment);
  const annealing = { step: 2, steps: 8, anneal, annealUntil: 0.5 };
  const replicas = new Replicas(
    device,
    SHIFTS.map((logRewardShift, r) => ({ seed: 5 + r, parameters: numbersOf(objective), logRewardShift, exploration, ...annealing })),
  );
  const shape = { environment, network, objective, estimator: findEstimator("none"), batch, replicas, path: "fused" as const, ...rest };
  const buffers = stepBuffers(device, shape);
  const weights = SHIFTS.map((_, r) => spreadWeights(network, r, 1.5));
  weights.forEach((own, r) => {
    buffers.weights.write(packWeights(network, own), 4 * network.weights4 * r);
  });
  const { sample, gradient } = await recordStep(device, shape, buffers);
  await sample.run();
  await gradient.run();
  const [packed, metrics] = (await Promise.all([buffers.gradients.read(), buffers.metrics.read()])) as [Float32Array, Float32Array];
  // With `replayed` the same trajectories again, whose rows are evaluated anew.
  if (replayed) {
    await (await recordReplay(device, shape, buffers)).run();
    await gradient.run();
  }
  const again = (await buffers.gradients.read()) as Float32Array;
  const trajectories = await readTrajectories(environment, buffers);
  const size = 4 * network.parameters4;
  const gradientOf = (all: Float32Array, r: number) => flat(unpackWeights(network, all.subarray(r * size, (r + 1) * size)));
  const found = weights.map((own, r) => {
    const target = annealedEnvironment(twin(environment).reference, inverseTemperature(annealing.step, annealing), SHIFTS[r]!);
    const actions = trajectories[r]!.map((trajectory) => trajectory.actions);
    const options = { logRewardShift: SHIFTS[r]!, regression: (objective as ReturnType<typeof flowMatching>).host };
    return {
      gradient: gradientOf(packed, r),
      again: gradientOf(again, r),
      loss: metricsRecord.get(metrics, r, "loss"),
      expected: flowMatchingLoss(options, target, oracleMlp(own), actions),
    };
  });
  disposeBuffers(buffers);
  return found;
}

describe("loss and gradient of a batch", () => {
  const CASES: readonly Case[] = [
    { environment: GRID, batch: 33, loss: "huber", exploration: 0.4, anneal: 0.2, replayed: true },
    // A fixed number of actions, and records in several bindings.
    { environment: sets({ items: 9, size: 4 }), batch: 10, sectionBytes: 50_000 },
    { environment: sets({ items: 5, size: 1 }), batch: 1 },
  ];
  const chosen = inBrief ? CASES.slice(0, 1) : CASES;
  it.each(chosen.map((given) => ({ ...given, title: given.environment.title })))(
    "is the oracle's on $title",
    async ({ title: _, ...given }) => {
      for (const { gradient, again, loss, expected } of await comparison(given)) {
        expect(gradient).toBeCloseInNorm(expected.gradient, 1e-4);
        expect([...again]).toEqual([...gradient]);
        expect(Math.abs(loss - expected.value)).toBeLessThan(1e-4 * (1 + Math.abs(expected.value)));
      }
    },
  );
});

describe("training", () => {
  it.skipIf(inBrief).each<{ what: string; options: Omit<TrainerOptions, "objective"> }>([
    { what: "the hypergrid", options: { environment: GRID, steps: 400 } },
    // Objects drawn from the buffer as well, of one number of actions.
    { what: "sets", options: { environment: sets({ items: 8, size: 3 }), steps: 400, source: "policy:0.5,replay:0.5" } },
  ])("learns $what", async ({ what, options }) => {
    const { steps = 0 } = options;
    const shared = { policy: mlp({ hidden: [32, 32] }), objective: flowMatching(), batchSize: 64, learningRate: 1e-2 };
    const trainer = await Trainer.create(await testDevice(), { ...shared, ...options });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(steps);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    console.log(`${what}, fm: L1 ${before.toFixed(3)} -> ${after.toFixed(4)}`);
    expect(before).toBeGreaterThan(0.2);
    expect(after).toBeLessThan(0.05);
  });
});

describe("what it does not take is refused", () => {
  it.each<{ options: Omit<TrainerOptions, "objective">; message: RegExp }>([
    {
      options: { environment: gaussianMixture() },
      message: /fm adds up the flows along all edges into a state, and in .* cannot be counted/,
    },
    {
      options: { environment: GRID, policy: mlp({ backward: "learned" }) },
      message: /fm has no backward policy, and this policy learns one/,
    },
    {
      options: { environment: phylogenetics({ species: 4 }), policy: gin() },
      message: /fm evaluates the policy off its trajectories, as mlp alone can be and gin cannot/,
    },
    { options: { environment: GRID, path: "layered" }, message: /fm has the fused path alone/ },
    {
      options: { environment: bitSequences({ bits: 120, wordBits: 8, order: "any" }) },
      message: /up to 3840 edges into each of up to 15 states: .* GiB for 128 trajectories of .*, and 2.0 GiB is the most/,
    },
  ])("%#: $message", async ({ options, message }) => {
    await expect(Trainer.create(await testDevice(), { ...options, objective: flowMatching() })).rejects.toThrow(message);
  });
});
