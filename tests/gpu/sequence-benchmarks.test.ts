/** Bit sequences, TFBind8 and QM9-small: exact counts, modes, the test set, and what a table of measurements becomes. */
import { bitSequences, type Environment, qm9Small, sequences, tableReward, tfbind8 } from "@webgfn/envs";
import { trajectoryBalance } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { fullEvaluation, listTarget, Trainer } from "@webgfn/trainer";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const bitsOf = (environment: Environment, states: Uint32Array): number[][] =>
  Array.from({ length: states.length / environment.stateWords }, (_, n) => {
    const state = states.subarray(n * environment.stateWords, (n + 1) * environment.stateWords);
    return (environment.decode(state) as { bits: number[] }).bits;
  });
const distance = (a: readonly number[], b: readonly number[]) => a.filter((bit, i) => bit !== b[i]).length;

/** The modes, from the test set: each is the first object that is made from it. */
const modesOf = (environment: Environment): number[][] => {
  const tested = bitsOf(environment, environment.testSet!());
  return tested.filter((_, n) => n % tested[0]!.length === 0);
};

describe("bit sequences", () => {
  it.each([
    { bits: 8, modes: 5, exponent: 1 },
    { bits: 16, modes: 7, exponent: 0.3, dataSeed: 1 },
    { bits: 16, modes: 25, exponent: 2 },
  ])("have the log Z of all sequences: %o", (parameters) => {
    const environment = bitSequences({ ...parameters, wordBits: 8 });
    const modes = modesOf(environment);
    let z = 0;
    for (let number = 0; number < 2 ** parameters.bits; number++) {
      const sequence = Array.from({ length: parameters.bits }, (_, i) => (number >> i) & 1);
      z += Math.exp(-parameters.exponent * Math.min(...modes.map((mode) => distance(mode, sequence))));
    }
    expect(environment.exactLogZ.value).toBeCloseTo(Math.log(z), 10);
  });

  it("have a log Z of 2^n where R is 1, up to 32 bits", () => {
    expect(bitSequences({ bits: 32, exponent: 0 }).exactLogZ.value).toBeCloseTo(32 * Math.LN2, 12);
    expect(bitSequences().exactLogZ.reason).toBe("the 2^120 sequences are more than the 2^32 whose distances are counted");
  });

  it("have different modes of the paper's blocks, and a test set around them", () => {
    const environment = bitSequences({ dataSeed: 3 });
    const modes = modesOf(environment);
    expect(new Set(modes.map((mode) => mode.join(""))).size).toBe(60);
    for (const mode of modes) expect(mode.join("")).toMatch(/^(0{8}|1{8}|1{4}0{4}|0{4}1{4}|001{4}00){15}$/);
    const tested = bitsOf(environment, environment.testSet!());
    expect(tested.map((sequence, n) => distance(sequence, modes[Math.floor(n / 120)]!))).toEqual(tested.map((_, n) => n % 120));
  });

  it("count for every mode within the distance", () => {
    const environment = bitSequences({ bits: 24, wordBits: 4, modes: 40, modeDistance: 9 });
    const modes = modesOf(environment);
    const states = environment.exactSampling.value!(200, 2);
    const found = bitsOf(environment, states).map((_, n) => environment.modeOf!(states.subarray(2 * n, 2 * n + 2)));
    expect(found).toEqual(
      bitsOf(environment, states).map((sequence) => modes.flatMap((mode, m) => (distance(mode, sequence) <= 9 ? [m] : []))),
    );
    expect(found.some((own) => (own as number[]).length > 1)).toBe(true);
    expect(environment.modeThreshold).toBe(-9);
    expect([bitSequences(), bitSequences({ bits: 32 })].map(({ modeThreshold }) => modeThreshold)).toEqual([-28, -7]);
  });

  it("have their rank correlation on the test set by exact probabilities", async () => {
    const environment = bitSequences({ bits: 8, wordBits: 2, modes: 3, order: "any" });
    using trainer = await Trainer.create(await testDevice(), {
      environment,
      policy: mlp({ hidden: [32] }),
      objective: trajectoryBalance(),
      batchSize: 64,
      steps: 300,
      learningRate: 1e-2,
    });
    const before = (await fullEvaluation(trainer)).replicas[0]!;
    await trainer.train(300);
    const after = (await fullEvaluation(trainer)).replicas[0]!;
    expect(Math.abs(before.testSpearman!)).toBeLessThan(0.6);
    expect(after.testSpearman).toBeGreaterThan(0.9);
    expect(after.modes).toBe(3);
  });

  it.each<[object, RegExp]>([
    [{ bits: 20 }, /bits must be a multiple of 8 from 8 to 1024, not 20/],
    [{ wordBits: 7 }, /wordBits, 7, does not divide the 120 bits of bit-sequences/],
    [{ bits: 16 }, /bit-sequences of 16 bits have at most 25 modes, not 60/],
    [{ order: "left" }, /order must be append or any, not "left"/],
  ])("%o is refused", (parameters, message) => {
    expect(() => bitSequences(parameters)).toThrow(message);
  });

  it.each<[object, RegExp]>([
    [{ bits: [1, 0] }, /it has 8 bits, not 2/],
    [{ bits: [1, 0, 2, 0, 0, 0, 0, 0] }, /a bit is a whole number from 0 to 1, not 2/],
  ])("%o is no object", (object, message) => {
    expect(() => bitSequences({ bits: 8, modes: 2 }).encode!(object as never)).toThrow(message);
  });
});

describe("a table of measurements", () => {
  const all = (symbols: number, length: number) =>
    Array.from({ length: symbols ** length }, (_, n) => ({
      symbols: Array.from({ length }, (_, i) => Math.floor(n / symbols ** (length - 1 - i)) % symbols),
    }));
  const made = (count: number) => Float32Array.from({ length: count }, (_, n) => ((n * 2654435761) % 1009) / 1000 - 0.05);

  it("becomes the R of QM9-small, and of TFBind8", async () => {
    const device = await testDevice();
    for (const [make, symbols, length, reward] of [
      [qm9Small, 11, 5, (y: number, largest: number) => 100 * (Math.max(y, 1e-3) / largest) ** 5],
      [tfbind8, 4, 8, (y: number, largest: number) => Math.max(10 * (y / largest) ** 3, 1e-3)],
    ] as const) {
      const objects = all(symbols, length);
      const values = made(objects.length);
      const largest = values.reduce((most, value) => Math.max(most, value));
      const environment = await listTarget(device, make({ reward: tableReward({ objects, values }) }));
      const z = values.reduce((sum, value) => sum + reward(value, largest), 0);
      expect(environment.exactLogZ.value).toBeCloseTo(Math.log(z), 5);
    }
  });

  it("of log R, or with options of one's own, is taken as it is", async () => {
    const device = await testDevice();
    const objects = all(4, 8);
    const values = made(objects.length);
    const logZ = async (options: Parameters<typeof tableReward>[1]) =>
      (await listTarget(device, tfbind8({ reward: tableReward({ objects, values }, options) }))).exactLogZ.value!;
    expect(await logZ({ scale: "log" })).toBeCloseTo(Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)), 5);
    const [plain] = [sequences({ symbols: 4, length: 8, minLength: 8 }).exactLogZ.value];
    expect(tfbind8().exactLogZ.value).toBe(plain);
  });
});
