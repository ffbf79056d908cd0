/** Metrics: what every one of them keeps, and that one of one's own does everything that the built-in ones do. */
import { banana, type Environment, hypergrid, sets } from "@webgfn/envs";
import { renyi, trajectoryBalance } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { environmentData, Replicas, weightsTensor } from "@webgfn/sampler/internal";
import { type Device, openDevice } from "@webgfn/tensor";
import {
  columnValue,
  defineMetric,
  evaluateModel,
  fullEvaluation,
  type Measuring,
  type Metric,
  type MetricInputs,
  Trainer,
  type TrainerOptions,
} from "@webgfn/trainer";
import { builtInMetrics, policySamples, requireColumn } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { networkOf, spreadWeights } from "./helpers.js";

vi.setConfig({ testTimeout: 300_000 });

/** Mean log R, effective sample size and the share of distinct objects among 1024, as many as the built-in statistics sample. */
const samples = defineMetric({
  name: "samples",
  columns: [
    { key: "meanReward", label: "mean log R of 1024", help: "mean log R of 1024 objects", better: "higher" },
    { key: "share", label: "ESS of 1024", help: "effective share of 1024 trajectories", shown: "data" },
    { key: "distinct", label: "distinct", help: "share of distinct objects", log: true },
  ],
  create: (inputs) => ({
    async measure() {
      const drawn = await inputs.samples(1024);
      return drawn.map(({ states, logRewards, logWeights }) => {
        const words = states.length / logRewards.length;
        const keys = Array.from(logRewards, (_, n) => states.subarray(n * words, (n + 1) * words).join());
        const weights = logWeights.map(Math.exp);
        const squares = weights.reduce((sum, each) => sum + each * each, 0);
        return {
          meanReward: logRewards.reduce((sum, each) => sum + each, 0) / 1024,
          share: weights.reduce((sum, each) => sum + each, 0) ** 2 / (1024 * squares),
          distinct: new Set(keys).size / 1024,
        };
      });
    },
    dispose() {},
  }),
});

/** Reads the weights and the step that it is told; counts what becomes of it. */
function norms() {
  const calls = { created: 0, disposed: 0, environments: [] as Environment[] };
  const metric = defineMetric({
    name: "norms",
    columns: [
      { key: "squaredNorm", label: "‖w‖²", help: "sum of the squared weights" },
      { key: "measuredAt", label: "at", help: "the training step", shown: "data", whole: true },
    ],
    create({ weights, replicas, environment }) {
      calls.created += 1;
      calls.environments.push(environment);
      return {
        async measure(step) {
          const values = (await weights.read()) as Float32Array;
          const size = values.length / replicas.count;
          return Array.from({ length: replicas.count }, (_, r) => ({
            squaredNorm: values.subarray(r * size, (r + 1) * size).reduce((sum, each) => sum + each * each, 0),
            measuredAt: step,
          }));
        },
        dispose() {
          calls.disposed += 1;
        },
      };
    },
  });
  return { metric, calls };
}

const OPTIONS: TrainerOptions = {
  environment: hypergrid({ side: 4 }),
  policy: mlp({ hidden: [8] }),
  objective: renyi(),
  batchSize: 16,
  steps: 30,
  learningRate: 0.01,
  seed: 3,
  replicas: 2,
};

const valuesOf = (replicas: readonly object[], key: string) => replicas.map((replica) => columnValue(replica, key));

describe.each<{ metric: Metric; environment: Environment }>([
  ...builtInMetrics.map((metric) => ({
    metric,
    environment: { "density distance": banana(), "sampled distance": sets({ items: 22, size: 2 }) }[metric.name] ?? hypergrid({ side: 4 }),
  })),
  { metric: samples, environment: hypergrid({ side: 4 }) },
  { metric: norms().metric, environment: hypergrid({ side: 4 }) },
])("the metric $metric.name", ({ metric, environment }) => {
  const network = networkOf(environment, [8]);
  const models = [0, 1].map((r) => spreadWeights(network, r));

  /** Inputs of some of the models, and what frees them. */
  function inputsOf(device: Device, which: readonly number[]): MetricInputs & { free(): void } {
    const replicas = new Replicas(
      device,
      which.map((r) => ({ seed: 5 + r, step: 7 })),
    );
    const weights = weightsTensor(
      device,
      network,
      which.map((r) => models[r]!),
    );
    const data = environmentData(device, environment);
    const inputs = { device, environment, network, weights, data, replicas };
    const free = () => {
      for (const owned of [weights, data, replicas]) owned.dispose();
    };
    return { ...inputs, samples: (count) => policySamples(inputs, count), free };
  }

  async function measured(which: readonly number[]): Promise<Record<string, number>[]> {
    const inputs = inputsOf(await testDevice(), which);
    const measuring = await metric.create(inputs);
    const values = await measuring.measure(7);
    expect(await measuring.measure(7), "the same numbers again").toEqual(values);
    measuring.dispose();
    inputs.free();
    return values.map((each) => ({ ...each }));
  }

  it("describes its columns, and says for which environments it is not there", async () => {
    for (const column of metric.columns) requireColumn(metric.name, column);
    expect(new Set(metric.columns.map(({ key }) => key)).size).toBe(metric.columns.length);
    const device = await testDevice();
    for (const other of [hypergrid({ side: 4 }), banana(), sets({ items: 22, size: 2 })]) {
      const capability = metric.available(other, { device, network: networkOf(other, [8]) });
      if (!capability.available) expect(capability.reason).toMatch(/\w+ \w+/);
    }
    expect(metric.available(environment, { device, network }).available).toBe(true);
  });

  it("measures a number for every replica and column, replica r as it would be alone, and gives back every byte", async () => {
    const device = await testDevice();
    await measured([0]); // staging buffers of the device stay for reuse
    const both = await measured([0, 1]);
    const before = device.statistics.bytesAllocated;
    expect(both).toHaveLength(2);
    for (const values of both) {
      for (const { key } of metric.columns) expect(values[key], key).toEqual(expect.any(Number));
    }
    const alone = [...(await measured([0])), ...(await measured([1]))];
    expect(both).toEqual(alone);
    expect(device.statistics.bytesAllocated).toBe(before);
  });
});

