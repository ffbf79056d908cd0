import { categorical, type Device, MASKED, NOTHING_ALLOWED, Program, philox, uniform } from "@webgfn/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { testDevice } from "../device.js";
import { failure } from "./helpers.js";

describe("categorical", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  it("draws with the given frequencies, and never what is forbidden", async () => {
    const probabilities = [0.3, 0, 0.05, 0.4, 0, 0.0004, 0.2496];
    const n = probabilities.length;
    const rows = 50_000;
    // Not normalised: a common offset must not matter.
    const row = probabilities.map((p) => (p === 0 ? MASKED : Math.log(p) + 12));
    const logProbabilities = device.tensorFrom(
      Float32Array.from({ length: rows * n }, (_, i) => row[i % n] as number),
      [rows, n],
    );
    const program = new Program(device, "draw");
    const choice = await categorical(program, { logProbabilities }, { seed: 42 });
    await program.run();
    const counts = new Array(n).fill(0) as number[];
    for (const index of await choice.read()) counts[index] = (counts[index] as number) + 1;
    expect(counts.reduce((a, b) => a + b, 0)).toBe(rows);
    expect([counts[1], counts[4]]).toEqual([0, 0]);
    const chiSquare = probabilities.reduce(
      (total, p, i) => (p === 0 ? total : total + ((counts[i] as number) - rows * p) ** 2 / (rows * p)),
      0,
    );
    expect(chiSquare).toBeLessThan(18.47); // 99.9 % quantile, 4 degrees of freedom
  });

  it("is the inverse cumulative distribution at Philox's uniform of (draw, row, 1, stream), anew at every replay", async () => {
    const [rows, n, seed, stream] = [200, 5, 7 + 3 * 2 ** 32, 9];
    const probabilities = [0.1, 0.2, 0.3, 0.15, 0.25];
    const logProbabilities = device.tensorFrom(
      Float32Array.from({ length: rows * n }, (_, i) => Math.log(probabilities[i % n] as number)),
      [4, 50, n],
    );
    const counter = device.tensor([1], { dtype: "u32" });
    const program = new Program(device, "draw");
    const choice = await categorical(program, { logProbabilities, counter }, { seed, stream });
    expect(choice.shape).toEqual([4, 50]);
    for (let draw = 0; draw < 3; draw++) {
      await program.run();
      const chosen = await choice.read();
      for (let row = 0; row < rows; row++) {
        const u = uniform(philox([7, 3], [draw, row, 1, stream])[0]);
        const below = probabilities.slice(0, chosen[row]).reduce((a, b) => a + b, 0);
        expect(u).toBeGreaterThan(below - 1e-6);
        expect(u).toBeLessThan(below + (probabilities[chosen[row] as number] as number) + 1e-6);
      }
    }
    expect([...(await counter.read())]).toEqual([3]);
  });

  it("repeats itself from the same counter, and shares a counter without repeating", async () => {
    const logProbabilities = device.tensor([500, 4]);
    const counter = device.tensor([1], { dtype: "u32" });
    const program = new Program(device, "draw");
    const first = await categorical(program, { logProbabilities, counter }, { seed: 1 });
    const second = await categorical(program, { logProbabilities, counter }, { seed: 1 });
    await program.run();
    const [a, b] = [await first.read(), await second.read()];
    expect(a).not.toEqual(b);
    await program.run();
    expect(await first.read()).not.toEqual(a);
    counter.write(new Uint32Array([0]));
    await program.run();
    expect([await first.read(), await second.read()]).toEqual([a, b]);
    const other = new Program(device, "other seed");
    const third = await categorical(other, { logProbabilities }, { seed: 2 });
    await other.run();
    expect(await third.read()).not.toEqual(a);
  });

  it("draws the only allowed index, wherever it lies, and says when there is none", async () => {
    for (const n of [1, 3, 300]) {
      const values = new Float32Array((n + 1) * n).fill(MASKED);
      for (let i = 0; i < n; i++) values[i * n + i] = i % 2 === 0 ? -1e4 : 0;
      const program = new Program(device, "draw");
      const choice = await categorical(program, { logProbabilities: device.tensorFrom(values, [n + 1, n]) }, { seed: 5 });
      await program.run();
      expect([...(await choice.read())]).toEqual([...Array.from({ length: n }, (_, i) => i), NOTHING_ALLOWED]);
    }
  });

  it("rejects what does not fit", async () => {
    const program = new Program(device, "errors");
    const logProbabilities = device.tensor([2, 3]);
    await failure("argument", () => categorical(program, { logProbabilities }, { seed: 0.5 }));
    await failure("argument", () => categorical(program, { logProbabilities }, { seed: 0, stream: -1 }));
    await failure("argument", () => categorical(program, { logProbabilities, counter: device.tensor([1]) }, { seed: 0 }));
    await failure("argument", () => categorical(program, { logProbabilities, counter: device.tensor([2], { dtype: "u32" }) }, { seed: 0 }));
    await failure("argument", () => categorical(program, { logProbabilities, out: device.tensor([2]) }, { seed: 0 }));
    const { message } = await failure("argument", () =>
      categorical(program, { logProbabilities, out: device.tensor([3], { dtype: "u32" }) }, { seed: 0 }),
    );
    expect(message).toBe("categorical: `out` is [3], but `logProbabilities` [2, 3] calls for [2]");
  });
});
