/** One training step against the oracle, on the batch that the GPU itself sampled: coefficients, gradient, Adam, metrics. */
import { type Environment, hypergrid, sets } from "@webgfn/envs";
import { estimator as estimatorByName, type EstimatorName, forwardKl, type Objective, renyi, reverseKl, trajectoryBalance, tsallis } from "@webgfn/objectives";
import { packWeights, Replicas, type ReplicaSettings, unpackWeights } from "@webgfn/sampler";
import { type Device } from "@webgfn/tensor";
import { recordStep, stepBuffers } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import {
  adamState,
  adamStep,
  type Batch,
  batchGradient,
  decayed,
  logBackward,
  logForward,
  logSumExp,
  mean,
  type ObjectiveName,
  terminalState,
  trajectoryScore,
} from "../reference/index.js";
import { testDevice } from "./device.js";
import { flat, networkOf, oracleMlp, readTrajectories, relativeError, spreadWeights, twin } from "./helpers.js";

const ORDERS = [-1, 0.5, 2];
const DIVERGENCES = [reverseKl(), forwardKl(), ...ORDERS.map((alpha) => renyi({ alpha })), ...ORDERS.map((alpha) => tsallis({ alpha }))];
const ESTIMATORS: EstimatorName[] = ["none", "loo", "paper", "batch-mean"];

/** log r̄ and log Z of every case, so that leaving one out, or taking it twice, shows. */
const SHIFTS = [0.7, -0.4];
const LOG_Z = [1.5, -2];

interface StepCase {
  environment: Environment;
  hidden: readonly number[];
  batch: number;
  objective: Objective;
  estimator: EstimatorName;
  shifts?: number[];
  settings?: Partial<ReplicaSettings>;
}

/** A recorded training step with weights, log r̄ and log Z of our own; one replica for each shift. Rates are 0 unless given. */
async function makeStep(device: Device, { environment, hidden, batch, objective, estimator, shifts = SHIFTS, settings }: StepCase) {
  const net = networkOf(environment, hidden);
  const replicas = new Replicas(
    device,
    shifts.map((logRewardShift, r) => ({ seed: 20 + r, alpha: objective.alpha ?? 0, logRewardShift, steps: 1000, ...settings })),
  );
  const shape = { environment, network: net, objective, estimator: estimatorByName(estimator), batch, replicas };
  const buffers = stepBuffers(device, shape);
  const weights = shifts.map((_, r) => spreadWeights(net, r, 2));
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
    trajectories: () => readTrajectories(environment, buffers),
    async coefficients(replica: number): Promise<{ u: number[]; s: number[] }> {
      const values = [...(await buffers.coefficients.read(2 * replica * batch, 2 * batch))];
      return { u: values.filter((_, i) => i % 2 === 0), s: values.filter((_, i) => i % 2 === 1) };
    },
    /** The accumulated gradient of a one-channel estimator. */
    gradient: async (replica: number) => flat(unpackWeights(net, (await buffers.gradients.read(replica * size, size)) as Float32Array)),
    /** What Adam was given at the first step, from its first moment 0.1 · G. */
    firstGradient: async (replica: number) =>
      flat(unpackWeights(net, (await buffers.moments.read(2 * replica * size, size)) as Float32Array)).map((moment) => moment / 0.1),
    metrics: async (replica: number) => [...(await buffers.metrics.read(8 * replica, 8))] as number[],
    dispose() {
      const { replicas: table, ...tensors } = buffers;
      table.dispose();
      for (const tensor of Object.values(tensors)) tensor.dispose();
    },
  };
}

type Step = Awaited<ReturnType<typeof makeStep>>;

/** What the oracle makes of the trajectories of one replica; log R is not shifted yet. */
interface OracleBatch extends Batch {
  scores: Float64Array[];
  lengths: number[];
}

const batches = new Map<string, OracleBatch>();

