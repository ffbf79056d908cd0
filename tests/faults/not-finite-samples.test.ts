/** What is not finite never becomes an object: policies whose numbers overflow, and replicas that training found broken. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dags, type Environment, gaussianMixture, hypergrid, sets } from "@webgfn/envs";
import { type Checkpoint, encodeCheckpoint, type LinearWeights, loadSampler, mlp, Sampler, trainedModel } from "@webgfn/sampler";
import { fitPolicy, initialWeights, stackLayers } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { checkpoint, evaluateModel, Trainer } from "@webgfn/trainer";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { completeConfiguration, trainerOptions } from "webgfn";
import { run } from "../cli/run.js";
import { testDevice } from "../gpu/device.js";
import { failure } from "../gpu/tensor/helpers.js";

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const policy = mlp({ hidden: [8] });

/** Initial weights, of which those of some layers are replaced. */
function weightsOf(environment: Environment, replace: (value: number, index: number, layer: number) => number): LinearWeights[] {
  return initialWeights(fitPolicy(policy, environment), 0).map(({ weight, bias }, layer) => ({
    weight: weight.map((value, index) => replace(value, index, layer)),
    bias: bias.map((value, index) => replace(value, index, layer)),
  }));
}

describe("a policy whose weights are finite but overflow", () => {
  it.each<{ title: string; environment: Environment }>([
    { title: "hypergrid", environment: hypergrid({ side: 4 }) },
    { title: "sets", environment: sets({ items: 6, size: 3 }) },
    { title: "dags", environment: dags({ variables: 3, samples: 30 }) },
    { title: "a mixture over a plane", environment: gaussianMixture() },
  ])("gives no object: $title", async ({ environment }) => {
    const weights = weightsOf(environment, (_, index) => (index % 2 ? 3e38 : -3e38));
    using sampler = await Sampler.create(device, { environment, policy, weights, batchSize: 32, name: "replica 2" });
    for (const call of [() => sampler.sample(1), () => sampler.sample(100), () => sampler.stream(5).next()]) {
      const { message, fix } = await failure("numbers", call);
      expect(message).toMatch(/^replica 2: the log probability of a sampled trajectory is (NaN|-?Infinity), not a finite number/);
      expect(message).toContain("its largest weight, 3.00e+38, is in layer 0");
      expect(fix).toContain("another replica");
    }
    const sound = await Sampler.create(device, { environment, policy, weights: weightsOf(environment, (value) => value), batchSize: 32 });
    expect(await sound.sample(3)).toHaveLength(3);
    sound.dispose();
  });

  it("names the layer whose weights are largest", async () => {
    const environment = hypergrid({ side: 4 });
    const weights = weightsOf(environment, (value, index, layer) => (layer === 1 ? (index % 2 ? 2e38 : -3e38) : 1e3 * value));
    using sampler = await Sampler.create(device, { environment, policy, weights, batchSize: 32 });
    expect((await failure("numbers", () => sampler.sample(1))).message).toContain("its largest weight, 3.00e+38, is in layer 1");
  });

  it("has a fault when it is measured, and only that replica has", async () => {
    const environment = hypergrid({ side: 4 });
    const models = [weightsOf(environment, (value) => value), weightsOf(environment, (_, index) => (index % 2 ? 3e38 : -3e38))];
    const network = fitPolicy(policy, environment);
    const { replicas, l1 } = await evaluateModel(device, { environment, network, weights: models, step: 7 }, { objects: 64 });
    expect(replicas.map(({ fault }) => fault)).toEqual([undefined, { quantity: "log probability", step: 7 }]);
    expect(l1).toBe(replicas[0]!.l1);
  });
});

describe("a policy with weights that are not finite", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("is refused: %s", async (wrong) => {
    const environment = hypergrid({ side: 4 });
    const weights = weightsOf(environment, (value, index, layer) => (layer === 1 && index === 3 ? wrong : value));
    const { message } = await failure("numbers", () => Sampler.create(device, { environment, policy, weights }));
    expect(message).toBe(`the policy: layer 1 holds a weight that is ${wrong}, not a finite number`);
    const network = fitPolicy(policy, environment);
    await failure("numbers", () => evaluateModel(device, { environment, network, weights: [weights] }));
  });
});

describe("an environment whose rewards are not finite", () => {
  it("gives no object", async () => {
    const environment = sets({ items: 6, size: 3 });
    const broken = { ...environment, data: new Float32Array(environment.data.length).fill(Number.NaN) };
    using sampler = await Sampler.create(device, {
      environment: broken,
      policy,
      weights: weightsOf(environment, (value) => value),
      batchSize: 8,
    });
    const { message, fix } = await failure("numbers", () => sampler.sample(4));
    expect(message).toBe(`${environment.title}: log R of a sampled object is NaN, not a finite number`);
    expect(fix).toContain("log_reward");
  });
});

/** A checkpoint of two replicas, the second of which met a gradient that was not finite at step 37. */
function broken(code = 4): Checkpoint {
  const environment = hypergrid({ side: 4 });
  const network = fitPolicy(policy, environment);
  const configuration = completeConfiguration({ environment: "hypergrid", env: { side: 4 }, hidden: [8], steps: 50, replicas: 2, seed: 5 });
  const weights = [0, 1].map((seed) => initialWeights(network, seed));
  return {
    configuration: JSON.stringify(configuration),
    step: 50,
    tensors: { ...stackLayers("policy", network, weights), fault: { shape: [2, 2], data: Float32Array.of(0, 0, code, 37) } },
  };
}

