import { type Environment, environment as environmentByName, type SequencesParameters, sequences } from "@webgfn/envs";
import { objective } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import { Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { logZ, sequences as referenceSequences, type SequenceState, targetDistribution, terminalStates } from "../reference/index.js";
import { testDevice } from "./device.js";
import { enumerated, walkBeside } from "./environment-walk.js";
import { chiSquare, chiSquareLimit, countsOf } from "./helpers.js";

/** The oracle of the same parameters; the symbols' values are the environment's. */
function twin(environment: Environment) {
  const { length } = environment.parameters as { length: number };
  return {
    environment,
    reference: referenceSequences({ length, values: [...environment.data] }),
    object: ({ symbols }: SequenceState) => ({ symbols }),
  };
}

describe("sequences", () => {
  it.each([
    { symbols: 1, length: 1 },
    { symbols: 1, length: 40 }, // more positions than bits in a word
    { symbols: 3, length: 3 },
    { symbols: 8, length: 6, dataSeed: 4 },
    { symbols: 5, length: 12 }, // 10 symbols to a word, too many to enumerate
    { symbols: 256, length: 5 }, // whole bytes
  ] satisfies SequencesParameters[])("walk as the oracle does: %o", async (parameters) => {
    const environment = sequences(parameters);
    const { lengths } = await walkBeside({ ...twin(environment), walks: parameters.length === 40 ? 6 : 24 });
    expect(Math.max(...lengths)).toBe(environment.horizon);
  });

  it("are numbered one by one: 8^n of length n, 299,593 in all", async () => {
    const counts = await enumerated(sequences());
    expect(counts.open).toEqual([1, 8, 64, 512, 4096, 32_768, 262_144, 0]);
    expect(counts.terminal).toEqual([0, 1, 8, 64, 512, 4096, 32_768, 262_144]);
    expect(sequences().enumeration).toEqual({ available: true, value: 2 * 299_593 });
    expect(await enumerated(sequences({ symbols: 1, length: 3 }))).toEqual({ open: [1, 1, 1, 1, 0], terminal: [0, 1, 1, 1, 1] });
  });

  it("are enumerated up to a limit", () => {
    expect(sequences({ symbols: 2, length: 19 }).enumeration).toEqual({ available: true, value: 2 * (2 ** 20 - 1) });
    expect(sequences({ symbols: 2, length: 21 }).enumeration).toEqual({
      available: false,
      reason: expect.stringMatching(/4194303 .* more than/),
    });
    expect(sequences({ symbols: 256, length: 64 }).enumeration.available).toBe(false);
  });

  it.each([
    { symbols: 3, length: 3 },
    { symbols: 1, length: 4, dataSeed: 2 },
    { symbols: 4, length: 4, dataSeed: 1 },
  ])("know log Z: %o", (parameters) => {
    const environment = sequences(parameters);
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(logZ(twin(environment).reference), 10) });
  });

  it("know log Z of the paper's size, summed over all 299,593", () => {
    const environment = sequences();
    const values = [...environment.data];
    const total = (position: number, logReward: number): number =>
      Math.exp(logReward - 40) +
      (position > 6 ? 0 : values.reduce((sum, value) => sum + total(position + 1, logReward + value * position), 0));
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(40 + Math.log(total(1, 0)), 9) });
  });

  it("are sampled from R/Z", () => {
    const environment = sequences({ symbols: 3, length: 2 });
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const { reference, object } = twin(environment);
    const terminals = terminalStates(reference);
    const target = targetDistribution(reference);
    const count = 20_000;
    const words = environment.exactSampling.value(count, 5);
    const drawn = Array.from({ length: count }, (_, n) => words.subarray(n * environment.stateWords, (n + 1) * environment.stateWords));
    const counts = countsOf(
      drawn.map((state) => JSON.stringify(environment.decode(state))),
      terminals.map((state) => JSON.stringify(object(state))),
    );
    const limit = chiSquareLimit(terminals.length - 1);
    expect(
      chiSquare(
        counts,
        terminals.map((state) => target.get(reference.key(state))!),
      ),
    ).toBeLessThan(limit);
    expect(
      chiSquare(
        counts,
        terminals.map(() => 1 / terminals.length),
      ),
    ).toBeGreaterThan(limit);
    expect(drawn.every((state) => state.at(-1) === 1)).toBe(true);
    expect(environment.exactSampling.value(3, 5)).toEqual(words.slice(0, 3 * environment.stateWords));
    expect(environment.exactSampling.value(3, 6)).not.toEqual(words.slice(0, 3 * environment.stateWords));
  });

  it.each(["renyi", "tb"])("learn their target with %s", async (name) => {
    const trainer = await Trainer.create(await testDevice(), {
      environment: sequences({ symbols: 3, length: 3 }),
      policy: mlp({ hidden: [32, 32] }),
      objective: objective(name),
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

  it("are made again from their parameters", () => {
    const environment = sequences({ symbols: 5, length: 2, dataSeed: 9 });
    const again = environmentByName("sequences", JSON.parse(JSON.stringify(environment.parameters)));
    expect(again.data).toEqual(environment.data);
    expect(again.title).toBe("sequences of up to 2 of 5 symbols");
    expect(sequences({ symbols: 5, dataSeed: 8 }).data).not.toEqual(environment.data);
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