describe("a metric of one's own", () => {
  it("is measured for every replica at every evaluation, of objects that metrics share", async () => {
    const { metric } = norms();
    const trainer = await Trainer.create(await testDevice(), { ...OPTIONS, metrics: [samples, metric] });
    expect(trainer.columns.map(({ key }) => key)).toEqual([
      "loss",
      "l1",
      "js",
      "logZ",
      "logZError",
      "logZEstimate",
      "elbo",
      "meanLogReward",
      "meanLength",
      "effectiveSampleSize",
      "meanReward",
      "share",
      "distinct",
      "squaredNorm",
      "measuredAt",
    ]);
    const steps: number[] = [];
    for await (const { step, replicas } of trainer.run({ evaluateEvery: 15 })) {
      steps.push(step);
      expect(valuesOf(replicas, "measuredAt")).toEqual([step, step]);
      // The same trajectories as the built-in statistics', which are float32 sums.
      for (const replica of replicas) {
        expect(columnValue(replica, "meanReward")).toBeCloseTo(replica.meanLogReward, 4);
        expect(columnValue(replica, "share")! / replica.effectiveSampleSize).toBeCloseTo(1, 3);
        expect(replica.effectiveSampleSize).toBeLessThan(0.999);
        expect(replica.logZEstimate).toBe(replica.logZ);
      }
      const weights = (await trainer.buffers.weights.read()) as Float32Array;
      const size = weights.length / 2;
      const squares = [0, 1].map((r) => weights.subarray(r * size, (r + 1) * size).reduce((sum, each) => sum + each * each, 0));
      expect(valuesOf(replicas, "squaredNorm")).toEqual(squares);
    }
    expect(steps).toEqual([0, 15, 30]);
    trainer.dispose();
  });

  it("changes no bit of training, and goes on after a resume as if nothing had been", async () => {
    const device = await testDevice();
    const trained = async (metrics: readonly Metric[], from?: Awaited<ReturnType<Trainer["state"]>>) => {
      const trainer = await Trainer.create(device, { ...OPTIONS, metrics });
      if (from !== undefined) trainer.restore(from);
      await trainer.train(10);
      const middle = await trainer.state();
      const { replicas } = await trainer.evaluate();
      trainer.dispose();
      return { middle, replicas };
    };
    const plain = await trained([]);
    const first = await trained([samples, norms().metric]);
    expect(first.middle).toEqual(plain.middle);
    expect(first.replicas).toMatchObject(plain.replicas);
    const whole = await Trainer.create(device, { ...OPTIONS, metrics: [samples, norms().metric] });
    await whole.train(20);
    const resumed = await trained([samples, norms().metric], first.middle);
    expect(resumed.replicas).toEqual((await whole.evaluate()).replicas);
    whole.dispose();
  });

  it("is created anew on the device that takes the place of a lost one, with the same numbers", async () => {
    const { metric, calls } = norms();
    const options = { ...OPTIONS, metrics: [metric, samples] };
    const curve = async (lose?: (trainer: Trainer) => void) => {
      const device = await openDevice();
      const trainer = await Trainer.create(device, options);
      const values: unknown[] = [];
      for await (const { step, replicas } of trainer.run({ evaluateEvery: 10 })) {
        values.push(valuesOf(replicas, "squaredNorm"), valuesOf(replicas, "distinct"));
        if (step === 10) lose?.(trainer);
      }
      trainer.dispose();
      device.dispose();
      return values;
    };
    const whole = await curve();
    expect(calls).toMatchObject({ created: 1, disposed: 1 });
    expect(await curve((trainer) => trainer.device.gpu.destroy())).toEqual(whole);
    expect(calls).toMatchObject({ created: 3, disposed: 3 });
  });

  it("measures other rewards when those change", async () => {
    const { metric, calls } = norms();
    const trainer = await Trainer.create(await testDevice(), { ...OPTIONS, metrics: [metric, samples] });
    const other = hypergrid({ side: 4, r0: 0.5, r1: 8 });
    await trainer.retarget(other);
    expect(calls).toMatchObject({ created: 2, disposed: 1, environments: [OPTIONS.environment, other] });
    const { replicas } = await trainer.evaluate();
    for (const replica of replicas) expect(columnValue(replica, "meanReward")).toBeCloseTo(replica.meanLogReward, 4);
    trainer.dispose();
    expect(calls.disposed).toBe(2);
  });

  it("that cannot measure an environment is left out, with its reason", async () => {
    const absent = defineMetric({
      ...samples,
      available: ({ title }) => ({ available: false, reason: `${title} has no energy` }),
    });
    const trainer = await Trainer.create(await testDevice(), { ...OPTIONS, metrics: [absent] });
    expect(trainer.unavailableMetrics).toEqual([{ name: "samples", reason: "hypergrid of side 4 in 2 dimensions has no energy" }]);
    expect(trainer.columns.map(({ key }) => key)).not.toContain("distinct");
    expect((await trainer.evaluate()).replicas[0]).not.toHaveProperty("distinct");
    trainer.dispose();
  });

  it("that fails leaves nothing on the device", async () => {
    const device = await testDevice();
    const { metric, calls } = norms();
    const use = (create: () => Measuring) =>
      Trainer.create(device, { ...OPTIONS, metrics: [metric, defineMetric({ ...samples, create })] });
    const failing = () => {
      throw new Error("no energy today");
    };
    await expect(use(failing)).rejects.toThrow("no energy today");
    const before = device.statistics.bytesAllocated;
    await expect(use(failing)).rejects.toThrow("no energy today");
    expect(device.statistics.bytesAllocated).toBe(before);
    expect(calls).toMatchObject({ created: 2, disposed: 2 });

    const trainer = await use(() => ({ measure: async () => [{ meanReward: 1, distinct: 1 }], dispose() {} }));
    await expect(trainer.evaluate()).rejects.toMatchObject({
      code: "argument",
      message: "measure of the metric samples must return a list with one entry per replica, 2 in all, not 1",
    });
    trainer.dispose();
  });

  it("is refused where its keys are taken, or it is no metric", async () => {
    const device = await testDevice();
    const twice = Trainer.create(device, { ...OPTIONS, metrics: [samples, samples] });
    await expect(twice).rejects.toThrow("the metric samples has a column meanReward, which is a column of the metric samples already");
    const nothing = Trainer.create(device, { ...OPTIONS, metrics: [{ name: "nothing" } as Metric] });
    await expect(nothing).rejects.toThrow("metrics must be a list of metrics, each made by defineMetric");
  });
});

