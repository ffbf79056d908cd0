/** Long runs, and things made and disposed of again and again. `WEBGFN_SOAK=100` does a hundred times as much. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { banana, hypergrid, sets } from "@webgfn/envs";
import { encodeCheckpoint, loadSampler, mlp, Sampler } from "@webgfn/sampler";
import { fitPolicy, initialWeights, stackLayers } from "@webgfn/sampler/internal";
import { type Device, openDevice, WebgfnError } from "@webgfn/tensor";
import { Trainer } from "@webgfn/trainer";
import { ScoreSampler } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "../gpu/device.js";
import { tiny } from "./tiny.js";

const SOAK = Number(process.env["WEBGFN_SOAK"] ?? 1);
const MEBIBYTE = 2 ** 20;

vi.setConfig({ testTimeout: 300_000 * Math.max(1, SOAK / 10) });

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** MiB by which the host's memory may grow: JavaScript's own not at all, the driver's until its allocator has settled. */
const MOST_GROWTH = { heap: 2, process: 64 };

/** Threads of this process; 0 where the system does not tell. */
function threads(): number {
  if (process.platform !== "linux") return 0;
  return Number(/Threads:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

interface Memory {
  /** MiB of JavaScript's own objects. */
  heap: number;
  /** MiB of the whole process, the driver included. */
  process: number;
}

/** Dawn lets go of a buffer when the object that stood for it is collected. */
async function memory(): Promise<Memory> {
  for (let time = 0; time < 2; time++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / MEBIBYTE, process: rss / MEBIBYTE };
}

async function expectNoGrowth(since: Memory, most: Memory = MOST_GROWTH): Promise<void> {
  const now = await memory();
  for (const part of ["heap", "process"] as const) expect(now[part] - since[part], `${part}, MiB`).toBeLessThan(most[part]);
}

describe("memory", () => {
  it("stays flat over a long run", async () => {
    const device = await testDevice();
    const steps = 1000 * SOAK;
    const trainer = await Trainer.create(device, tiny({ environment: hypergrid({ side: 2 }), batchSize: 2, steps }));
    await trainer.train(steps / 10);
    await trainer.evaluate();
    const [host, gpu] = [await memory(), device.statistics.bytesAllocated];
    for await (const { step } of trainer.run({ evaluateEvery: steps / 10 })) expect(step).toBe(trainer.step);
    expect(trainer.step).toBe(steps);
    expect(device.statistics.bytesAllocated).toBe(gpu);
    await expectNoGrowth(host);
    trainer.dispose();
  });

  it("is given back by trainers and samplers, every buffer of it", async () => {
    const device = await testDevice();
    const { environment, policy } = tiny() as { environment: ReturnType<typeof hypergrid>; policy: ReturnType<typeof mlp> };
    const makeAndDispose = async () => {
      using trainer = await Trainer.create(device, tiny());
      const [weights = []] = await trainer.weights();
      using sampler = await Sampler.create(device, { environment, policy, weights, batchSize: 16 });
      await sampler.sample(1);
    };
    // The staging buffers for reading back stay, and so does what V8 compiles, over the first hundreds of rounds of a soak.
    for (let warm = 0; warm < 5 * SOAK; warm++) await makeAndDispose();
    const [host, gpu] = [await memory(), device.statistics.bytesAllocated];
    for (let count = 0; count < 20 * SOAK; count++) await makeAndDispose();
    expect(device.statistics.bytesAllocated).toBe(gpu);
    await expectNoGrowth(host);
  });

  it("is given back by devices, and so are their threads, whatever was done with them", async () => {
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    const environment = hypergrid({ side: 3 });
    const policy = mlp({ hidden: [8] });
    const net = fitPolicy(policy, environment);
    const weights = initialWeights(net, 0);
    const tensors = stackLayers("policy", net, [weights]);
    const configuration = JSON.stringify({
      environment: "hypergrid",
      env: environment.parameters,
      policy: "mlp",
      hidden: [8],
      replicas: 1,
    });
    const file = encodeCheckpoint({ configuration, step: 0, tensors });
    const uses: (() => Promise<void>)[] = [
      async () => {
        using device = await openDevice();
        registry.register(device, 0);
        const sampler = await Sampler.create(device, { environment, policy, weights, batchSize: 8 });
        await sampler.sample(1);
        device.dispose();
        expect(device.statistics.bytesAllocated).toBe(0);
        expect(() => device.tensor([1])).toThrow("the device was disposed");
      },
      async () => {
        // One that is lost is nobody's to dispose of.
        const device = await openDevice();
        registry.register(device, 0);
        const tensor = device.tensorFrom(Float32Array.of(1));
        await device.kernel({ root: "none", modules: { none: "@compute @workgroup_size(1) fn main() {}" } });
        device.gpu.destroy();
        // vitest holds on to promises that it is given to await, and with them to the device.
        const error = await tensor.read().catch((cause: WebgfnError) => cause);
        expect((error as WebgfnError).code).toBe("device-lost");
      },
      async () => {
        using sampler = await loadSampler(file, { environments: { hypergrid }, batchSize: 8 });
        await sampler.sample(1);
      },
    ];
    const rounds = 7 * SOAK;
    const go = async (count: number) => {
      for (let round = 0; round < count; round++) {
        for (const use of uses) await use();
        if (round % 5 === 4) await memory();
      }
      return memory();
    };
    const warm = 3;
    const host = await go(warm);
    const before = threads();
    await go(rounds);
    // A device that is collected takes a moment to end its threads.
    for (let time = 0; time < 20 && threads() > before + 2; time++) await memory();
    expect(threads() - before, "threads").toBeLessThan(3);
    // The driver keeps memory of the first fifty devices for those that follow.
    await expectNoGrowth(host, { heap: 2, process: 128 });
    expect(collected, "devices that were collected").toBeGreaterThanOrEqual(2 * (rounds + warm) - 2);
  });

  it("that runs out is an error of its own kind", async () => {
    const { environment, policy } = tiny() as { environment: ReturnType<typeof hypergrid>; policy: ReturnType<typeof mlp> };
    const weights = initialWeights(fitPolicy(policy, environment), 0);
    class GPUOutOfMemoryError {
      readonly message = "no more of it";
    }
    const runOut = (device: Device): WebgfnError => {
      device.gpu.dispatchEvent(Object.assign(new Event("uncapturederror"), { error: new GPUOutOfMemoryError() }));
      try {
        device.tensorFrom(Float32Array.of(1));
      } catch (error) {
        return error as WebgfnError;
      }
      throw new Error("the device still makes tensors");
    };
    for (const [make, fix] of [
      [() => Promise.resolve(), "allocate less"],
      [(device: Device) => Trainer.create(device, tiny()), "reduce the batch size, the number of replicas, or the network's width"],
      [
        (device: Device) => Sampler.create(device, { environment, policy, weights }),
        "reduce the batch size, the number of replicas, or the network's width",
      ],
    ] as const) {
      using device = await openDevice();
      await make(device);
      const error = runOut(device);
      expect(error).toBeInstanceOf(WebgfnError);
      expect(error).toMatchObject({
        code: "out-of-memory",
        message: "the adapter ran out of memory: no more of it",
        fix: `close what else uses it, or ${fix}`,
      });
    }
  });
});

describe("what fails halfway", () => {
  const environment = hypergrid({ side: 3 });
  const policy = mlp({ hidden: [8] });
  const net = fitPolicy(policy, environment);
  const weights = initialWeights(net, 0);

  it.each([
    { what: "a trainer", make: (device: Device) => Trainer.create(device, tiny({ environment, policy })) },
    {
      what: "a trainer whose target is sampled",
      make: (device: Device) => Trainer.create(device, tiny({ environment: sets({ items: 32, size: 16 }) })),
    },
    { what: "a trainer over a plane", make: (device: Device) => Trainer.create(device, tiny({ environment: banana() })) },
    { what: "a sampler", make: (device: Device) => Sampler.create(device, { environment, policy, weights }) },
    {
      what: "a sampler of scores",
      make: (device: Device) => ScoreSampler.create(device, { environment, network: net, weights, batchSize: 4, seed: 0, firstBatch: 0 }),
    },
  ])("to be made leaves nothing on the device: $what", async ({ make }) => {
    using device = await openDevice();
    const compile = device.kernel.bind(device);
    let failing = 0;
    for (let made: { dispose(): void } | undefined; made === undefined; failing++) {
      let calls = 0;
      device.kernel = (source) => (calls++ === failing ? Promise.reject(new Error("no such luck")) : compile(source));
      made = await make(device).catch((error: Error) => {
        expect(error.message).toBe("no such luck");
        expect(device.statistics.bytesAllocated).toBe(0);
        return undefined;
      });
      made?.dispose();
    }
    expect(failing).toBeGreaterThan(1);
  });
});

describe("a process", () => {
  it("ends by itself, whatever it has left open", () => {
    const script = `
      import { openDevice } from "@webgfn/tensor";
      import { hypergrid } from "@webgfn/envs";
      import { renyi } from "@webgfn/objectives";
      import { mlp } from "@webgfn/sampler";
      import { Trainer } from "@webgfn/trainer";
      const device = await openDevice();
      const trainer = await Trainer.create(device, { environment: hypergrid({ side: 4 }), policy: mlp({ hidden: [8] }), objective: renyi(), batchSize: 16, steps: 5 });
      for await (const { step } of trainer.run({ evaluateEvery: 5 })) console.log(step);`;
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd,
      encoding: "utf8",
      timeout: 60_000,
    });
    expect([status, stdout]).toEqual([0, "0\n5\n"]);
  });
});

