/** Rewards apart from environments: WGSL functions, tables and functions on the host give the same training, and exact targets. */
import {
  type CellObject,
  defineEnvironment,
  type Environment,
  gaussianMixture,
  hostReward,
  hypergrid,
  type PointObject,
  type Reward,
  type SequenceObject,
  type SetObject,
  sequences,
  sets,
  tableReward,
  wgslReward,
} from "@webgfn/envs";
import { renyi, reverseKl, trajectoryBalance } from "@webgfn/objectives";
import { mlp, Sampler } from "@webgfn/sampler";
import { checkpoint, enumerateObjects, listTarget, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

/** 2 for item 1, 1 for the others, and 3 more for items 0 and 2 together. */
const logRewardOf = ({ items }: SetObject) => items.length + (items.includes(1) ? 1 : 0) + (items.includes(0) && items.includes(2) ? 3 : 0);
const SHADER = `
import package::environment::{State, contains};
fn log_reward(state: State) -> f32 {
  let own = 3.0 + select(0.0, 1.0, contains(state, 1u));
  return own + select(0.0, 3.0, contains(state, 0u) && contains(state, 2u));
}`;
const SIZES = { items: 6, size: 3 };
const ALL: SetObject[] = [];
for (let a = 0; a < 6; a++) for (let b = a + 1; b < 6; b++) for (let c = b + 1; c < 6; c++) ALL.push({ items: [a, b, c] });

const host = (options = {}) => hostReward<SetObject>((objects) => objects.map(logRewardOf), options);
const table = tableReward<SetObject>({ objects: ALL, values: ALL.map(logRewardOf) });
const Z = ALL.reduce((sum, object) => sum + Math.exp(logRewardOf(object)), 0);

/** Weights after a short training. */
async function trained(reward?: Reward<SetObject>, more: Partial<TrainerOptions> = {}) {
  const options = { policy: mlp({ hidden: [8] }), objective: renyi(), batchSize: 16, steps: 20, replicas: 2, seed: 5 };
  using trainer = await Trainer.create(await testDevice(), {
    environment: sets({ ...SIZES, ...(reward && { reward }) }),
    ...options,
    ...more,
  });
  await trainer.train(20);
  return { tensors: (await checkpoint(trainer)).tensors, environment: trainer.options.environment };
}

describe("the same reward of sets", () => {
  it("gives the same bits as a WGSL function, a table, a list by index and a function on the host", async () => {
    const { tensors } = await trained(wgslReward({ shader: SHADER }));
    expect((await trained(table)).tensors).toEqual(tensors);
    expect((await trained(host())).tensors).toEqual(tensors);
    // Without the list at the start, every batch goes to the host; with and without a cache.
    expect((await trained(host({ listUpTo: 0 }))).tensors).toEqual(tensors);
    expect((await trained(host({ listUpTo: 0, cache: 0, mostObjects: 3 }))).tensors).toEqual(tensors);
    expect((await trained()).tensors).not.toEqual(tensors);
  });

  it.each([
    ["trajectory balance with replay", { objective: trajectoryBalance(), source: "policy:0.5,replay:0.5", replay: 16 }],
    ["the layered path", { objective: reverseKl(), path: "layered" as const }],
  ])("gives the same bits with %s", async (_, more) => {
    const { tensors } = await trained(wgslReward({ shader: SHADER }), more);
    expect((await trained(host({ listUpTo: 0 }), more)).tensors).toEqual(tensors);
  });

  it.each([
    ["a WGSL function", wgslReward({ shader: SHADER })],
    ["a table", table],
    ["a function on the host", host()],
  ])("has an exact target as %s", async (_, reward) => {
    const environment = await listTarget(await testDevice(), sets({ ...SIZES, reward: reward as Reward<SetObject> }));
    expect(environment.exactLogZ.value).toBeCloseTo(Math.log(Z), 5);
    expect(environment.modeThreshold).toBeCloseTo(7 - Math.LN2, 5);
    const objects = await enumerateObjects(await testDevice(), environment);
    expect(objects.map(({ logReward }) => logReward)).toEqual(objects.map(({ object }) => logRewardOf(object)));
    const states = environment.exactSampling.value!(4000, 1);
    const best = Array.from({ length: 4000 }, (_, n) => environment.decode(states.subarray(2 * n, 2 * n + 2))).filter(
      (object) => logRewardOf(object) === 7,
    );
    expect(best.length / 4000).toBeCloseTo(Math.exp(7) / Z, 1);
  });

  it("is learned", async () => {
    using trainer = await Trainer.create(await testDevice(), {
      environment: sets({ ...SIZES, reward: host({ listUpTo: 0 }) }),
      policy: mlp({ hidden: [8] }),
      objective: renyi(),
      batchSize: 16,
      replicas: 2,
      steps: 300,
      learningRate: 1e-2,
    });
    await trainer.train(300);
    const evaluation = await trainer.evaluate();
    expect(evaluation.l1).toBeUndefined();
    expect(evaluation.replicas[0]!.logZ).toBeCloseTo(Math.log(Z), 1);
  });
});

describe("a function on the host", () => {
  it("gets each distinct object once, decoded and as words, and counts", async () => {
    const seen: string[] = [];
    const reward = hostReward<SetObject>(
      async (objects, words) => {
        objects.forEach((object, n) => {
          expect(words[2 * n]).toBe(object.items.reduce((bits, item) => bits | (1 << item), 0));
          seen.push(object.items.join());
        });
        return new Float32Array(objects.map(logRewardOf));
      },
      { listUpTo: 0 },
    );
    const { environment } = await trained(reward);
    expect(new Set(seen).size).toBe(seen.length);
    const { all, evaluated, seconds } = environment.hostReward!.counts;
    // 20 steps and the first batch of two replicas.
    expect(all).toBe(21 * 32);
    expect(evaluated).toBe(seen.length);
    expect(seconds).toBeGreaterThanOrEqual(0);
  });

  it("gives samples their log R", async () => {
    const environment = sets({ ...SIZES, reward: host() });
    const device = await testDevice();
    const policy = mlp({ hidden: [8] });
    using trainer = await Trainer.create(device, { environment, policy, objective: renyi(), batchSize: 16, replicas: 2, steps: 20 });
    const [weights] = await trainer.weights();
    using sampler = await Sampler.create(device, { environment, policy, weights: weights! });
    for (const { object, logReward } of await sampler.sample(20)) expect(logReward).toBe(logRewardOf(object));
  });

  const objects = (values: (objects: SetObject[]) => unknown, options = {}) =>
    trained(hostReward(values as never, { name: "score", listUpTo: 0, ...options }), { replicas: 1 });
  it.each([
    [() => "no", /the reward score returned "no"/],
    [(list: SetObject[]) => list.slice(1).map(() => 0), /the reward score returned \d+ numbers for \d+ objects/],
    [(list: SetObject[]) => list.map(() => "1"), /the reward score returned "1" for \{/],
    [() => undefined, /the reward score returned undefined/],
  ])("is told what it returned", async (values, message) => {
    await expect(objects(values)).rejects.toMatchObject({ code: "reward", message: expect.stringMatching(message) });
  });

  it("is told where it failed", async () => {
    const failing = () => {
      throw new Error("no licence");
    };
    await expect(objects(failing)).rejects.toThrow(/the reward score failed at a batch of \d+ objects from \{.*\} on: no licence/);
    await expect(objects(() => Promise.reject(new Error("offline")))).rejects.toThrow(/offline/);
    await expect(objects(() => new Promise(() => {}), { timeLimit: 0.05 })).rejects.toThrow(/did not return within 0.05 s/);
  });

  it("is called again where calls may fail", async () => {
    let calls = 0;
    const flaky = (list: SetObject[]) => {
      calls += 1;
      if (calls % 2 === 1) throw new Error("busy");
      return list.map(logRewardOf);
    };
    const { tensors } = await trained(hostReward(flaky, { listUpTo: 0, retries: 1 }));
    expect(tensors).toEqual((await trained(table)).tensors);
  });

  it("breaks only the replicas that met a NaN", async () => {
    // Objects come in the order of the replicas, each once: the last one is of the second replica alone.
    let calls = 0;
    const last = (objects: SetObject[]) => {
      calls += 1;
      return objects.map((object, n) => (calls === 2 && n === objects.length - 1 ? Number.NaN : logRewardOf(object)));
    };
    const reward = hostReward(last, { listUpTo: 0, cache: 0, name: "score" });
    using trainer = await Trainer.create(await testDevice(), {
      environment: sets({ ...SIZES, reward }),
      policy: mlp({ hidden: [8] }),
      objective: renyi(),
      batchSize: 16,
      replicas: 2,
      steps: 20,
      seed: 5,
    });
    await trainer.train(2);
    const { replicas } = await trainer.evaluate();
    expect(replicas.map(({ fault }) => fault?.quantity)).toEqual([undefined, "log reward"]);
    expect(trainer.options.environment.hostReward!.problem).toMatch(
      /^the reward score returned NaN for \{\d, \d, \d\}, and log R must be a finite number$/,
    );
  });
});

describe("a table", () => {
  const values = ALL.map(logRewardOf);
  const bind = (reward: Reward<SetObject>) => () => sets({ ...SIZES, reward });

  it.each([
    [
      () => tableReward({ objects: [...ALL, ALL[3]!], values: [...values, 1] }),
      /\{0, 1, 5\} is twice in the table, the second time as object 21/,
    ],
    [() => tableReward({ objects: [{ items: [0, 1, 9] }], values: [1] }), /object 1 of 1: .*cannot reach/],
    [() => tableReward({ objects: ALL, values: [1] }), /the table has 20 objects and 1 rewards/],
    [() => tableReward({ byIndex: [1, 2] }), /the table has 2 rewards, and .* numbers 64 states/],
    [
      () => tableReward({ objects: ALL, values: values.map(() => 0) }, { scale: "linear" }),
      /the reward of \{0, 1, 2\}, object 1 of the table, is 0/,
    ],
    [() => tableReward({ objects: ALL, values }, { exponent: 2 }), /exponent is for a table of R/],
  ])("is refused: %#", (make, message) => {
    expect(() => bind(make() as Reward<SetObject>)()).toThrow(message);
  });

  it("names an object that it lacks, unless it has a value for those", async () => {
    const some = { objects: ALL.slice(1), values: values.slice(1) };
    const device = await testDevice();
    await expect(listTarget(device, sets({ ...SIZES, reward: tableReward(some) }))).rejects.toThrow(
      /log R of \{0, 1, 2\} is NaN by a table of 19/,
    );
    const filled = await listTarget(device, sets({ ...SIZES, reward: tableReward(some, { missing: -2 }) }));
    expect((await enumerateObjects(device, filled))[0]!.logReward).toBe(-2);
  });

  it("takes powers and floors of R", async () => {
    const device = await testDevice();
    const scale = { scale: "linear", divideByLargest: true, exponent: 3, factor: 10, floor: 1e-3 } as const;
    const numbers = ALL.map((_, n) => n);
    const environment = await listTarget(device, sets({ ...SIZES, reward: tableReward({ objects: ALL, values: numbers }, scale) }));
    const z = numbers.reduce((sum, value) => sum + Math.max(1e-3, 10 * (value / 19) ** 3), 0);
    expect(environment.exactLogZ.value).toBeCloseTo(Math.log(z), 5);
  });
});

describe("beta", () => {
  it.each([
    ["the environment's own reward", {}],
    ["a table", { reward: table }],
    ["a function on the host", { reward: host() }],
  ])("multiplies log R of %s", async (_, given) => {
    const device = await testDevice();
    const logRewards = async (environment: Environment<SetObject>) =>
      (await enumerateObjects(device, environment)).map(({ logReward }) => logReward);
    const one = await logRewards(await listTarget(device, sets({ ...SIZES, ...given })));
    const two = await logRewards(await listTarget(device, sets({ ...SIZES, ...given, beta: 2 })));
    expect(two).toBeCloseInNorm(
      one.map((value) => 2 * value),
      1e-6,
    );
  });

  it("must be above 0", () => {
    expect(() => sets({ beta: 0 })).toThrow(/beta must be a number above 0/);
  });
});

describe("a reward of other environments", () => {
  it("may use their functions", async () => {
    const device = await testDevice();
    const letters = wgslReward({
      shader: `
        import package::environment::{State, symbol_at};
        import package::reward_data::reward_data;
        fn log_reward(state: State) -> f32 { return reward_data(symbol_at(state, 0u)); }`,
      data: Float32Array.of(0.5, -1, 2),
    });
    const environment = await listTarget(device, sequences({ symbols: 3, length: 2, reward: letters as Reward<SequenceObject> }));
    const found = await enumerateObjects(device, environment);
    expect(found).toHaveLength(13);
    for (const { object, logReward } of found) expect(logReward).toBe([0.5, -1, 2][object.symbols[0] ?? 0]);
    const corner = hostReward<CellObject>((cells) => cells.map(({ coordinates }) => -coordinates[0]!));
    const grid = await listTarget(device, hypergrid({ side: 3, reward: corner }));
    expect(grid.exactLogZ.value).toBeCloseTo(Math.log(3 * (1 + Math.exp(-1) + Math.exp(-2))), 5);
  });

  it("may build on the environment's own", async () => {
    const device = await testDevice();
    const shader = `
      import package::environment::{State, contains, own_log_reward};
      fn log_reward(state: State) -> f32 { return own_log_reward(state) + select(0.0, 1.0, contains(state, 4u)); }`;
    const own = await enumerateObjects(device, sets(SIZES));
    const raised = await enumerateObjects(device, sets({ ...SIZES, reward: wgslReward({ shader }) }));
    expect(raised.map(({ logReward }) => logReward)).toBeCloseInNorm(
      own.map(({ object, logReward }) => logReward + (object.items.includes(4) ? 1 : 0)),
      1e-6,
    );
  });

  it("works where actions are coordinates", async () => {
    const reward = hostReward<PointObject>((points) => points.map(({ point: [x, y] }) => -(x! ** 2) - y! ** 2));
    using trainer = await Trainer.create(await testDevice(), {
      environment: gaussianMixture({ reward }),
      policy: mlp({ hidden: [8] }),
      objective: renyi(),
      batchSize: 8,
      steps: 3,
    });
    await trainer.train(3);
    expect((await trainer.evaluate()).replicas[0]!.fault).toBeUndefined();
  });

  it("works where the module has no reward and no data of its own", async () => {
    const { shader, modules } = sets(SIZES);
    const without = shader.replace(/fn log_reward[\s\S]*?(?=fn state_at)/, "").replace(/@group.*\n/, "");
    const { constants, stateWords, actions, horizon, features, enumeration, decode } = sets(SIZES);
    const environment = defineEnvironment<SetObject>({
      name: "own",
      shader: without,
      ...(modules && { modules }),
      ...{ constants, stateWords, actions, horizon, features, enumeration, decode },
      reward: host(),
    });
    expect((await listTarget(await testDevice(), environment)).exactLogZ.value).toBeCloseTo(Math.log(Z), 5);
  });
});