/** The scores of the same trajectories are needed for every objective: they are kept. */
async function oracleBatch(step: Step, environment: Environment, replica: number): Promise<OracleBatch> {
  const trajectories = (await step.trajectories())[replica]!;
  const key = JSON.stringify([environment.title, environment.data[0], flat(step.weights[replica]!)[0], trajectories.map(({ actions }) => actions)]);
  const { reference } = twin(environment);
  const mlp = oracleMlp(step.weights[replica]!);
  const made = batches.get(key) ?? {
    logForward: trajectories.map(({ actions }) => logForward(reference, mlp, actions)),
    logBackward: trajectories.map(({ actions }) => logBackward(reference, actions)),
    logReward: trajectories.map(({ actions }) => reference.logReward(terminalState(reference, actions))),
    scores: trajectories.map(({ actions }) => trajectoryScore(reference, mlp, actions)),
    lengths: trajectories.map(({ actions }) => actions.length),
  };
  batches.set(key, made);
  return made;
}

function oracleOptions(objective: Objective, estimator: EstimatorName, replica: number) {
  return { objective: objective.name as ObjectiveName, estimator, alpha: objective.alpha, logZ: LOG_Z[replica] };
}

/** TB compares with log R itself, divergences with ρ. */
function shifted(batch: OracleBatch, objective: Objective, shift: number): Batch {
  return objective.family === "balance" ? batch : { ...batch, logReward: batch.logReward.map((logR) => logR - shift) };
}

/** Largest |actual − expected|, relative to the largest |expected|. */
function largestDeviation(actual: readonly number[], expected: readonly number[]): number {
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / size;
}

function title({ name, alpha }: Objective): string {
  return alpha === undefined ? name : `${name} ${alpha}`;
}

/** Coefficients and gradient of one step, for every replica. */
async function expectOracleGradient(given: StepCase, tolerance = 1e-4): Promise<void> {
  const { environment, objective, estimator, shifts = SHIFTS } = given;
  const step = await makeStep(await testDevice(), given);
  await step.programs.step.run();
  for (const [replica, shift] of shifts.entries()) {
    const batch = await oracleBatch(step, environment, replica);
    const options = oracleOptions(objective, estimator, replica);
    const expected = batchGradient(options, shifted(batch, objective, shift), batch.scores).gradient;
    const { u, s } = await step.coefficients(replica);
    if (estimator === "paper") {
      // The channels are U = Σ (f − f̄)∇s and S = Σ ∇s.
      expect(s).toEqual(s.map(() => 1));
      expect(Math.abs(mean(u))).toBeLessThan(1e-5 * Math.max(...u.map(Math.abs)));
    } else {
      // With unit vectors in place of the scores, the oracle's gradient is the list of coefficients.
      const units = batch.scores.map((_, n) => Float64Array.from(batch.scores, (_, m) => Number(n === m)));
      const coefficients = batchGradient(options, shifted(batch, objective, shift), units).gradient;
      expect(largestDeviation(u, [...coefficients]), `${title(objective)} coefficients`).toBeLessThan(tolerance);
      expect(relativeError(await step.gradient(replica), expected), `${title(objective)} gradient`).toBeLessThan(tolerance);
    }
    expect(relativeError(await step.firstGradient(replica), expected), `${title(objective)} as Adam gets it`).toBeLessThan(tolerance);
  }
  step.dispose();
}

describe("gradient of a batch of unequal lengths", () => {
  const given = { environment: hypergrid({ side: 4, r0: 0.1 }), hidden: [7, 5], batch: 33 };
  it.each(DIVERGENCES.flatMap((objective) => ESTIMATORS.map((estimator) => ({ title: title(objective), objective, estimator }))))(
    "$title, $estimator",
    ({ objective, estimator }) => expectOracleGradient({ ...given, objective, estimator }),
  );

  it("tb", () => expectOracleGradient({ ...given, objective: trajectoryBalance(), estimator: "none" }));
});

describe("gradient of other shapes", () => {
  const line = hypergrid({ dimensions: 1, side: 5, r0: 0.2 });
  const manySets = sets({ items: 33, size: 4 });
  it.each([
    { environment: line, hidden: [3], batch: 2, estimator: "paper" as const },
    { environment: manySets, hidden: [20], batch: 5, estimator: "loo" as const },
    { environment: manySets, hidden: [20], batch: 128, estimator: "paper" as const },
    { environment: line, hidden: [1, 1, 1, 1], batch: 1, estimator: "none" as const },
  ])("$environment.title, hidden $hidden, batch $batch, $estimator", async (given) => {
    for (const objective of [reverseKl(), renyi({ alpha: 0.5 })]) await expectOracleGradient({ ...given, objective });
  });

  it("tb of sets", () => expectOracleGradient({ environment: manySets, hidden: [20], batch: 5, objective: trajectoryBalance(), estimator: "none" }));
});

