/** Samplers from checkpoints: where they come from, and what is said of those that cannot be used. */
import { gaussianMixture, sets } from "@webgfn/envs";
import { trajectoryBalance } from "@webgfn/objectives";
import { parseConfiguration } from "@webgfn/runs";
import {
  encodeCheckpoint,
  loadSampler,
  mlp,
  type Policy,
  Sampler,
  samplingCheckpoint,
  type TrainedModel,
  trainedModel,
} from "@webgfn/sampler";
import { fitPolicy, initialWeights, stackLayers, unstackLayers } from "@webgfn/sampler/internal";
import { checkpoint, Trainer } from "@webgfn/trainer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { completeConfiguration, loadSampler as loadAny } from "webgfn";
import { testDevice } from "./device.js";
import { failure } from "./tensor/helpers.js";

const ENVIRONMENT = sets({ items: 6, size: 3 });
const REPLICAS = 2;

function modelOf(policy: Policy, flow = false) {
  const net = fitPolicy(policy, ENVIRONMENT, { flow });
  const weights = Array.from({ length: REPLICAS }, (_, r) => initialWeights(net, r));
  return { net, weights, tensors: stackLayers("policy", net, weights) };
}

const { weights, tensors } = modelOf(mlp({ hidden: [8] }));

/** A checkpoint of untrained policies, with other fields of the configuration where given. */
function file(changes: object = {}, own = tensors): Uint8Array {
  const configuration = { environment: "sets", env: ENVIRONMENT.parameters, policy: "mlp", hidden: [8], replicas: REPLICAS, ...changes };
  return encodeCheckpoint({ configuration: JSON.stringify(configuration), step: 0, tensors: own });
}

const dataUrl = (bytes: Uint8Array) => `data:application/octet-stream;base64,${btoa(String.fromCharCode(...bytes))}`;
const options = { environments: { sets }, seed: 4, batchSize: 16 };

afterEach(() => vi.unstubAllGlobals());