describe("a model without a trainer", () => {
  it.each([renyi(), trajectoryBalance()])(
    "of $name is measured as the trainer measures it, and compiles no training kernel",
    async (objective) => {
      const device = await testDevice();
      const { metric } = norms();
      const trainer = await Trainer.create(device, { ...OPTIONS, objective, metrics: [samples, metric] });
      await trainer.train(5);
      const expected = await fullEvaluation(trainer, { objects: 256 });
      const { weights, logZ, step } = await trainer.state();
      const { network } = trainer;
      trainer.dispose();

      const compiled = vi.spyOn(device, "kernel");
      const { environment, seed = 0 } = OPTIONS;
      const learned = objective.learns.includes("log-z") ? { learnedLogZ: logZ.map(([value]) => value!) } : {};
      const model = { environment, network, weights, seed, step, ...learned, metrics: [samples, metric] };
      const found = await evaluateModel(device, model, { objects: 256 });
      const before = device.statistics.bytesAllocated;
      expect(await evaluateModel(device, model, { objects: 256 }), "the same numbers again").toEqual(found);
      expect(compiled.mock.calls.map(([{ root }]) => root)).not.toContainEqual(
        expect.stringMatching(/^trainer\/(?!evaluation)|^objectives/),
      );
      compiled.mockRestore();
      expect(device.statistics.bytesAllocated).toBe(before);

      expect(found.replicas).toEqual(expected.replicas.map((replica) => ({ ...replica, loss: Number.NaN })));
      expect(found).toMatchObject({ step: 5, l1: expected.l1, heldOut: expected.heldOut, modeThreshold: expected.modeThreshold });
      expect(found.columns).toEqual(expected.columns.filter(({ key }) => key !== "loss"));
      expect(found.columns.map(({ key }) => key)).toEqual(expect.arrayContaining(["eubo", "modes", "effectiveSampleSize", "distinct"]));
    },
  );
});
