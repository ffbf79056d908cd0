/** The full evaluation against the oracle: correlations, bounds of log Z, best objects, modes, sample size, edge marginals. */
import { dags, type Environment, gaussianMixture, hypergrid, sequences, sets } from "@webgfn/envs";
import { renyi } from "@webgfn/objectives";
import {
  allTrajectories,
  type DagState,
  exactDivergence,
  gaussianMixtureLogDensity,
  logBackward,
  logForward,
  logZ,
  mean,
  NINE_GAUSSIANS,
  type Point,
  pointLogForward,
  sum,
  targetDistribution,
  terminalState,
  terminalStates,
  terminatingDistribution,
} from "@webgfn/reference";
import { type LinearWeights, mlp } from "@webgfn/sampler";
import { type FullEvaluation, type FullEvaluationOptions, fullEvaluation, Trainer } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { chainSamples, csvFile } from "./graph-samples.js";
import { oracleMlp, spreadWeights } from "./helpers.js";
import { type Twin, twin } from "./twins.js";

// A driver compiles each kernel when it first runs; llvmpipe takes seconds for the larger ones.
vi.setConfig({ testTimeout: 300_000 });

/** Policies with enlarged initial weights, evaluated; `models` are theirs. */
async function evaluated(
  environment: Environment,
  options: FullEvaluationOptions = {},
  { replicas = 1, factor = 2 } = {},
): Promise<FullEvaluation & { models: LinearWeights[][] }> {
  const trainer = await Trainer.create(await testDevice(), {
    environment,
    policy: mlp({ hidden: [8] }),
    objective: renyi(),
    batchSize: 16,
    replicas,
  });
  const models = Array.from({ length: replicas }, (_, r) => spreadWeights(trainer.network, r, factor));
  trainer.restore({ ...(await trainer.state()), weights: models });
  const result = await fullEvaluation(trainer, options);
  expect(await fullEvaluation(trainer, options), "the same numbers again").toEqual(result);
  trainer.dispose();
  return { ...result, models };
}

/** The target's held-out objects: those of seed 1. */
function heldOut(environment: Environment): Uint32Array[] {
  if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
  const words = environment.exactSampling.value(256, 1);
  return Array.from({ length: 256 }, (_, n) => words.subarray(n * environment.stateWords, (n + 1) * environment.stateWords));
}

/** Cov(x, y) / sqrt(Var x · Var y) from raw moments. */
function correlation(x: number[], y: number[]): number {
  const covariance = (a: number[], b: number[]) => mean(a.map((value, n) => value * b[n]!)) - mean(a) * mean(b);
  return covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
}

/** One more than the number of smaller values, and half the number of equal others. */
function ranks(values: number[]): number[] {
  return values.map((value) => {
    const equal = values.filter((other) => Math.abs(other - value) < 1e-9).length;
    return values.filter((other) => other < value - 1e-9).length + (equal + 1) / 2;
  });
}

