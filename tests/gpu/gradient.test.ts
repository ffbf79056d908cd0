/** Training steps against the oracle, on the batch that the GPU itself sampled: the gradient, Adam, log Z. */
import { dags, type Environment, hypergrid, phylogenetics, sequences, sets } from "@webgfn/envs";
import {
  detailedBalance,
  type EstimatorName,
  findEstimator,
  forwardKl,
  type Objective,
  renyi,
  reverseKl,
  trajectoryBalance,
  tsallis,
} from "@webgfn/objectives";
import { numbersOf } from "@webgfn/objectives/internal";
import {
  adamState,
  adamStep,
  type Batch,
  batchGradient,
  decayed,
  flowLoss,
  logBackward,
  logForward,
  mean,
  type ObjectiveName,
  terminalState,
  trajectoryScore,
} from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import { disposeBuffers, packWeights, type ReplicaSettings, Replicas, unpackWeights } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { recordReplay, recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { inBrief, testDevice } from "./device.js";
import { alphaOf, flat, networkFor, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for an objective.
vi.setConfig({ testTimeout: 300_000 });

const ORDERS = [-1, 0.5, 2];
const DIVERGENCES = [reverseKl(), forwardKl(), ...ORDERS.map((alpha) => renyi({ alpha })), ...ORDERS.map((alpha) => tsallis({ alpha }))];
const GRID = hypergrid({ side: 4, r0: 0.1 });

/** log r̄ and log Z of the two replicas of every case, neither zero. */
const SHIFTS = [0.7, -0.4];
const LOG_Z = [1.5, -2];

interface StepCase {
  environment: Environment;
  hidden: readonly number[];
  batch: number;
  objective: Objective;
  estimator: EstimatorName;
  /** Added to every log R, and to log r̄. */
  offset?: number;
  settings?: Partial<ReplicaSettings>;
}

/** A recorded training step with weights, log r̄ and log Z of our own; one replica for each of `SHIFTS`. Rates are 0 unless given. */
async function makeStep(device: Device, { environment, hidden, batch, objective, estimator, offset = 0, settings }: StepCase) {
  const net = networkFor(mlp({ hidden }), environment, objective);
  const replicas = new Replicas(
    device,
    SHIFTS.map((shift, r) => ({
      seed: 20 + r,
      parameters: numbersOf(objective),
      logRewardShift: shift + offset,
      steps: 1000,
      ...settings,
    })),
  );
  const shape = { environment, network: net, objective, estimator: findEstimator(estimator), batch, replicas };
  const buffers = stepBuffers(device, shape);
  buffers.data.write(environment.data.map((value) => value + offset));
  const weights = SHIFTS.map((_, r) => spreadWeights(net, r, 2));
  weights.forEach((own, r) => {
    buffers.weights.write(packWeights(net, own), 4 * net.weights4 * r);
    buffers.logZ.write(Float32Array.of(LOG_Z[r]!), 4 * r);
  });
  const size = 4 * net.parameters4;
  return {
    net,
    buffers,
    weights,
    programs: await recordStep(device, shape, buffers),
    replay: () => recordReplay(device, shape, buffers),
    trajectories: () => readTrajectories(environment, buffers),
    /** The accumulated gradient of a one-channel estimator. */
    gradient: async (replica: number) => flat(unpackWeights(net, (await buffers.gradients.read(replica * size, size)) as Float32Array)),
    /** What Adam was given at the first step, from its first moment 0.1 · G. */
    firstGradient: async (replica: number) =>
      flat(unpackWeights(net, (await buffers.moments.read(2 * replica * size, size)) as Float32Array)).map((moment) => moment / 0.1),
    dispose() {
      disposeBuffers(buffers);
    },
  };
}

type Step = Awaited<ReturnType<typeof makeStep>>;

/** What the oracle makes of the trajectories of one replica, without shift and offset. */
interface OracleBatch extends Batch {
  scores: Float64Array[];
}

const batches = new Map<string, OracleBatch>();

/** The scores of the same trajectories are needed for every objective: they are kept. */
async function oracleBatch(step: Step, environment: Environment, replica: number): Promise<OracleBatch> {
  const trajectories = (await step.trajectories())[replica]!;
  const key = JSON.stringify([environment.title, flat(step.weights[replica]!)[0], trajectories.map(({ actions }) => actions)]);
  const { reference } = twin(environment);
  const mlp = oracleMlp(step.weights[replica]!);
  const made = batches.get(key) ?? {
    logForward: trajectories.map(({ actions }) => logForward(reference, mlp, actions)),
    logBackward: trajectories.map(({ actions }) => logBackward(reference, actions)),
    logReward: trajectories.map(({ actions }) => reference.logReward(terminalState(reference, actions))),
    scores: trajectories.map(({ actions }) => trajectoryScore(reference, mlp, actions)),
  };
  batches.set(key, made);
  return made;
}

/** The gradient of one step, for every replica. */
async function expectOracleGradient(given: StepCase, tolerance = 1e-4): Promise<void> {
  const { environment, objective, estimator } = given;
  const step = await makeStep(await testDevice(), given);
  await step.programs.step.run();
  for (const replica of [0, 1]) {
    const { scores, ...batch } = await oracleBatch(step, environment, replica);
    // Whatever is added to every log R, and to log r̄, cancels in ρ. TB compares log Z with log R itself.
    const shift = objective.family === "balance" ? 0 : SHIFTS[replica]!;
    const options = { objective: objective.name as ObjectiveName, estimator, alpha: alphaOf(objective), logZ: LOG_Z[replica] };
    const expected = batchGradient(options, { ...batch, logReward: batch.logReward.map((logR) => logR - shift) }, scores);
    expect(await step.firstGradient(replica)).toBeCloseInNorm(expected.gradient, tolerance);
    if (estimator !== "paper") expect(await step.gradient(replica)).toBeCloseInNorm(expected.gradient, tolerance);
    const [logZ, logZMoment] = await step.buffers.logZ.read(4 * replica, 2);
    expect(logZ).toBe(LOG_Z[replica]);
    expect(logZMoment).toBeCloseTo(0.1 * expected.logZGradient, 5);
  }
  step.dispose();
}

describe("gradient of a batch of unequal lengths", () => {
  const given = { environment: GRID, hidden: [7, 5], batch: 33 };
  it.each(
    [
      ...DIVERGENCES.map((objective) => ({ objective, estimator: "paper" as const })),
      ...ORDERS.map((alpha) => ({ objective: renyi({ alpha }), estimator: "loo" as const })),
      { objective: trajectoryBalance(), estimator: "none" as const },
    ].map((each) => ({ ...each, title: `${each.objective.name} ${alphaOf(each.objective) ?? ""} ${each.estimator}` })),
  )("$title", ({ objective, estimator }) => expectOracleGradient({ ...given, objective, estimator }));

  it.each(DIVERGENCES.map((objective) => ({ objective, title: `${objective.name} ${alphaOf(objective) ?? ""}` })))(
    "$title where log R is about 1000",
    ({ objective }) => expectOracleGradient({ ...given, objective, estimator: "paper", offset: 1000 }, 1e-3),
  );
});

describe("gradient of other shapes and environments", () => {
  it.each([
    { environment: hypergrid({ dimensions: 1, side: 5, r0: 0.2 }), hidden: [3], batch: 2, estimator: "paper" as const },
    { environment: hypergrid({ dimensions: 1, side: 5, r0: 0.2 }), hidden: [1, 1], batch: 1, estimator: "none" as const },
    { environment: sets({ items: 33, size: 4 }), hidden: [20], batch: 128, estimator: "paper" as const },
    // More workgroups of parameters than a workgroup has lanes: half a minute in SwiftShader.
    ...(inBrief ? [] : [{ environment: sets({ items: 33, size: 4 }), hidden: [256], batch: 8, estimator: "paper" as const }]),
    { environment: sequences({ symbols: 3, length: 3 }), hidden: [7, 5], batch: 33, estimator: "loo" as const },
    { environment: dags({ variables: 3, samples: 20 }), hidden: [7, 5], batch: 33, estimator: "loo" as const },
    { environment: phylogenetics({ species: 5, sites: 8 }), hidden: [7, 5], batch: 33, estimator: "loo" as const },
  ])("$environment.title, hidden $hidden, batch $batch, $estimator", (given) => expectOracleGradient({ ...given, objective: renyi() }));
});

describe("update", () => {
  const settings = { learningRate: 0.01, logZRate: 0.1, steps: 20, decayPower: 2, logZDecayPower: 0.5 };
  const given: StepCase = { environment: GRID, hidden: [7, 5], batch: 33, objective: trajectoryBalance(), estimator: "none", settings };

  it("is Adam's with a decaying rate, for the weights and log Z, and keeps the transposed copies in step", async () => {
    const step = await makeStep(await testDevice(), given);
    const weights = step.weights.map((own) => adamState(flat(own)));
    const logZ = LOG_Z.map((value) => adamState(Float64Array.of(value)));
    for (let count = 0; count < 5; count++) {
      await step.programs.step.run();
      for (const replica of [0, 1]) {
        const rate = decayed(settings.learningRate, count, settings.steps, settings.decayPower);
        weights[replica] = adamStep(weights[replica]!, await step.gradient(replica), { learningRate: rate });
        const packed = (await step.buffers.weights.read(4 * step.net.weights4 * replica, 4 * step.net.weights4)) as Float32Array;
        const gpu = unpackWeights(step.net, packed);
        expect(packWeights(step.net, gpu)).toEqual(packed);
        expect(flat(gpu)).toBeAllClose(weights[replica]!.parameters, { ofLargest: 1e-6 });

        // The balance error's mean is the loss' derivative by 2 log Z, whatever the policy has become.
        const d = (await step.trajectories())[replica]!.map(
          (t) => logZ[replica]!.parameters[0]! + t.logForward - t.logBackward - t.logReward,
        );
        const logZRate = decayed(settings.logZRate, count, settings.steps, settings.logZDecayPower);
        logZ[replica] = adamStep(logZ[replica]!, Float64Array.of(2 * mean(d)), { learningRate: logZRate });
        const [value, first, second] = await step.buffers.logZ.read(4 * replica, 3);
        expect(value).toBeCloseTo(logZ[replica]!.parameters[0]!, 5);
        expect(first! / logZ[replica]!.firstMoment[0]!).toBeCloseTo(1, 4);
        expect(second! / logZ[replica]!.secondMoment[0]!).toBeCloseTo(1, 4);
      }
    }
    step.dispose();
  });

  // With a flow every transition has a coefficient of its own, which the backward pass multiplies into the records.
  it.each([trajectoryBalance(), detailedBalance()])(
    "of $name learns twice from one batch, the second time at the new weights",
    async (objective) => {
      const step = await makeStep(await testDevice(), { ...given, objective });
      const replay = await step.replay();
      const replica = 1;
      let expected = adamState(flat(step.weights[replica]!));
      await step.programs.sample.run();
      const actions = (await step.trajectories())[replica]!.map((trajectory) => trajectory.actions);
      for (const count of [0, 1]) {
        if (count > 0) await replay.run();
        expect(await step.buffers.replicas.steps()).toEqual([count, count]);
        const [logZ] = await step.buffers.logZ.read(4 * replica, 1);
        const weights = (await step.buffers.weights.read(4 * step.net.weights4 * replica, 4 * step.net.weights4)) as Float32Array;
        const policy = oracleMlp(unpackWeights(step.net, weights));
        await step.programs.learn.run();
        const { reference } = twin(GRID);
        const shift = SHIFTS[replica]!;
        const oracle =
          objective.name === "db"
            ? flowLoss({ objective: "db", logRewardShift: shift }, reference, policy, actions).gradient
            : batchGradient(
                { objective: "tb", estimator: "none", logZ },
                {
                  logForward: actions.map((each) => logForward(reference, policy, each)),
                  logBackward: actions.map((each) => logBackward(reference, each)),
                  logReward: actions.map((each) => reference.logReward(terminalState(reference, each))),
                },
                actions.map((each) => trajectoryScore(reference, policy, each)),
              ).gradient;
        expect(await step.gradient(replica)).toBeCloseInNorm(oracle, 1e-4);
        const rate = decayed(settings.learningRate, count, settings.steps, settings.decayPower);
        expected = adamStep(expected, await step.gradient(replica), { learningRate: rate });
      }
      const packed = (await step.buffers.weights.read(4 * step.net.weights4 * replica, 4 * step.net.weights4)) as Float32Array;
      expect([...flat(unpackWeights(step.net, packed))]).toBeAllClose(expected.parameters, { ofLargest: 1e-6 });
      step.dispose();
    },
  );

  it("moves a weight by the learning rate at the first step, whatever the gradient's size", async () => {
    const step = await makeStep(await testDevice(), { ...given, settings: { learningRate: 1, steps: 100 } });
    await step.programs.step.run();
    const after = flat(unpackWeights(step.net, (await step.buffers.weights.read(0, 4 * step.net.weights4)) as Float32Array));
    const gradient = await step.gradient(0);
    const moves = after.map((weight, i) => flat(step.weights[0]!)[i]! - weight);
    const moved = [...moves].filter((_, i) => Math.abs(gradient[i]!) > 1e-2);
    expect(moved.length).toBeGreaterThan(10);
    for (const move of moved) expect(Math.abs(Math.abs(move) - 1)).toBeLessThan(5e-6);
    step.dispose();
  });
});