describe("loadSampler", () => {
  it("samples what a sampler of the same weights samples, from an address, a file's bytes and a chosen file", async () => {
    const device = await testDevice();
    const direct = await Sampler.create(device, {
      environment: ENVIRONMENT,
      policy: mlp({ hidden: [8] }),
      weights: weights[1]!,
      seed: 4,
      batchSize: 16,
    });
    const expected = await direct.sample(16);
    expect(new Set(expected.map(({ object }) => String((object as { items: number[] }).items))).size).toBeGreaterThan(5);
    for (const source of [dataUrl(file()), new URL(dataUrl(file())), file(), file().slice().buffer, new Blob([file().slice()])]) {
      const loaded = await loadSampler(source, { ...options, device, replica: 1 });
      expect(await loaded.sample(16)).toEqual(expected);
      loaded.dispose();
    }
    // The device that was given stays open.
    expect(() => device.check()).not.toThrow();
    direct.dispose();
  });

  it("of the package webgfn knows every environment, and opens and closes a device of its own", async () => {
    const sampler = await loadAny(file(), { batchSize: 4 });
    expect(sampler.environment.title).toBe(ENVIRONMENT.title);
    expect(await sampler.sample(4)).toHaveLength(4);
    sampler.dispose();
    await failure("disposed", () => sampler.sample(1));
  });

  it("reads what checkpoint(trainer) writes, which needs no configuration", async () => {
    const device = await testDevice();
    const environment = sets({ items: 6, size: 3, dataSeed: 2 });
    const policy = mlp({ hidden: [8], backward: "learned" });
    const options = {
      environment,
      policy,
      objective: trajectoryBalance({ loss: "huber", delta: 0.5 }),
      batchSize: 8,
      steps: 4,
      replicas: 2,
      gradientClip: 1,
    };
    const trainer = await Trainer.create(device, options);
    await trainer.train(2);
    const written = await checkpoint(trainer);
    const sampler = await loadSampler(encodeCheckpoint(written), { environments: { sets }, device, replica: 1, seed: 4, batchSize: 16 });
    expect(sampler.environment.parameters).toEqual({ items: 6, size: 3, dataSeed: 2 });
    const own = (await trainer.weights())[1]!;
    const direct = await Sampler.create(device, { environment, policy, weights: own, seed: 4, batchSize: 16 });
    const expected = await direct.sample(16);
    expect(await sampler.sample(16)).toEqual(expected);
    // So does what it needs alone, a third of the size.
    const small = samplingCheckpoint(written, { replica: 1 });
    const alone = await loadSampler(encodeCheckpoint(small), { environments: { sets }, device, seed: 4, batchSize: 16 });
    expect(await alone.sample(16)).toEqual(expected);
    const bytes = (tensors: object[]) => tensors.reduce((sum, tensor) => sum + (tensor as { data: Float32Array }).data.byteLength, 0);
    expect(bytes(Object.values(samplingCheckpoint(written).tensors)) / bytes(Object.values(written.tensors))).toBeCloseTo(1 / 3, 1);
    expect(2 * bytes(Object.values(small.tensors))).toBe(bytes(Object.values(samplingCheckpoint(written).tensors)));
    // The command line reads the same.
    const complete = completeConfiguration(parseConfiguration(written.configuration, "it"));
    expect(complete).toMatchObject({
      objective: "tb",
      loss: "huber",
      delta: 0.5,
      hidden: [8],
      backward: "learned",
      replicas: 2,
      gradientClip: 1,
    });
    expect(complete).toMatchObject({ batchSize: 8, steps: 4, logZInitial: null, estimator: "none", env: { dataSeed: 2 } });
    for (const owned of [sampler, alone, direct, trainer]) owned.dispose();
  });

  it("takes policies of one's own by their names, and says which one is missing", async () => {
    const mine = { ...mlp({ hidden: [8] }), name: "mine" };
    const bytes = file({ policy: "./mine.mjs#mine" });
    const { message, fix } = await failure("argument", () => loadSampler(bytes, options));
    expect(message).toContain('the policy "./mine.mjs#mine", which is neither built in nor among those given: none');
    expect(fix).toContain("{ policies: { mine } }");
    using sampler = await loadSampler(bytes, { ...options, policies: { mine }, device: await testDevice() });
    expect(await sampler.sample(2)).toHaveLength(2);
  });

  it("says why an address cannot be read", async () => {
    const at = "https://example.test/sets.safetensors";
    vi.stubGlobal("fetch", async () => new Response(null, { status: 404 }));
    expect((await failure("file", () => loadSampler(at, options))).message).toBe(`${at} could not be fetched: the server answered 404`);
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("Failed to fetch")));
    const { message, fix } = await failure("file", () => loadSampler(at, options));
    expect(message).toBe(`${at} could not be fetched: Failed to fetch`);
    expect(fix).toContain("CORS");
    vi.unstubAllGlobals();
    await failure("file", () => loadSampler(new URL("file:///nowhere"), options));
    for (const text of ["<!doctype html><title>Not here</title>", "\uFEFF\n<HTML lang='en'>", "<!-- served -->\n<html>"]) {
      vi.stubGlobal("fetch", async () => new Response(text));
      const html = await failure("file", () => loadSampler(at, options));
      expect(html.message).toBe(`this looks like HTML: the address ${at} serves a web page, not a checkpoint`);
      expect(html.fix).toContain("check the address");
    }
    const bytes = new TextEncoder().encode("<!doctype html><title>Not here</title>");
    expect((await failure("file", () => loadSampler(bytes, options))).message).toContain("it looks like HTML");
    vi.stubGlobal("fetch", async () => new Response(file().slice(0, 100)));
    expect((await failure("file", () => loadSampler(at, options))).message).toContain("not a readable safetensors file");
    // A connection that breaks half way.
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError("network error")) });
    vi.stubGlobal("fetch", async () => new Response(broken));
    expect((await failure("file", () => loadSampler(at, options))).message).toBe(`${at} could not be fetched: network error`);
  });

  it("says how far the download is, and how large it is where the server says so", async () => {
    const bytes = file();
    const served = (headers: Record<string, string>) => {
      const halves = new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.slice(0, 100));
          controller.enqueue(bytes.slice(100));
          controller.close();
        },
      });
      vi.stubGlobal("fetch", async () => new Response(halves, { headers }));
    };
    const progressOf = async (): Promise<unknown[]> => {
      const seen: unknown[] = [];
      const onProgress = (progress: object) => seen.push(progress);
      const sampler = await loadSampler("https://example.test", { ...options, device: await testDevice(), onProgress });
      sampler.dispose();
      return seen;
    };
    const total = bytes.length;
    served({ "content-length": String(total) });
    expect(await progressOf()).toEqual([
      { received: 100, total },
      { received: total, total },
    ]);
    // The length of a compressed file is not the checkpoint's.
    for (const headers of [{ "content-length": "50" }, { "content-length": String(total), "content-encoding": "gzip" }, {}]) {
      served(headers as Record<string, string>);
      expect(await progressOf()).toEqual([
        { received: 100, total: undefined },
        { received: total, total: undefined },
      ]);
    }
  });

  it("leaves nothing on the GPU where it is cancelled after the download", async () => {
    const device = await testDevice();
    const dispose = vi.spyOn(Sampler.prototype, "dispose");
    for (const late of [false, true]) {
      const controller = new AbortController();
      const reason = new Error("no longer wanted");
      const loading = loadSampler(new Blob([file().slice()]), { ...options, device, signal: controller.signal });
      if (late)
        vi.spyOn(Sampler, "create").mockImplementationOnce(async (...given) => {
          const sampler = await Sampler.create(...(given as Parameters<typeof Sampler.create>));
          controller.abort(reason);
          return sampler;
        });
      else controller.abort(reason);
      await expect(loading).rejects.toBe(reason);
      expect(dispose).toHaveBeenCalledTimes(late ? 1 : 0);
    }
    vi.restoreAllMocks();
    expect(() => device.check()).not.toThrow();
  });

  it("names its own options where one is misspelt, and does not take those of other functions", async () => {
    for (const [wrong, meant] of [
      ["batchsize", "batchSize"],
      ["environment", "environments"],
      ["sede", "seed"],
    ] as const) {
      const { message } = await failure("argument", () => loadSampler(file(), { ...options, [wrong]: 1 }));
      expect(message).toBe(
        `loadSampler has no option "${wrong}" (did you mean ${meant}?); it has environments, policies, replica, device, seed, batchSize, allowBroken, signal, onProgress`,
      );
    }
    expect((await failure("argument", () => loadAny(file(), { ownsDevice: true } as object))).message).toContain("no option");
    expect((await failure("argument", () => loadSampler(file(), {} as never))).message).toContain("loadSampler needs environments");
  });

  it("passes an abort on", async () => {
    vi.stubGlobal("fetch", (_: unknown, { signal }: { signal: AbortSignal }) => Promise.reject(signal.reason));
    const signal = AbortSignal.abort();
    await expect(loadSampler("https://example.test", { ...options, signal })).rejects.toBe(signal.reason);
  });

  it("names the environment that is missing, and the import that brings it", async () => {
    const { message, fix } = await failure("argument", () => loadSampler(file({ environment: "gaussian-mixture" }), options));
    expect(message).toContain('trained in the environment "gaussian-mixture", which is not among those given: sets');
    expect(fix).toContain("import { gaussianMixture }");
  });
});