describe("a replica that training found broken", () => {
  it("is refused by loadSampler, unless it is asked for", async () => {
    const file = encodeCheckpoint(broken());
    const options = { environments: { hypergrid }, batchSize: 8, device };
    const { message, fix } = await failure("numbers", () => loadSampler(file, { ...options, replica: 1 }));
    expect(message).toBe("replica 1 of the checkpoint met a gradient that is not finite at step 37, and was trained no further");
    expect(fix).toContain("allowBroken: true");
    using sound = await loadSampler(file, options);
    using asked = await loadSampler(file, { ...options, replica: 1, allowBroken: true });
    for (const sampler of [sound, asked]) expect(await sampler.sample(2)).toHaveLength(2);
  });

  it("is told by trainedModel, and refused by a sampler of that", async () => {
    const models = await Promise.all([0, 1].map((replica) => trainedModel(broken(), { hypergrid }, replica)));
    expect(models.map(({ fault }) => fault)).toEqual([undefined, { quantity: "gradient", step: 37 }]);
    const { message } = await failure("numbers", () => Sampler.create(device, models[1]!));
    expect(message).toBe("the policy met a gradient that is not finite at step 37, and was trained no further");
    (await Sampler.create(device, { ...models[1]!, allowBroken: true, batchSize: 8 })).dispose();
  });

  it.each([9, -1, 0.5, 1e9])("of a kind that does not exist makes the checkpoint one that cannot be read: %s", async (code) => {
    await failure("file", () => loadSampler(encodeCheckpoint(broken(code)), { environments: { hypergrid }, device }));
  });

  it("is told by the command line, whatever reads it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "webgfn-broken-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "broken.safetensors");
    writeFileSync(file, encodeCheckpoint(broken()));
    const met = "webgfn: replica 1 (seed 6) met a gradient that is not finite at step 37; ";
    const sampled = await run(["sample", file, "--replica", "1", "--count", "2"]);
    expect([sampled.status, sampled.stdout.split("\n").length]).toEqual([0, 3]);
    expect(sampled.stderr).toContain(`${met}these objects are sampled with its last sound weights; lower the learning rate`);
    // An exported replica takes its fault along.
    const exported = join(folder, "exported.safetensors");
    const { status, stderr } = await run(["export", file, "--replica", "1", "--out", exported]);
    expect([status, stderr.trim()]).toEqual([0, expect.stringContaining(`${met}it is exported with its last sound weights; lower`)]);
    expect((await run(["export", file, "--replica", "0", "--out", join(folder, "sound.safetensors")])).stderr).toBe("");
    await failure("numbers", () => loadSampler(new Uint8Array(readFileSync(exported)), { environments: { hypergrid }, device }));
    const other = await run(["sample", file, "--count", "2"]);
    expect([other.status, other.stderr.includes("replica")]).toEqual([0, false]);
    const measured = await run([
      "variance",
      "--from",
      file,
      "--replica",
      "1",
      "--objective",
      "renyi",
      "--batch-size",
      "4",
      "--batches",
      "3",
    ]);
    expect(measured.status, measured.stderr).toBe(0);
    expect(measured.stderr).toContain(`${met}these gradients are measured with its last sound weights; lower the learning rate`);
    const evaluated = await run(["evaluate", file, "--objects", "16", "--json"]);
    expect(evaluated.stderr).toContain(`${met}lower the learning rate`);
    expect(JSON.parse(evaluated.stdout).replicas.map(({ fault }: { fault?: object }) => fault)).toEqual([
      undefined,
      { quantity: "gradient", step: 37 },
    ]);
  });
});

describe("the command line", () => {
  it("prints no object of a policy that overflows, as lines or as an array", async () => {
    const folder = mkdtempSync(join(tmpdir(), "webgfn-overflow-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const configuration = completeConfiguration({ environment: "hypergrid", env: { side: 4 }, hidden: [8], batchSize: 16, steps: 20 });
    const trainer = await Trainer.create(device, trainerOptions(configuration));
    trainer.buffers.weights.write(new Float32Array(4 * trainer.network.weights4).fill(3e38));
    const file = join(folder, "large.safetensors");
    writeFileSync(file, encodeCheckpoint(await checkpoint(trainer, configuration)));
    trainer.dispose();
    for (const more of [[], ["--out", join(folder, "objects.npy")]]) {
      const { status, stdout, stderr } = await run(["sample", file, "--count", "3", ...more]);
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(
        /^webgfn: replica 0: the log probability of a sampled trajectory is .*; train again with a lower learning rate/m,
      );
    }
    const { stderr, stdout } = await run(["evaluate", file, "--objects", "16", "--json"]);
    expect(stderr).toContain(
      "webgfn: replica 0 (seed 0) met a log probability that is not finite at step 0; the policy's weights have grown too large",
    );
    expect(JSON.parse(stdout).replicas[0].fault).toEqual({ quantity: "log probability", step: 0 });
  });
});
