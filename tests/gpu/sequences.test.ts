/** What is particular to sequences. */
import { checkEnvironment } from "@webgfn/check";
import { type SequencesParameters, sequences } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { enumerateObjects, Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { enumerated } from "./environment-walk.js";

describe("sequences", () => {
  it("are numbered one by one: 8^n of length n, 299,593 in all", async () => {
    const counts = await enumerated(sequences());
    expect(counts.open).toEqual([1, 8, 64, 512, 4096, 32_768, 262_144, 0]);
    expect(counts.terminal).toEqual([0, 1, 8, 64, 512, 4096, 32_768, 262_144]);
    expect(sequences().enumeration).toEqual({ available: true, value: 2 * 299_593 });
  });

  it("are enumerated up to a limit", () => {
    expect(sequences({ symbols: 2, length: 19 }).enumeration).toEqual({ available: true, value: 2 * (2 ** 20 - 1) });
    expect(sequences({ symbols: 2, length: 21 }).enumeration).toEqual({
      available: false,
      reason: expect.stringMatching(/4194303 .* more than/),
    });
    expect(sequences({ symbols: 256, length: 64 }).enumeration.available).toBe(false);
  });

  it("know log Z of the paper's size, summed over all 299,593", () => {
    const environment = sequences();
    const values = [...environment.data];
    const total = (position: number, logReward: number): number =>
      Math.exp(logReward - 40) +
      (position > 6 ? 0 : values.reduce((sum, value) => sum + total(position + 1, logReward + value * position), 0));
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(40 + Math.log(total(1, 0)), 9) });
  });

  it.each(["renyi", "tb"])("learn their target with %s", async (name) => {
    const trainer = await Trainer.create(await testDevice(), {
      environment: sequences({ symbols: 3, length: 3 }),
      policy: mlp({ hidden: [32, 32] }),
      objective: makeObjective(name),
      batchSize: 64,
      steps: 300,
      learningRate: 1e-2,
    });
    const before = (await trainer.evaluate()).l1!;
    await trainer.train(300);
    const after = (await trainer.evaluate()).l1!;
    trainer.dispose();
    console.log(`sequences 3/3, ${name}: L1 ${before.toFixed(3)} -> ${after.toFixed(3)}`);
    expect(before).toBeGreaterThan(0.5);
    expect(after).toBeLessThan(0.1);
  });

  it("may have a least length", async () => {
    const device = await testDevice();
    for (const minLength of [1, 2, 3]) {
      const environment = sequences({ symbols: 3, length: 3, minLength, dataSeed: 3 });
      const objects = await enumerateObjects(device, environment);
      expect(objects).toHaveLength([1, 3, 9, 27].slice(minLength).reduce((sum, count) => sum + count, 0));
      expect(Math.min(...objects.map(({ object }) => object.symbols.length))).toBe(minLength);
      const logRewards = objects.map(({ logReward }) => logReward);
      const z = logRewards.reduce((sum, value) => sum + Math.exp(value), 0);
      expect(environment.exactLogZ.value).toBeCloseTo(Math.log(z), 4);
      expect(environment.modeThreshold).toBeCloseTo(Math.max(...logRewards) - Math.LN2, 4);
      const states = environment.exactSampling.value!(500, 2);
      const lengths = Array.from({ length: 500 }, (_, n) => environment.decode(states.subarray(3 * n, 3 * n + 3)).symbols.length);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(minLength);
      const { problems } = await checkEnvironment(device, environment);
      expect(problems).toEqual([]);
    }
    expect(sequences({ symbols: 3, length: 3, minLength: 3 }).title).toBe("sequences of 3 of 3 symbols");
    expect(() => sequences({ length: 3, minLength: 4 })).toThrow(/minLength is 4, more than length, 3/);
    expect(() => sequences({ length: 3, minLength: 2 }).encode!({ symbols: [1] })).toThrow(/at least 2 symbols, not 1/);
  });

  it("have other values with another seed", () => {
    expect(sequences({ symbols: 5, dataSeed: 8 }).data).not.toEqual(sequences({ symbols: 5, dataSeed: 9 }).data);
  });

  it.each([
    ["no symbols", { symbols: 0 }, /symbols/],
    ["too many symbols", { symbols: 257 }, /symbols must be a whole number from 1 to 256, not 257/],
    ["half a position", { length: 2.5 }, /length/],
    ["too many positions", { length: 65 }, /length/],
    ["NaN", { length: Number.NaN }, /length/],
    ["a negative seed", { dataSeed: -1 }, /dataSeed/],
    ["a string", { symbols: "8" as never }, /symbols/],
    ["an unknown parameter", { alphabet: 4 } as never, /"alphabet"/],
  ])("reject %s", (_, parameters: SequencesParameters, message) => {
    expect(() => sequences(parameters)).toThrow(message);
    expect(() => sequences(parameters)).toThrow(expect.objectContaining({ code: "argument" }));
  });
});