describe("trainedModel", () => {
  const written = (changes: object, own = tensors) => ({
    configuration: JSON.stringify({
      environment: "sets",
      env: ENVIRONMENT.parameters,
      policy: "mlp",
      hidden: [8],
      replicas: REPLICAS,
      ...changes,
    }),
    step: 0,
    tensors: own,
  });

  it("finds environments by their names in either case", async () => {
    const parameters = { means: [[1, 2]], variance: 0.5 };
    const net = fitPolicy(mlp({ hidden: [8] }), gaussianMixture());
    const own = stackLayers("policy", net, [initialWeights(net, 0)]);
    const given = written({ environment: "gaussian-mixture", env: parameters, replicas: 1 }, own);
    for (const environments of [{ gaussianMixture }, { "gaussian-mixture": gaussianMixture }]) {
      expect((await trainedModel(given, environments)).environment.parameters).toEqual(parameters);
    }
  });

  it("recognises an output for the flow by the size of the last layer", async () => {
    const policy = mlp({ hidden: [8] });
    const own = modelOf(policy, true);
    const model = await trainedModel(written({}, own.tensors), { sets }, 1);
    expect(model.policy.parameters).toEqual(policy.parameters);
    expect(model.weights).toEqual(unstackLayers("policy", own.net, own.tensors, REPLICAS)[1]);
    using sampler = await Sampler.create(await testDevice(), model);
    expect(await sampler.sample(3)).toHaveLength(3);
  });

  it.each([
    ["no whole configuration", { policy: 3 }, "does not say which model it holds"],
    ["parameters that the environment refuses", { env: { items: 6, size: 7 } }, "cannot be used: sets' size must be at most its items"],
    ["a network of another width", { hidden: [9] }, 'the checkpoint\'s "policy.layers.0.weight" is [2, 8, 6], but'],
  ])("refuses a checkpoint with %s", async (_, changes, words) => {
    const { message } = await failure("file", () => trainedModel(written(changes), { sets }));
    expect(message).toContain(words);
  });

  it("is the same of a checkpoint with what sampling needs alone", async () => {
    const fault = { shape: [2, 2], data: Float32Array.of(0, 0, 3, 7) };
    const optimizer = { shape: [2, 2], data: new Float32Array(4) };
    const whole = written(
      { seed: 4 },
      { ...tensors, fault, "optimizer.log_z": optimizer, log_reward_shift: { ...optimizer, shape: [2, 2] } },
    );
    const small = samplingCheckpoint(whole);
    expect(Object.keys(small.tensors)).toEqual([...Object.keys(tensors), "fault"]);
    const parts = ({ policy, weights, fault }: TrainedModel) => [policy.parameters, weights, fault];
    for (const replica of [0, 1]) {
      const alone = samplingCheckpoint(whole, { replica });
      expect(JSON.parse(alone.configuration)).toMatchObject({ replicas: 1, seed: 4 + replica });
      const [expected, ...others] = await Promise.all([
        trainedModel(whole, { sets }, replica),
        trainedModel(small, { sets }, replica),
        trainedModel(alone, { sets }),
      ]);
      for (const other of others) expect(parts(other)).toEqual(parts(expected));
      expect(expected.fault).toEqual(replica === 1 ? { quantity: "loss", step: 7 } : undefined);
    }
  });

  it.each<[string, "argument" | "file", () => unknown, string]>([
    [
      "a replica that is not there",
      "argument",
      () => samplingCheckpoint(written({}), { replica: 2 }),
      "replica must be a whole number from 0 to 1, not 2",
    ],
    ["no policy", "file", () => samplingCheckpoint(written({}, {})), "the checkpoint holds no policy"],
    ["no configuration", "file", () => samplingCheckpoint({ ...written({}), configuration: "{}" }), "does not say which model it holds"],
    [
      "tensors of other replicas",
      "file",
      () => samplingCheckpoint(written({ replicas: 3 }), { replica: 0 }),
      "has 2 replicas, but its configuration 3",
    ],
  ])("of a checkpoint with %s says so", async (_, code, make, words) => {
    expect((await failure(code, async () => make())).message).toContain(words);
  });

  it("refuses a replica that is not there", async () => {
    for (const replica of [-1, 0.5, 2]) await failure("argument", () => trainedModel(written({}), { sets }, replica));
  });
});