describe("a size beyond the adapter's", () => {
  const large = sets({ items: 32, size: 16 });
  const wide = tiny({ environment: large, policy: mlp({ hidden: [64, 64] }) });

  it.each([
    {
      size: "batch",
      options: { ...wide, batchSize: 2 ** 20, replicas: 2 },
      advice: /reduce the batch size to at most (\d+)/,
      key: "batchSize",
    },
    {
      size: "batch and the number of replicas",
      options: { ...wide, policy: mlp({ hidden: [256, 256] }), batchSize: 2 ** 20, replicas: 4096 },
      advice: /reduce the batch size to at most (\d+), with one replica/,
      key: "batchSize",
    },
    {
      size: "number of replicas",
      options: { ...wide, replicas: 4096 },
      advice: /the number of replicas to at most (\d+)/,
      key: "replicas",
    },
  ])("of the $size is refused before anything is allocated, with the largest that fits", async ({ options, advice, key }) => {
    using device = await openDevice();
    const refused = await Trainer.create(device, options).then(
      () => undefined,
      (error: WebgfnError) => error,
    );
    expect(refused).toMatchObject({
      code: "limit",
      message: expect.stringMatching(/ needs \d+ (bytes|workgroups), but this adapter's max\w+ is \d+$/),
    });
    expect(device.statistics.bytesAllocated).toBe(0);
    const most = Number(advice.exec(refused?.fix ?? "")?.[1]);
    expect(most).toBeGreaterThan(0);
    // One more does not fit either.
    await expect(Trainer.create(device, { ...options, [key]: most + 1 })).rejects.toMatchObject({ code: "limit" });
    expect(device.statistics.bytesAllocated).toBe(0);
  });

  it("makes a sampler take smaller batches", async () => {
    using device = await openDevice();
    const environment = hypergrid({ side: 8 });
    const policy = mlp({ hidden: [8] });
    const weights = initialWeights(fitPolicy(policy, environment), 0);
    const whole = await Sampler.create(device, { environment, policy, weights, batchSize: 2 ** 10 });
    const allocated = device.statistics.bytesAllocated;
    const limits = new Proxy(device.limits, {
      get: (all, name) => (name === "maxStorageBufferBindingSize" ? 2 ** 14 : Reflect.get(all, name)),
    });
    Object.defineProperty(device, "limits", { value: limits });
    const parts = await Sampler.create(device, { environment, policy, weights, batchSize: 2 ** 10 });
    expect(device.statistics.bytesAllocated - allocated).toBeLessThan(allocated / 2);
    const [some, all] = [await parts.sample(700), await whole.sample(700)];
    expect(some).toHaveLength(700);
    // Of the first batch, the same ones.
    expect(some.slice(0, 256)).toEqual(all.slice(0, 256));
  });

  it("of a layer on the fused path is refused with the widest that fits", async () => {
    using device = await openDevice();
    const layer = (width: number) => tiny({ policy: mlp({ hidden: [width] }), path: "fused" });
    const refused = (await Trainer.create(device, layer(4096)).catch((error) => error)) as WebgfnError;
    expect(refused).toMatchObject({ code: "limit", message: expect.stringContaining("maxComputeWorkgroupStorageSize") });
    const most = Number(/at most (\d+) units/.exec(refused.fix ?? "")?.[1]);
    expect(most).toBeGreaterThan(100);
    await expect(Trainer.create(device, layer(most + 4))).rejects.toMatchObject({ code: "limit" });
    expect(device.statistics.bytesAllocated).toBe(0);
  });
});
