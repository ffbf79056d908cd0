/** Sources of trajectories: the replay buffer against a plain model, draws and given actions against their probabilities. */
import { type Environment, gaussianMixture, hypergrid, sequences, sets } from "@webgfn/envs";
import { estimators, reverseKl } from "@webgfn/objectives";
import { learnedTrajectory, logBackward, logForward } from "@webgfn/reference";
import { type EvaluationPath, mlp } from "@webgfn/sampler";
import { disposeBuffers, fitPolicy, packWeights, Replicas } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { checkpoint, restoreCheckpoint, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { recordDraws, recordStep, type SourcePlan, sourcePlan, stepBuffers, WAYS } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { chiSquare, chiSquareLimit, networkOf, oracleMlp, readTrajectories, spreadWeights } from "./helpers.js";
import { twin } from "./twins.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const SETS = sets({ items: 6, size: 3 });
const BATCH = 24;
const DEFAULTS = { batchSize: BATCH, replay: 16, replayBy: "half" as const, seed: 0 };

/** A recorded step with sources, with two replicas. */
async function makeSampling(
  environment: Environment,
  options: object,
  { path = "fused" as EvaluationPath, seeds = [3, 9], network = networkOf(environment, [7]) } = {},
) {
  const device = await testDevice();
  const sources = sourcePlan({ ...DEFAULTS, environment, source: "policy:0.5,replay:0.5", ...options }) as SourcePlan;
  const replicas = new Replicas(
    device,
    seeds.map((seed) => ({ seed })),
  );
  const shape = { environment, network, objective: reverseKl(), estimator: estimators.balance, batch: BATCH, replicas, sources, path };
  const buffers = stepBuffers(device, shape);
  const weights = spreadWeights(network, 1);
  seeds.forEach((_, r) => {
    buffers.weights.write(packWeights(network, weights), 4 * r * network.weights4);
  });
  const { sample } = await recordStep(device, shape, buffers);
  const draws = new Program(device, "draws");
  await recordDraws(draws, shape, sources, buffers);
  return { sources, buffers, replicas, sample, draws, weights, shape };
}

type Sampling = Awaited<ReturnType<typeof makeSampling>>;

interface Entry {
  key: string;
  logReward: number;
  stamp: number;
}

/** The buffer of one replica as the GPU keeps it: an entry for each slot, `undefined` for an empty one. */
async function readBuffer({ buffers, sources }: Sampling, replica: number): Promise<(Entry | undefined)[]> {
  const capacity = sources.buckets * WAYS;
  const [slots, objects] = (await Promise.all([buffers.slots?.read(), buffers.slotObjects?.read()])) as [Uint32Array, Uint32Array];
  const bits = new Float32Array(slots.slice().buffer);
  const words = objects.length / (slots.length / 2);
  return Array.from({ length: capacity }, (_, slot) => {
    const at = replica * capacity + slot;
    const stamp = slots[2 * at + 1]!;
    if (stamp === 0) return undefined;
    return { key: objects.subarray(at * words, (at + 1) * words).join(), logReward: bits[2 * at]!, stamp };
  });
}

/** FNV-1a, then the last mix of MurmurHash3. */
function bucketOf(key: string, buckets: number): number {
  let hash = 2166136261;
  for (const word of key.split(",").map(Number)) hash = Math.imul(hash ^ word, 16777619) >>> 0;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) % buckets;
}

/** The buffer as it is described: in each bucket the newest objects, and the best of those that these have no room for. */
class Model {
  readonly buckets: { newest: (Entry | undefined)[]; best: (Entry | undefined)[] }[];

  constructor(count: number) {
    const half = () => new Array<Entry | undefined>(WAYS / 2).fill(undefined);
    this.buckets = Array.from({ length: count }, () => ({ newest: half(), best: half() }));
  }