describe("full evaluation", () => {
  it.each<Twin & { title: string; digits: number }>([
    // p_T exact
    { title: "hypergrid", ...twin(hypergrid({ side: 5, r0: 0.1 })), digits: 4 },
    { title: "sequences", ...twin(sequences({ symbols: 3, length: 3 })), digits: 4 },
    // p_T by importance sampling
    { title: "sets that are not enumerated", ...twin(sets({ items: 22, size: 2 })), digits: 1 },
    {
      title: "sequences that are not enumerated, one trajectory each",
      ...twin({ ...sequences({ symbols: 3, length: 3 }), enumeration: { available: false, reason: "not here" } }),
      digits: 4,
    },
  ])("of $title gives the oracle's correlations and bounds of log Z", async ({ environment, reference, object, digits }) => {
    const { replicas, models, heldOut: from } = await evaluated(environment, {}, { replicas: 2 });
    expect(from).toBe("target");
    const keys = new Map(terminalStates(reference).map((state) => [JSON.stringify(object(state)), state]));
    const drawn = heldOut(environment).map((words) => keys.get(JSON.stringify(environment.decode(words)))!);
    const exactLogZ = logZ(reference);
    const trajectories = allTrajectories(reference);
    replicas.forEach((replica, r) => {
      const model = oracleMlp(models[r]!);
      const probabilities = terminatingDistribution(reference, model);
      const logP = drawn.map((state) => Math.log(probabilities.get(reference.key(state))!));
      const logR = drawn.map((state) => reference.logReward(state));
      expect(replica.pearson).toBeCloseTo(correlation(logP, logR), digits);
      if (digits > 1) expect(replica.spearman).toBeCloseTo(correlation(ranks(logP), ranks(logR)), digits);

      // E and Var of log R + b − s over the trajectories of each object that was drawn.
      const moments = new Map<string, { first: number; second: number }>();
      for (const actions of trajectories) {
        const end = terminalState(reference, actions);
        const b = logBackward(reference, actions);
        const weight = reference.logReward(end) + b - logForward(reference, model, actions);
        const { first, second } = moments.get(reference.key(end)) ?? { first: 0, second: 0 };
        moments.set(reference.key(end), { first: first + Math.exp(b) * weight, second: second + Math.exp(b) * weight ** 2 });
      }
      const own = drawn.map((state) => moments.get(reference.key(state))!);
      const expected = mean(own.map(({ first }) => first));
      const variance = mean(own.map(({ first, second }) => second - first ** 2));
      expect(Math.abs(replica.eubo! - expected)).toBeLessThan(5 * Math.sqrt(Math.max(0, variance) / (256 * 32)) + 1e-4);
      const spread = Math.sqrt(mean(own.map(({ first }) => (first - expected) ** 2)) / 256);
      const bound = exactLogZ + exactDivergence(reference, model, { objective: "forward-kl" });
      expect(Math.abs(replica.eubo! - bound)).toBeLessThan(5 * spread + 0.1);
      expect(replica.elbo).toBeLessThan(exactLogZ);
      expect(replica.eubo).toBeGreaterThan(exactLogZ);
      expect(replica.logZError).toBeCloseTo(Math.abs(replica.logZ - exactLogZ), 4);
    });
  });

  it("of a mixture of Gaussians compares densities, and counts the means that were reached", async () => {
    const environment = gaussianMixture();
    const { replicas, models } = await evaluated(environment);
    const [replica] = replicas as [(typeof replicas)[0]];
    const points = heldOut(environment).map((words) => (environment.decode(words) as { point: Point }).point);
    const logP = points.map((point) => pointLogForward(oracleMlp(models[0]!), [0.1, 1], point));
    const logR = points.map((point) => gaussianMixtureLogDensity(NINE_GAUSSIANS, point));
    expect(replica.pearson).toBeCloseTo(correlation(logP, logR), 4);
    expect(replica.spearman).toBeCloseTo(correlation(ranks(logP), ranks(logR)), 4);
    expect(replica.eubo).toBeCloseTo(mean(logR.map((reward, n) => reward - logP[n]!)), 4);
    expect(replica.eubo).toBeGreaterThan(0);
    expect(replica.elbo).toBeLessThan(0);
    expect(replica.modes).toBeGreaterThan(0);
    expect(replica.modes).toBeLessThanOrEqual(9);
    const modesFrom = async (modeThreshold: number) => (await evaluated(environment, { modeThreshold })).replicas[0]!.modes;
    expect([await modesFrom(-1000), await modesFrom(1)]).toEqual([9, 0]);
    const cell = (x: number) => Math.min(2, Math.max(0, Math.round(x)));
    expect(heldOut(environment).map((words) => environment.modeOf!(words))).toEqual(points.map(([x, y]) => 3 * cell(x) + cell(y)));
  });

  it("tells the best distinct objects, the modes and the effective sample size", async () => {
    const environment = sets({ items: 22, size: 2 });
    const { reference } = twin(environment);
    const rewards = terminalStates(reference)
      .map((state) => Math.exp(reference.logReward(state)))
      .sort((a, b) => b - a);
    const { replicas, models, modeThreshold } = await evaluated(environment, { objects: 8192, top: 3 }, { factor: 1 });
    const [replica] = replicas as [(typeof replicas)[0]];
    expect(replica.topReward).toBeCloseTo(mean(rewards.slice(0, 3)), 4);
    expect(replica.topLogReward).toBeCloseTo(mean(rewards.slice(0, 3).map(Math.log)), 4);
    expect(modeThreshold).toBeCloseTo(Math.log(rewards[0]! / 2), 6);
    expect(replica.modes).toBe(rewards.filter((reward) => reward >= rewards[0]! / 2).length);

    const model = oracleMlp(models[0]!);
    const weighted = allTrajectories(reference).map((actions) => {
      const s = logForward(reference, model, actions);
      return { p: Math.exp(s), w: Math.exp(reference.logReward(terminalState(reference, actions)) + logBackward(reference, actions) - s) };
    });
    const expected = sum(weighted.map(({ p, w }) => p * w)) ** 2 / sum(weighted.map(({ p, w }) => p * w * w));
    expect(expected).toBeLessThan(0.95);
    expect(replica.effectiveSampleSize / expected).toBeCloseTo(1, 1);
  });

  it("takes a threshold, and refuses options that make no sense", async () => {
    const environment = hypergrid({ side: 5, r0: 0.1 });
    const device = await testDevice();
    const trainer = await Trainer.create(device, { environment, policy: mlp({ hidden: [8] }), objective: renyi(), batchSize: 16 });
    const before = device.statistics.bytesAllocated;
    const { replicas, modeThreshold } = await fullEvaluation(trainer, { modeThreshold: Math.log(0.1), top: 1 });
    expect(modeThreshold).toBe(Math.log(0.1));
    expect(replicas[0]!.topReward).toBeCloseTo(0.6, 5); // r0 + r1: the origin
    expect(replicas[0]!.modes).toBeGreaterThan(4);
    expect(replicas[0]!.modes).toBeLessThanOrEqual(25);
    expect(device.statistics.bytesAllocated, "apart from staging buffers").toBeLessThanOrEqual(before + 2 ** 18);
    for (const options of [{ objects: 0 }, { objects: 1.5 }, { top: 0 }, { modeThreshold: Number.NaN }]) {
      await expect(fullEvaluation(trainer, options)).rejects.toMatchObject({ code: "argument" });
    }
    trainer.dispose();
  });

  it("of DAGs gives the edges of the policy's samples beside those of the enumeration", async () => {
    const { environment, reference } = twin(dags({ data: csvFile(chainSamples(3, 12)) })) as Twin<DagState>;
    const { replicas, models } = await evaluated(environment);
    const marginals = (distribution: Map<string, number>) =>
      [0, 1, 2].map((i) =>
        [0, 1, 2].map((j) =>
          sum(terminalStates(reference).map((state) => (state.adjacency[i]![j] ? distribution.get(reference.key(state))! : 0))),
        ),
      );
    const { sampled, exact, largestError } = replicas[0]!.edgeMarginals!;
    const ofTarget = marginals(targetDistribution(reference)).flat();
    const ofPolicy = marginals(terminatingDistribution(reference, oracleMlp(models[0]!))).flat();
    expect(exact!.flat()).toEqual(ofTarget.map((share) => expect.closeTo(share, 5)));
    sampled.flat().forEach((share, n) => {
      const p = ofPolicy[n]!;
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 1024) + 1e-6);
    });
    expect(largestError).toBeCloseTo(Math.max(...sampled.flat().map((share, n) => Math.abs(share - exact!.flat()[n]!))), 12);
  });

  it("of a target that cannot be sampled takes the policies' objects, and leaves out what is not known", async () => {
    const absent = { available: false, reason: "not here" } as const;
    const { modeThreshold: _, ...known } = hypergrid({ side: 5, r0: 0.1 });
    const environment: Environment = { ...known, enumeration: absent, exactSampling: absent, exactLogZ: absent };
    const { replicas, heldOut: from, modeThreshold } = await evaluated(environment, {}, { replicas: 2 });
    expect(from).toBe("policy");
    const best = Math.max(...(await evaluated(environment, { top: 1 }, { replicas: 2 })).replicas.map((r) => r.topLogReward));
    expect(modeThreshold).toBeCloseTo(best - Math.LN2, 10);
    for (const replica of replicas) {
      expect(replica).not.toHaveProperty("eubo");
      expect(replica).not.toHaveProperty("logZError");
      expect(Math.abs(replica.pearson)).toBeLessThanOrEqual(1);
      expect(Math.abs(replica.spearman)).toBeLessThanOrEqual(1);
    }
    expect(Math.max(...replicas.map(({ modes }) => modes))).toBeGreaterThanOrEqual(1);
  });
});
