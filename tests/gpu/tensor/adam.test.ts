import { type AdamOptions, adam, advance, type Device, Program } from "@webgfn/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { testDevice } from "../device.js";
import { failure, normals } from "./helpers.js";

/** Adam in float64 on the loss Σ (p − target)² / 2, whose gradient is given as float32 at the first parameters. */
function reference(
  start: Float32Array,
  gradients: Float32Array,
  updates: number,
  { learningRate, betas = [0.9, 0.999], epsilon = 1e-8, decay }: AdamOptions,
): Float64Array {
  const p = Float64Array.from(start);
  const m = new Float64Array(p.length);
  const v = new Float64Array(p.length);
  for (let t = 1; t <= updates; t++) {
    const left = decay === undefined ? 1 : Math.max(0, 1 - (t - 1) / decay.steps) ** (decay.power ?? 1);
    for (let i = 0; i < p.length; i++) {
      const g = gradients[i] as number;
      m[i] = betas[0] * (m[i] as number) + (1 - betas[0]) * g;
      v[i] = betas[1] * (v[i] as number) + (1 - betas[1]) * g * g;
      const denominator = Math.sqrt((v[i] as number) / (1 - betas[1] ** t)) + epsilon;
      p[i] = (p[i] as number) - (learningRate * left * (m[i] as number)) / (1 - betas[0] ** t) / denominator;
    }
  }
  return p;
}

describe("adam", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  const CASES: [number, AdamOptions][] = [
    [1, { learningRate: 0.01 }],
    [1003, { learningRate: 0.01, decay: { steps: 15 } }],
    [4, { learningRate: 0.1, decay: { steps: 40, power: 0.5 }, betas: [0.5, 0.9], epsilon: 1e-3 }],
    [7, { learningRate: 0.1, betas: [0, 0] }],
  ];
  for (const [size, options] of CASES) {
    it(`matches float64 for 20 updates of ${size} with ${JSON.stringify(options)}`, async () => {
      const start = normals(size, 1);
      const gradients = normals(size, 2, 0, 1e-3);
      const parameters = device.tensorFrom(start);
      const steps = device.tensor([1], { dtype: "u32" });
      const program = new Program(device, "adam");
      expect(await adam(program, { parameters, gradients: device.tensorFrom(gradients), steps }, options)).toBe(parameters);
      await program.run();
      // The first update is ±learningRate: its size shows whether the moments' bias is corrected to float32.
      const first = Float64Array.from(await parameters.read(), (x, i) => x - (start[i] as number));
      expect(first).toBeAllClose(
        reference(start, gradients, 1, options).map((x, i) => x - (start[i] as number)),
        { absolute: 3e-7 },
      );
      await program.run(19);
      expect(await parameters.read()).toBeAllClose(reference(start, gradients, 20, options), { absolute: 2e-6 });
      expect([...(await steps.read())]).toEqual([20]);
    });
  }

  it("follows a gradient that changes: moments and counter carry over, also into a new program", async () => {
    const target = 3;
    const parameters = device.tensorFrom(new Float32Array([0]));
    const state = { firstMoments: device.tensor([1]), secondMoments: device.tensor([1]), steps: device.tensor([1], { dtype: "u32" }) };
    const gradients = device.tensor([1]);
    let [p, m, v] = [0, 0, 0];
    for (let t = 1; t <= 6; t++) {
      const program = new Program(device, "adam");
      await adam(program, { parameters, gradients, ...state }, { learningRate: 0.5 });
      const g = Math.fround(p - target);
      gradients.write(new Float32Array([g]));
      await program.run();
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      p -= ((0.5 / (1 - 0.9 ** t)) * m) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      expect(await parameters.read()).toBeAllClose([p], { absolute: 3e-6 });
    }
  });

  it("rejects what does not fit", async () => {
    const program = new Program(device, "errors");
    const [parameters, gradients] = [device.tensor([3]), device.tensor([3])];
    const { message } = await failure("argument", () => adam(program, { parameters, gradients: device.tensor([2]) }, { learningRate: 1 }));
    expect(message).toBe("adam: `gradients` is [2], but `parameters` [3] calls for [3]");
    const bad: AdamOptions[] = [
      { learningRate: Number.NaN },
      { learningRate: 1, betas: [0.9, 1] },
      { learningRate: 1, epsilon: 0 },
      { learningRate: 1, decay: { steps: 0 } },
      { learningRate: 1, decay: { steps: 5, power: -1 } },
    ];
    for (const options of bad) await failure("argument", () => adam(program, { parameters, gradients }, options));
    await failure("argument", () => adam(program, { parameters, gradients: parameters }, { learningRate: 1 }));
    await failure("argument", () => adam(program, { parameters, gradients, steps: device.tensor([1]) }, { learningRate: 1 }));
    expect(program.length).toBe(0);
  });
});

describe("advance", () => {
  it("counts a program's replays", async () => {
    const device = await testDevice();
    const counter = device.tensorFrom(new Uint32Array([40]));
    const program = new Program(device, "count");
    await advance(program, { counter });
    await advance(program, { counter }, { by: 10 });
    await program.run(300);
    expect([...(await counter.read())]).toEqual([40 + 300 * 11]);
    await failure("argument", () => advance(program, { counter }, { by: -1 }));
    await failure("argument", () => advance(program, { counter: device.tensor([1]) }));
  });
});
