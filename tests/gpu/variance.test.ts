/**
 * The variance of batch gradients: per-sample scores and every estimator against the oracle, the estimators against the
 * training step's own gradient, exact gradients against enumeration, and the paper's Fig. 2.
 */
import { type Environment, hypergrid, phylogenetics, sequences, sets } from "@webgfn/envs";
import {
  type Divergence,
  type EstimatorName,
  findEstimator,
  forwardKl,
  type Hosted,
  type Objective,
  renyi,
  reverseKl,
  tsallis,
} from "@webgfn/objectives";
import { metricsRecord, numbersOf } from "@webgfn/objectives/internal";
import { batchGradient, type DivergenceName, exactGradient, integrand, scaled, trajectoryScore, vectorMean } from "@webgfn/reference";
import { gin, type LinearWeights, mlp } from "@webgfn/sampler";
import { disposeBuffers, fitPolicy, initialWeights, packWeights, Replicas, unpackWeights } from "@webgfn/sampler/internal";
import { gradientVariance, type VarianceRow } from "@webgfn/trainer";
import {
  batchCombinations,
  batchIntegrand,
  combined,
  exactGradients,
  hostEstimator,
  recordStep,
  type ScoredBatch,
  ScoreSampler,
  scoreSums,
  stateGraph,
  stepBuffers,
  varianceEstimators,
} from "@webgfn/trainer/internal";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { alphaOf, flat, networkOf, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for an objective.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const ORDERS = [-1, 0.5, 2];
const DIVERGENCES = [reverseKl(), forwardKl(), ...ORDERS.map((alpha) => renyi({ alpha })), ...ORDERS.map((alpha) => tsallis({ alpha }))];
const titled = <O extends Objective>(objective: O) => ({ objective, title: `${objective.name} ${alphaOf(objective) ?? ""}` });

/** 19 trajectories of unequal length to 9 cells of unequal rewards. */
const GRID = hypergrid({ side: 3, r0: 0.1 });
const HIDDEN = [7, 5];
/** Not a multiple of anything. */
const BATCH = 33;
const SEED = 20;
/** A counter of batches beyond those of any training. */
const FIRST_BATCH = 0x40000000;

async function sampled(environment: Environment, hidden: readonly number[], batchSize: number) {
  const net = networkOf(environment, hidden);
  const weights = spreadWeights(net, 1, 2);
  const options = { environment, network: net, weights, batchSize, seed: SEED, firstBatch: FIRST_BATCH };
  const sampler = await ScoreSampler.create(await testDevice(), options);
  return { net, weights, sampler };
}

/** Vectors in the GPU's layout of the parameters, in the oracle's. */
function unpacked(net: ReturnType<typeof networkOf>, packed: Float64Array | Float32Array): Float64Array {
  return flat(unpackWeights(net, Float32Array.from(packed)));
}

describe("per-sample scores", () => {
  it.each([
    { environment: GRID, hidden: HIDDEN, batch: BATCH },
    { environment: sets({ items: 33, size: 4 }), hidden: [20], batch: 2 },
  ])("of $environment.title, batch $batch, are the oracle's", async ({ environment, hidden, batch }) => {
    const { net, weights, sampler } = await sampled(environment, hidden, batch);
    const size = 4 * net.parameters4;
    const { reference } = twin(environment);
    // The second batch: its rows lie over those of the first.
    await sampler.next();
    const { scores, logForward, logBackward, logReward } = await sampler.next();
    const trajectories = (await readTrajectories(environment, sampler.buffers))[0]!;
    expect(scores).toHaveLength(batch * size);
    trajectories.forEach((trajectory, n) => {
      const expected = trajectoryScore(reference, oracleMlp(weights), trajectory.actions);
      expect(unpacked(net, scores.subarray(n * size, (n + 1) * size))).toBeCloseInNorm(expected, 1e-4);
      expect([logForward[n], logBackward[n], logReward[n]]).toEqual([trajectory.logForward, trajectory.logBackward, trajectory.logReward]);
    });
    sampler.dispose();
  });

  it("of a graph policy add up to its gradient", async () => {
    const device = await testDevice();
    const environment = phylogenetics({ species: 4, sites: 6 });
    const net = fitPolicy(gin({ hidden: [8] }), environment);
    const weights = initialWeights(net, 3);
    const given = { environment, network: net, weights, batchSize: 6, seed: SEED, firstBatch: FIRST_BATCH };
    const sampler = await ScoreSampler.create(device, given);
    const { scores } = await sampler.next();
    const total = (await sampler.buffers.gradients.read()) as Float32Array;
    expect(total).toBeCloseInNorm(scoreSums(scores, 6).sum, 1e-5);
    expect(Math.max(...total)).toBeGreaterThan(0.01);
    sampler.dispose();
  });
});

describe("gradients of one batch", () => {
  let made: Awaited<ReturnType<typeof sampled>>;
  let batch: ScoredBatch;
  let scores: Float64Array[];

  beforeAll(async () => {
    made = await sampled(GRID, HIDDEN, BATCH);
    batch = await made.sampler.next();
    const trajectories = (await readTrajectories(GRID, made.sampler.buffers))[0]!;
    scores = trajectories.map(({ actions }) => trajectoryScore(twin(GRID).reference, oracleMlp(made.weights), actions));
  });

  const ours = (objective: Hosted<Divergence>, estimators: readonly string[]) => {
    const sums = scoreSums(batch.scores, BATCH);
    const values = batchIntegrand(
      objective.host,
      batch,
      batch.logReward.reduce((a, b) => Math.max(a, b)),
    );
    const { centred, combinations } = batchCombinations(batch.scores, sums, values, estimators.map(hostEstimator));
    return combinations.map((combination) => unpacked(made.net, combined(centred, sums.sum, combination)));
  };

  const oracleBatch = () => ({
    logForward: [...batch.logForward],
    logBackward: [...batch.logBackward],
    logReward: [...batch.logReward].map((value) => value - Math.max(...batch.logReward)),
  });

  it.each(DIVERGENCES.map(titled))("of $title by every estimator are the oracle's", ({ objective }) => {
    ours(objective, varianceEstimators).forEach((gradient, e) => {
      const options = {
        objective: objective.name as DivergenceName,
        estimator: varianceEstimators[e] as EstimatorName,
        alpha: alphaOf(objective),
      };
      expect(gradient).toBeCloseInNorm(batchGradient(options, oracleBatch(), scores).gradient, 1e-4);
    });
  });

  it("of forward KL with raw weights are multiplied by their mean", () => {
    const { logForward, logBackward, logReward } = oracleBatch();
    const f = logForward.map(
      (s, n) => integrand("forward-kl", undefined, { logForward: s, logBackward: logBackward[n]!, logReward: logReward[n]! }, scores[n]!).f,
    );
    const [plain] = ours(forwardKl({ weights: "raw" }), ["none"]);
    expect(plain!).toBeCloseInNorm(vectorMean(scores.map((score, n) => scaled(f[n]!, score))), 1e-4);
  });

  it.each([
    { objective: reverseKl(), name: "paper" as const },
    { objective: forwardKl(), name: "loo" as const },
    { objective: renyi({ alpha: 2 }), name: "paper" as const },
    { objective: tsallis(), name: "batch-mean" as const },
    { objective: renyi(), name: "none" as const },
  ])("of $objective.name by $name is what the training step gives Adam on the same trajectories", async ({ objective, name }) => {
    const device = await testDevice();
    const { net, weights } = made;
    const logRewardShift = Math.max(...batch.logReward);
    const replicas = new Replicas(device, [{ seed: SEED, step: FIRST_BATCH, parameters: numbersOf(objective), logRewardShift }]);
    const shape = { environment: GRID, network: net, objective, estimator: findEstimator(name), batch: BATCH, replicas };
    const buffers = stepBuffers(device, shape);
    buffers.weights.write(packWeights(net, weights));
    // All was finite before this step.
    buffers.metrics.write(Float32Array.of(1), metricsRecord.offset("finite"));
    const { step } = await recordStep(device, shape, buffers);
    await step.run();
    const trajectories = (await readTrajectories(GRID, buffers))[0]!;
    expect(trajectories.map(({ logForward }) => logForward)).toEqual([...batch.logForward]);
    // Adam's first moment after one step is 0.1 · G.
    const moments = (await buffers.moments.read(0, 4 * net.parameters4)) as Float32Array;
    const given = unpacked(net, moments).map((moment) => moment / 0.1);
    expect(ours(objective, [name])[0]!).toBeCloseInNorm(given, 1e-4);
    disposeBuffers(buffers);
  });
});

describe("exact gradients over states", () => {
  const SETS: Environment = { ...sets({ items: 4, size: 2 }), data: Float32Array.of(0.3, -1.1, 0.8, 1.7) };

  it.each([SETS, GRID, sequences({ symbols: 2, length: 3 })])("of $title are those over trajectories", async (environment) => {
    const net = networkOf(environment, HIDDEN);
    const weights = spreadWeights(net, 1, 2);
    const graph = await stateGraph(await testDevice(), environment);
    const { reference } = twin(environment);
    const logRewardShift = 0.5;
    const found = exactGradients(graph, net, weights, DIVERGENCES, { logRewardShift });
    DIVERGENCES.forEach((objective, o) => {
      const options = { objective: objective.name as DivergenceName, alpha: alphaOf(objective), logRewardShift };
      expect(unpacked(net, found[o]!)).toBeCloseInNorm(exactGradient(reference, oracleMlp(weights), options), 1e-6);
    });
  });

  it("of forward KL with raw weights is Z/r̄ times the other", async () => {
    const net = networkOf(SETS, HIDDEN);
    const weights = spreadWeights(net, 1, 2);
    const graph = await stateGraph(await testDevice(), SETS);
    const [own] = exactGradients(graph, net, weights, [forwardKl()]);
    const [raw] = exactGradients(graph, net, weights, [forwardKl({ weights: "raw" })], { logRewardShift: 0.5 });
    const total = graph.reduce((sum, { logReward }) => sum + (logReward === undefined ? 0 : Math.exp(logReward - 0.5)), 0);
    expect(raw!).toBeCloseInNorm(scaled(total, own!), 1e-10);
  });
});

describe("variance of the gradient", () => {
  /** Rows by objective, order and estimator. */
  const byName = (rows: readonly VarianceRow[]) =>
    new Map(rows.map((row) => [[row.objective, row.alpha, row.estimator].filter((part) => part !== null).join(" "), row]));

  it("is measured about an expectation that is the exact gradient, but for what the estimators' own bias is", async () => {
    const net = networkOf(GRID, HIDDEN);
    const weights: LinearWeights[] = spreadWeights(net, 1, 2);
    const { rows, exactUnavailable } = await gradientVariance(await testDevice(), {
      environment: GRID,
      policy: mlp({ hidden: HIDDEN }),
      weights,
      objectives: [reverseKl(), renyi(), tsallis()],
      estimators: varianceEstimators,
      // Large, because the ratio of Rényi's two means has a bias of O(1/N), which must stay below the noise.
      batchSizes: [512],
      batches: 100,
      seed: 5,
    });
    expect(exactUnavailable).toBeUndefined();
    const found = byName(rows);
    for (const name of ["reverse-kl", "renyi 0.5", "tsallis 0.5"].flatMap((goal) =>
      ["none", "loo", "optimal"].map((each) => `${goal} ${each}`),
    )) {
      const row = found.get(name)!;
      expect(row.bias!, name).toBeLessThan(2.5 * row.biasError!);
      expect(row.biasError!, name).toBeLessThan(0.1 * row.exactNorm!);
    }
    // The paper's coefficient takes a part of Rényi's term A with it, a bias that batches of any size have.
    expect(found.get("renyi 0.5 paper")!.bias!).toBeGreaterThan(5 * found.get("renyi 0.5 paper")!.biasError!);
    for (const row of rows) {
      expect(row.traceWithout).toBe(found.get([row.objective, row.alpha, "none"].filter((part) => part !== null).join(" "))!.trace);
      expect(row.reduction).toBeCloseTo(row.traceWithout / row.trace, 10);
    }
  });

  // With another r̄ in every batch, the size of a batch's gradient and its direction go together.
  it("has no bias in small batches where the gradient's size depends on the rewards' size", async () => {
    const { rows } = await gradientVariance(await testDevice(), {
      environment: GRID,
      policy: mlp({ hidden: HIDDEN }),
      objectives: [tsallis({ alpha: -1 }), tsallis(), forwardKl({ weights: "raw" })],
      estimators: ["none", "loo"],
      batchSizes: [4],
      batches: 3000,
      seed: 2,
    });
    expect(rows).toHaveLength(6);
    for (const { objective, alpha, estimator, bias, biasError } of rows) {
      expect(bias!, `${objective} ${alpha} ${estimator}`).toBeLessThan(2.5 * biasError!);
    }
  });

  it("leaves batches with a gradient of 0 out of the cosines, and counts them", async () => {
    const { rows } = await gradientVariance(await testDevice(), {
      environment: GRID,
      policy: mlp({ hidden: HIDDEN }),
      objectives: [forwardKl()],
      estimators: ["loo"],
      batchSizes: [2],
      batches: 60,
      seed: 1,
    });
    // Two equal trajectories have equal weights: leave-one-out gives 0.
    expect(rows[0]!.zeroGradients).toBeGreaterThan(0);
    expect(rows[0]!.zeroGradients).toBeLessThan(60);
    expect(Number.isFinite(rows[0]!.cosine)).toBe(true);
    expect(Number.isFinite(rows[0]!.exactCosine)).toBe(true);
  });

  it("on sets of an untrained policy falls as in the paper's Fig. 2 at N = 32", async () => {
    const { rows, exactUnavailable } = await gradientVariance(await testDevice(), {
      environment: sets(),
      objectives: [reverseKl(), forwardKl(), renyi(), tsallis()],
      estimators: ["none", "paper"],
      batchSizes: [32],
      batches: 150,
    });
    expect(exactUnavailable).toMatch(/2\^32/);
    const found = byName(rows);
    for (const [name, least, most] of [
      ["reverse-kl", 300, 600],
      ["forward-kl", 1.7, 2.4],
      ["renyi 0.5", 4.5, 6.5],
      ["tsallis 0.5", 4.5, 6.5],
    ] as const) {
      expect(found.get(`${name} none`)!.reduction).toBe(1);
      // The whole interval, not only its middle.
      const [low, high] = found.get(`${name} paper`)!.reductionInterval;
      expect(low, name).toBeGreaterThan(least);
      expect(high, name).toBeLessThan(most);
    }
  });
});