  keep(entry: Entry): void {
    const bucket = this.buckets[bucketOf(entry.key, this.buckets.length)]!;
    const known = [...bucket.newest, ...bucket.best].find((other) => other?.key === entry.key);
    if (known) {
      known.stamp = entry.stamp;
      return;
    }
    const age = (each: Entry | undefined) => each?.stamp ?? 0;
    const oldest = bucket.newest.reduce((least, each, i) => (age(each) < age(bucket.newest[least]) ? i : least), 0);
    const leaving = bucket.newest[oldest];
    if (leaving) {
      const empty = bucket.best.indexOf(undefined);
      const reward = (each: Entry | undefined) => each?.logReward ?? Number.NEGATIVE_INFINITY;
      const lowest = bucket.best.reduce((least, each, i) => (reward(each) < reward(bucket.best[least]) ? i : least), 0);
      if (empty >= 0) bucket.best[empty] = leaving;
      else if (leaving.logReward > bucket.best[lowest]!.logReward) bucket.best[lowest] = leaving;
    }
    bucket.newest[oldest] = { ...entry };
  }

  get slots(): (Entry | undefined)[] {
    return this.buckets.flatMap(({ newest, best }) => [...newest, ...best]);
  }
}

describe("the replay buffer", () => {
  it.each([
    { environment: SETS, replay: 16 },
    { environment: SETS, replay: 1000 },
    { environment: sequences({ symbols: 4, length: 9 }), replay: 100 },
  ])("keeps what a plain model keeps: $environment.title, $replay slots", async ({ environment, replay }) => {
    const sampling = await makeSampling(environment, { replay });
    const models = [0, 1].map(() => new Model(sampling.sources.buckets));
    for (let step = 0; step < 12; step++) {
      sampling.replicas.setStep(step);
      await sampling.sample.run();
      const trajectories = await readTrajectories(environment, sampling.buffers);
      for (const r of [0, 1]) {
        for (const { object, logReward } of trajectories[r]!.slice(0, BATCH / 2)) {
          models[r]!.keep({ key: object.join(), logReward, stamp: step + 1 });
        }
        expect(await readBuffer(sampling, r)).toEqual(models[r]!.slots);
      }
    }
    const kept = models[0]!.slots.filter((entry) => entry !== undefined);
    expect(kept.length).toBeGreaterThan(8);
    expect(new Set(kept.map(({ key }) => key)).size).toBe(kept.length);
    expect(models[0]!.slots).not.toEqual(models[1]!.slots);
    disposeBuffers(sampling.buffers);
  });

  it.each(["reward", "recency", "uniform", "half"] as const)("is drawn from by %s", async (replayBy) => {
    const sampling = await makeSampling(SETS, { replay: 64, replayBy }, { seeds: [3] });
    const { replicas, buffers, draws, sources } = sampling;
    const steps = 5;
    for (let step = 0; step < steps; step++) {
      replicas.setStep(step);
      await sampling.sample.run();
    }
    const entries = (await readBuffer(sampling, 0)).filter((entry) => entry !== undefined);
    const weigh = (weights: number[]) => weights.map((weight) => weight / weights.reduce((sum, each) => sum + each, 0));
    const byReward = weigh(entries.map(({ logReward }) => Math.exp(logReward)));
    // The ages of all objects grow alike: the ratios of their weights stay.
    const byRecency = weigh(entries.map(({ stamp }) => 2 ** (stamp / sources.age)));
    const uniform = weigh(entries.map(() => 1));
    const counts = { odd: entries.map(() => 0), even: entries.map(() => 0) };
    for (let draw = 0; draw < 300; draw++) {
      replicas.setStep(steps + draw);
      await draws.run();
      const words = (await buffers.objects.read()) as Uint32Array;
      for (let n = BATCH / 2; n < BATCH; n++) {
        const key = words.subarray(n * SETS.stateWords, (n + 1) * SETS.stateWords).join();
        const index = entries.findIndex((entry) => entry.key === key);
        expect(index).toBeGreaterThanOrEqual(0);
        counts[n % 2 === 1 ? "odd" : "even"][index]! += 1;
      }
    }
    const expected = {
      reward: [byReward, byReward],
      recency: [byRecency, byRecency],
      uniform: [uniform, uniform],
      half: [byReward, byRecency],
    }[replayBy];
    const limit = chiSquareLimit(entries.length - 1);
    const other = { reward: uniform, recency: uniform, uniform: byReward, half: uniform }[replayBy];
    expect(chiSquare(counts.odd, expected[0]!)).toBeLessThan(limit);
    expect(chiSquare(counts.even, expected[1]!)).toBeLessThan(limit);
    expect(chiSquare(counts.odd, other)).toBeGreaterThan(limit);
    disposeBuffers(buffers);
  });
});

