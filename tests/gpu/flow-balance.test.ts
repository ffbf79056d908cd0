/** VarGrad, detailed balance, SubTB and modified detailed balance on the GPU against the oracle, and that they train. */
import { dags, type Environment, gaussianMixture, hypergrid, phylogenetics, sequences, sets } from "@webgfn/envs";
import {
  detailedBalance,
  findEstimator,
  makeObjective,
  modifiedDetailedBalance,
  type Objective,
  subtrajectoryBalance,
  varGrad,
} from "@webgfn/objectives";
import { metricsRecord, numbersOf } from "@webgfn/objectives/internal";
import { annealedEnvironment, type FlowObjectiveName, type FlowOptions, flowLoss, inverseTemperature } from "@webgfn/reference";
import { type EvaluationPath, gin, mlp } from "@webgfn/sampler";
import { disposeBuffers, fitPolicy, packWeights, Replicas, unpackWeights } from "@webgfn/sampler/internal";
import { Trainer } from "@webgfn/trainer";
import { recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { inBrief, testDevice } from "./device.js";
import { flat, networkFor, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

const GRID = hypergrid({ dimensions: 2, side: 4, r0: 0.1 });
const GRAPHS = dags({ variables: 3, samples: 20 });
const SEQUENCES = sequences({ symbols: 3, length: 4 });
/** log r̄ of the two replicas. */
const SHIFTS = [0.7, -0.4];

interface Case {
  environment: Environment;
  objective: Objective;
  hidden: readonly number[];
  batch: number;
  backward?: "uniform" | "learned";
  backwardLoss?: "objective" | "tlm";
  exploration?: number;
  /** β at the first of 8 steps; this is the third, halfway to β = 1. Default 1. */
  anneal?: number;
  path?: EvaluationPath;
  sectionBytes?: number;
}

/** One batch of both replicas: what the GPU finds, and the oracle for the same trajectories. */
async function comparison({ environment, objective, hidden, batch, backward = "uniform", exploration = 0, anneal = 1, ...rest }: Case) {
  const device = await testDevice();
  const net = networkFor(mlp({ hidden, backward }), environment, objective);
  const annealing = { step: 2, steps: 8, anneal, annealUntil: 0.5 };
  const replicas = new Replicas(
    device,
    SHIFTS.map((logRewardShift, r) => ({ seed: 5 + r, parameters: numbersOf(objective), logRewardShift, exploration, ...annealing })),
  );
  const shape = { environment, network: net, objective, estimator: findEstimator("none"), batch, replicas, ...rest };
  const buffers = stepBuffers(device, shape);
  const weights = SHIFTS.map((_, r) => spreadWeights(net, r, 1.5));
  weights.forEach((own, r) => {
    buffers.weights.write(packWeights(net, own), 4 * net.weights4 * r);
  });
  const { sample, gradient } = await recordStep(device, shape, buffers);
  await sample.run();
  await gradient.run();
  const [packed, metrics] = (await Promise.all([buffers.gradients.read(), buffers.metrics.read()])) as [Float32Array, Float32Array];
  const trajectories = await readTrajectories(environment, buffers);
  const size = 4 * net.parameters4;
  const found = weights.map((own, r) => {
    const parameter = (name: string) => objective.parameters[name]?.value;
    const options = {
      objective: objective.name as FlowObjectiveName,
      lambda: parameter("lambda") as number | undefined,
      weighting: parameter("weighting") as FlowOptions["weighting"],
      delta: parameter("delta") as number | undefined,
      forwardLooking: parameter("forwardLooking") as boolean | undefined,
      learnedBackward: backward === "learned",
      backwardLoss: rest.backwardLoss,
      logRewardShift: SHIFTS[r]!,
    };
    const actions = trajectories[r]!.map((trajectory) => trajectory.actions);
    const { reference } = twin(environment);
    const target = annealedEnvironment(reference, inverseTemperature(annealing.step, annealing), SHIFTS[r]!);
    const expected = flowLoss(options, target, oracleMlp(own), actions);
    return {
      gradient: flat(unpackWeights(net, packed.subarray(r * size, (r + 1) * size))),
      loss: metricsRecord.get(metrics, r, "loss"),
      expected,
    };
  });
  disposeBuffers(buffers);
  return found;
}

/** What is unusual about a case. */
function titleOf({ environment, objective, backward, backwardLoss, path, exploration, anneal }: Case): string {
  const unusual = {
    forwardLooking: objective.parameters["forwardLooking"]?.value === true,
    backward,
    backwardLoss,
    path,
    exploration,
    anneal,
  };
  const parts = Object.entries(unusual).filter(([, value]) => value !== undefined && value !== false);
  return [`of ${objective.name} on ${environment.title} is the oracle's`, ...parts.map((part) => part.join(" "))].join(", ");
}

describe("loss and gradient of a batch", () => {
  // Trajectories of unequal lengths, one of a single transition among them, and of equal ones. The same sizes where they do not matter: drivers
  // compile most kernels once.
  const CASES: readonly Case[] = [
    { environment: GRID, objective: varGrad(), hidden: [7, 5], batch: 33 },
    { environment: GRID, objective: detailedBalance(), hidden: [7, 5], batch: 33 },
    { environment: sets({ items: 9, size: 4 }), objective: subtrajectoryBalance({ lambda: 0.5 }), hidden: [6], batch: 10 },
    { environment: GRID, objective: modifiedDetailedBalance(), hidden: [7, 5], batch: 33, backward: "learned" },
    { environment: GRID, objective: subtrajectoryBalance(), hidden: [7, 5], batch: 33 },
    { environment: sets({ items: 5, size: 1 }), objective: detailedBalance(), hidden: [3], batch: 1 },
    { environment: phylogenetics({ species: 5, sites: 8 }), objective: subtrajectoryBalance({ lambda: 1 }), hidden: [6], batch: 17 },
    { environment: GRID, objective: subtrajectoryBalance({ lambda: 0.7, weighting: "geometric" }), hidden: [7, 5], batch: 33 },
    { environment: GRID, objective: subtrajectoryBalance({ weighting: "equal" }), hidden: [7, 5], batch: 33 },
    { environment: GRID, objective: subtrajectoryBalance({ weighting: "equal-within" }), hidden: [7, 5], batch: 33 },
    { environment: GRID, objective: detailedBalance({ forwardLooking: true }), hidden: [7, 5], batch: 33 },
    { environment: SEQUENCES, objective: subtrajectoryBalance({ forwardLooking: true }), hidden: [7], batch: 12 },
    { environment: GRID, objective: modifiedDetailedBalance({ delta: 0.5 }), hidden: [7, 5], batch: 33 },
    { environment: GRID, objective: modifiedDetailedBalance(), hidden: [7, 5], batch: 33, exploration: 0.4, sectionBytes: 8192 },
    { environment: GRID, objective: modifiedDetailedBalance(), hidden: [7, 5], batch: 33, path: "layered" },
    { environment: GRID, objective: modifiedDetailedBalance(), hidden: [7, 5], batch: 33, backward: "learned", backwardLoss: "tlm" },
    { environment: GRAPHS, objective: modifiedDetailedBalance({ delta: 3 }), hidden: [6], batch: 17, backward: "learned", path: "layered" },
    { environment: SEQUENCES, objective: modifiedDetailedBalance(), hidden: [7], batch: 12 },
    { environment: GRID, objective: varGrad(), hidden: [7, 5], batch: 33, anneal: 0.2 },
    { environment: GRID, objective: subtrajectoryBalance(), hidden: [7, 5], batch: 33, anneal: 0.2 },
    { environment: GRID, objective: detailedBalance({ forwardLooking: true }), hidden: [7, 5], batch: 33, anneal: 0.2 },
    {
      environment: SEQUENCES,
      objective: subtrajectoryBalance({ forwardLooking: true }),
      hidden: [7],
      batch: 12,
      anneal: 0.2,
      path: "layered",
    },
    { environment: GRID, objective: modifiedDetailedBalance(), hidden: [7, 5], batch: 33, anneal: 0.2 },
  ];
  /** The first ones have a kernel of each objective: SwiftShader takes seconds for each. */
  const chosen = inBrief ? CASES.slice(0, 4) : CASES;

  it.each(chosen.map((given) => ({ ...given, title: titleOf(given) })))("$title", async ({ title: _, ...given }) => {
    for (const { gradient, loss, expected } of await comparison(given)) {
      expect(gradient).toBeCloseInNorm(expected.gradient, 1e-4);
      expect(Math.abs(loss - expected.value)).toBeLessThan(1e-4 * (1 + Math.abs(expected.value)));
    }
  });
});

describe("training", () => {
  it.skipIf(inBrief).each(["vargrad", "db", "subtb", "mdb"])("with %s learns the hypergrid", async (name) => {
    const objective = makeObjective(name);
    const trainer = await Trainer.create(await testDevice(), {
      environment: GRID,
      policy: mlp({ hidden: [32, 32] }),
      objective,
      batchSize: 64,
      steps: 600,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(600);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    console.log(`hypergrid 4×4, ${name}: L1 ${before.toFixed(3)} -> ${after.toFixed(4)}`);
    expect(after).toBeLessThan(0.1 * before);
  });

  it.skipIf(inBrief).each([
    { name: "mdb", options: { policy: mlp({ hidden: [32, 32], backward: "learned" }), exploration: 0.1 } },
    { name: "db", options: { policy: mlp({ hidden: [32, 32] }), exploration: 0.1 }, forwardLooking: true },
  ])("with $name learns the hypergrid from what ε-greedy chose, and p_B where it is learned", async ({ name, options, forwardLooking }) => {
    const objective = makeObjective(name, { forwardLooking });
    const trainer = await Trainer.create(await testDevice(), {
      environment: GRID,
      objective,
      batchSize: 64,
      steps: 600,
      learningRate: 1e-2,
      ...options,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(600);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    console.log(`hypergrid 4×4, ${name} off the policy: L1 ${before.toFixed(3)} -> ${after.toFixed(4)}`);
    expect(after).toBeLessThan(0.1 * before);
  });

  it.skipIf(inBrief)("with db learns a density", async () => {
    const trainer = await Trainer.create(await testDevice(), {
      environment: gaussianMixture(),
      policy: mlp({ hidden: [32] }),
      objective: detailedBalance(),
      batchSize: 64,
      steps: 400,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).js!;
    await trainer.train(400);
    const after = (await trainer.evaluate()).js!;
    trainer.dispose();
    console.log(`Gaussian mixture, db: JS ${before.toFixed(3)} -> ${after.toFixed(4)}`);
    expect(after).toBeLessThan(0.5 * before);
  });
});

describe("a flow", () => {
  it("is an output that the objective asks for, and that a policy with a uniform p_B can have", async () => {
    const options = { environment: GRID, policy: mlp({ backward: "learned" }), objective: detailedBalance() };
    await expect(Trainer.create(await testDevice(), options)).rejects.toThrow(/cannot learn a backward policy as well/);
    expect(() => fitPolicy(gin(), phylogenetics({ species: 4 }), { flow: true })).toThrow(/no head for log F/);
    for (const lambda of [0, -1, 1.1, Number.NaN, "1" as never])
      expect(() => subtrajectoryBalance({ lambda })).toThrow(/lambda must be a number/);
    expect(() => makeObjective("db", { lambda: 0.5 })).toThrow(/db has no lambda; subtb does/);
    expect(() => makeObjective("subtb", { alpha: 0.5 })).toThrow(/subtb has no alpha; renyi and tsallis do/);
  });
});

describe("the reward of every state", () => {
  it.each([
    {
      objective: modifiedDetailedBalance(),
      message: /mdb needs an environment in which every state is an object and may stop, and sets of/,
    },
    { objective: detailedBalance({ forwardLooking: true }), message: /db with forwardLooking needs an environment in which every state/ },
    { objective: subtrajectoryBalance({ forwardLooking: true }), message: /subtb with forwardLooking needs an environment/ },
  ])("is what $objective.name needs, and sets have none", async ({ objective, message }) => {
    await expect(Trainer.create(await testDevice(), { environment: sets({ items: 5, size: 2 }), objective })).rejects.toThrow(message);
  });
});