describe("gradient far from log R = 0", () => {
  const scores = sets({ items: 9, size: 4 });
  const far: Environment = { ...scores, data: scores.data.map((score) => score + 250) };
  it.each([
    ...[reverseKl(), forwardKl(), renyi({ alpha: 0.5 }), renyi({ alpha: -1 }), renyi({ alpha: 2 })].map((objective) => ({ objective, shifts: [0] })),
    ...[tsallis({ alpha: 0.5 }), tsallis({ alpha: 2 })].map((objective) => ({ objective, shifts: [1000] })),
  ])("$objective.name $objective.alpha, log r̄ $shifts", ({ objective, shifts }) =>
    expectOracleGradient({ environment: far, hidden: [6], batch: 33, objective, estimator: "paper", shifts }, 1e-3),
  );
});

describe("update", () => {
  const environment = hypergrid({ side: 4, r0: 0.1 });
  const settings = { learningRate: 0.01, logZRate: 0.1, steps: 20, decayPower: 2 };
  const given: StepCase = { environment, hidden: [7, 5], batch: 33, objective: trajectoryBalance(), estimator: "none", settings };

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
        expect(largestDeviation([...flat(gpu)], [...weights[replica]!.parameters])).toBeLessThan(1e-6);

        // The balance error's mean is the loss' derivative by 2 log Z, whatever the policy has become.
        const d = (await step.trajectories())[replica]!.map((t) => logZ[replica]!.parameters[0]! + t.logForward - t.logBackward - t.logReward);
        const logZRate = decayed(settings.logZRate, count, settings.steps, settings.decayPower);
        logZ[replica] = adamStep(logZ[replica]!, Float64Array.of(2 * mean(d)), { learningRate: logZRate });
        const [value, first, second] = await step.buffers.logZ.read(4 * replica, 3);
        expect(value).toBeCloseTo(logZ[replica]!.parameters[0]!, 5);
        expect(first! / logZ[replica]!.firstMoment[0]!).toBeCloseTo(1, 4);
        expect(second! / logZ[replica]!.secondMoment[0]!).toBeCloseTo(1, 4);
      }
    }
    step.dispose();
  });

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

describe("metrics of a batch", () => {
  it.each([...DIVERGENCES, trajectoryBalance()].map((objective) => ({ title: title(objective), objective })))("$title", async ({ objective }) => {
    const environment = hypergrid({ side: 4, r0: 0.1 });
    const estimator = objective.family === "balance" ? "none" : "loo";
    const step = await makeStep(await testDevice(), { environment, hidden: [7, 5], batch: 33, objective, estimator });
    await step.programs.step.run();
    for (const [replica, shift] of SHIFTS.entries()) {
      const batch = await oracleBatch(step, environment, replica);
      const weight = batch.logForward.map((s, n) => batch.logReward[n]! + batch.logBackward[n]! - s);
      const logMeanExp = (values: number[]) => logSumExp(values) - Math.log(values.length);
      const alpha = objective.alpha ?? Number.NaN;
      const loss = {
        "reverse-kl": () => -mean(weight),
        "forward-kl": () => mean(weight.map((w) => w * Math.exp(w))) / mean(weight.map(Math.exp)),
        renyi: () => logMeanExp(weight.map((w) => (1 - alpha) * w)) / (alpha - 1),
        tsallis: () => (mean(weight.map((w) => Math.exp((1 - alpha) * (w - shift)))) - 1) / (alpha - 1),
        tb: () => mean(weight.map((w) => (LOG_Z[replica]! - w) ** 2)),
      }[objective.name as ObjectiveName]();
      const elbo = mean(weight);
      const expected = [
        loss,
        elbo,
        mean(weight.map((w) => (w - elbo) ** 2)),
        logMeanExp(weight),
        mean(batch.logReward),
        mean(batch.lengths),
        LOG_Z[replica]!,
        1,
      ];
      const metrics = await step.metrics(replica);
      metrics.forEach((value, i) => expect(Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!)), `metric ${i}`).toBeLessThan(2e-5));
    }
    step.dispose();
  });
});