describe("given actions", () => {
  const table = (environment: Environment) => {
    if (!environment.exactSampling.available) throw new Error("unexpected");
    return environment.exactSampling.value(40, 5);
  };

  it.each([
    { environment: SETS, path: "fused" as const },
    { environment: SETS, path: "layered" as const },
    { environment: hypergrid({ side: 5, r0: 0.1 }), path: "fused" as const },
  ])("lead to the objects of a table, with the probabilities of the oracle: $environment.title, $path", async ({ environment, path }) => {
    const objects = table(environment);
    const sampling = await makeSampling(environment, { source: "policy:0.25,objects:0.75", objects }, { path });
    await sampling.sample.run();
    const known = new Set(
      Array.from({ length: 40 }, (_, n) => objects.subarray(n * environment.stateWords, (n + 1) * environment.stateWords).join()),
    );
    const { reference } = twin(environment);
    const own = oracleMlp(sampling.weights);
    for (const trajectories of await readTrajectories(environment, sampling.buffers)) {
      for (const [n, { object, actions, logForward: s, logBackward: b }] of trajectories.entries()) {
        if (n >= BATCH / 4) expect(known).toContain(object.join());
        expect(Math.abs(s - logForward(reference, own, actions))).toBeLessThan(1e-4 * (1 + Math.abs(s)));
        expect(Math.abs(b - logBackward(reference, actions))).toBeLessThan(1e-4 * (1 + Math.abs(b)));
      }
      expect(new Set(trajectories.slice(6).map(({ object }) => object.join())).size).toBeGreaterThan(5);
    }
    disposeBuffers(sampling.buffers);
  });

  it.each([
    { environment: SETS, path: "fused" as const },
    { environment: hypergrid({ side: 3, r0: 0.1 }), path: "fused" as const },
    { environment: hypergrid({ side: 3, r0: 0.1 }), path: "layered" as const },
  ])("follow the learned p_B with retrace learned: $environment.title, $path", async ({ environment, path }) => {
    if (!environment.exactSampling.available) throw new Error("unexpected");
    const objects = environment.exactSampling.value(1, 7);
    const network = fitPolicy(mlp({ hidden: [7], backward: "learned" }), environment);
    const options = { source: "policy:0.25,objects:0.75", objects, retrace: "learned" };
    const sampling = await makeSampling(environment, options, { path, seeds: [3], network });
    const { reference } = twin(environment);
    const own = oracleMlp(sampling.weights);
    const oracle = (actions: number[]) => Math.exp(learnedTrajectory(reference, own, actions).logBackward);
    const seen = new Map<string, { count: number; probability: number }>();
    for (let step = 0; step < 60; step++) {
      sampling.replicas.setStep(step);
      await sampling.sample.run();
      const [trajectories] = await readTrajectories(environment, sampling.buffers);
      for (const { object, actions, logBackward: b } of trajectories!.slice(BATCH / 4)) {
        expect(object).toEqual(objects);
        const entry = seen.get(actions.join()) ?? { count: 0, probability: oracle(actions) };
        expect(Math.abs(Math.exp(b) - entry.probability)).toBeLessThan(1e-4);
        seen.set(actions.join(), { ...entry, count: entry.count + 1 });
      }
    }
    const ways = [...seen.values()];
    const probabilities = ways.map(({ probability }) => probability);
    // All ways to the object were taken, and they are not alike.
    expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 4);
    const counts = ways.map(({ count }) => count);
    const limit = chiSquareLimit(ways.length - 1);
    expect(chiSquare(counts, probabilities)).toBeLessThan(limit);
    expect(
      chiSquare(
        counts,
        ways.map(() => 1 / ways.length),
      ),
    ).toBeGreaterThan(limit);
    disposeBuffers(sampling.buffers);
  });

  it("are an object's coordinates on the plane", async () => {
    const environment = gaussianMixture();
    const objects = table(environment);
    const sampling = await makeSampling(environment, { source: "target:1", objects });
    await sampling.sample.run();
    const [trajectories] = await readTrajectories(environment, sampling.buffers);
    for (const { object, actions } of trajectories!) expect([...object.subarray(0, 2)]).toEqual(actions);
    disposeBuffers(sampling.buffers);
  });

  it("of a local search are all but the last few, and the policy takes those", async () => {
    const sampling = await makeSampling(SETS, { source: "policy:0.5,local-search:0.5", backSteps: 1, replay: 64 }, { seeds: [3] });
    const { buffers, draws, replicas, sample } = sampling;
    await sample.run();
    replicas.setStep(1);
    await draws.run();
    const before = (await readTrajectories(SETS, buffers))[0]!.map(({ object }) => object[0]!);
    await sample.run();
    const after = (await readTrajectories(SETS, buffers))[0]!.map(({ object }) => object[0]!);
    const bits = (word: number) => word.toString(2).replaceAll("0", "").length;
    const shared = after.slice(BATCH / 2).map((word, n) => bits(word & before[BATCH / 2 + n]!));
    // Two of three items stay; the third may come back.
    expect(shared.every((count) => count >= 2)).toBe(true);
    expect(shared).toContain(2);
    disposeBuffers(buffers);
  });
});

describe("a training with sources", () => {
  const options: TrainerOptions = {
    environment: SETS,
    policy: mlp({ hidden: [8] }),
    objective: reverseKl(),
    source: "policy:0.5,replay:0.25,local-search:0.25",
    replay: 32,
    batchSize: 16,
    steps: 40,
    replicas: 2,
    seed: 4,
  };

  it("goes on with the same bits after a checkpoint, buffer and all", async () => {
    const device = await testDevice();
    using whole = await Trainer.create(device, options);
    await whole.train(25);
    const kept = await checkpoint(whole);
    await whole.train(15);
    using resumed = await Trainer.create(device, options);
    restoreCheckpoint(resumed, kept);
    expect((await checkpoint(resumed)).tensors).toEqual(kept.tensors);
    await resumed.train(15);
    expect((await checkpoint(resumed)).tensors).toEqual((await checkpoint(whole)).tensors);
    // Without its buffer it is another training.
    const state = await whole.state();
    using empty = await Trainer.create(device, options);
    const { replay: _, ...rest } = kept.tensors["replay.stamp"] ? await resumedState(kept, device) : state;
    empty.restore(rest);
    await empty.train(15);
    expect((await checkpoint(empty)).tensors["policy.layers.0.weight"]).not.toEqual(
      (await checkpoint(whole)).tensors["policy.layers.0.weight"],
    );
  });

  async function resumedState(kept: Awaited<ReturnType<typeof checkpoint>>, device: Awaited<ReturnType<typeof testDevice>>) {
    using trainer = await Trainer.create(device, options);
    restoreCheckpoint(trainer, kept);
    return trainer.state();
  }

  it.each([
    ["policy:0.5,replay:0.4", /add up to 0.9, not to 1/],
    ["policy:0.5,replays:0.5", /replays.*did you mean replay/],
    ["policy:x,replay:0.5", /the share of policy must be a number above 0/],
    ["replay", /nothing fills the replay buffer/],
    ["objects", /source objects has no objects to draw from/],
    ["policy:0.99,replay:0.01", /a batchSize of 16 leaves no trajectory for source replay/],
  ])("is refused: %s", async (source, message) => {
    await expect(Trainer.create(await testDevice(), { ...options, source })).rejects.toMatchObject({
      code: "argument",
      message: expect.stringMatching(message),
    });
  });

  it("is refused with retrace learned where p_B is uniform", async () => {
    await expect(Trainer.create(await testDevice(), { ...options, retrace: "learned" })).rejects.toThrow(
      /retrace learned needs a learned backward policy/,
    );
  });

  it("is refused with an estimator that needs the policy's own samples, and where the buffer is beyond the adapter", async () => {
    const device = await testDevice();
    await expect(Trainer.create(device, { ...options, estimator: "loo" })).rejects.toThrow(
      /with source policy:.*estimator loo of reverse-kl ends away/,
    );
    await expect(Trainer.create(device, { ...options, replay: 2 ** 26, replicas: 64 })).rejects.toMatchObject({ code: "limit" });
  });
});
