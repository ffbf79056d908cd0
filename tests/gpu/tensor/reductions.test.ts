import { type Device, dot, logSumExp, max, meanAndVariance, Program, type ReductionOptions, sum } from "@webgfn/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { inBrief, testDevice } from "../device.js";
import { evaluate, failure, normals, quickValues } from "./helpers.js";

const REFERENCES = {
  sum: (row: Float32Array) => [row.reduce((total, x) => total + x, 0)],
  max: (row: Float32Array) => [row.reduce((largest, x) => Math.max(largest, x), -Infinity)],
  logSumExp: (row: Float32Array) => {
    const largest = row.reduce((so, x) => Math.max(so, x), -Infinity);
    return [largest + Math.log(row.reduce((total, x) => total + Math.exp(x - largest), 0))];
  },
  meanAndVariance: (row: Float32Array) => {
    const mean = row.reduce((total, x) => total + x, 0) / row.length;
    return [mean, row.reduce((total, x) => total + (x - mean) ** 2, 0) / row.length];
  },
};
const OPERATIONS = { sum, max, logSumExp, meanAndVariance };
type Name = keyof typeof OPERATIONS;
const NAMES = Object.keys(OPERATIONS) as Name[];

function reference(name: Name, values: Float32Array, n: number): number[] {
  return Array.from({ length: values.length / n }, (_, row) => REFERENCES[name](values.subarray(row * n, (row + 1) * n))).flat();
}

describe("reductions", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  const reduceTo = (name: Name, values: Float32Array, shape: number[], options?: ReductionOptions) =>
    evaluate(device, (program) => OPERATIONS[name](program, { x: device.tensorFrom(values, shape) }, options));

  for (const name of NAMES) {
    // One element, one lane short of and past a workgroup, both sides of the switch from rows to chunks, and of one chunk.
    for (const [rows, n] of [
      [1, 1],
      [5, 1],
      [3, 63],
      [2, 65],
      [65, 128],
      [66, 129],
      [3, 4096],
      [2, 4097],
      [1, 100_000],
      [7, 10_007],
    ] as const) {
      it(`${name} of [${rows}, ${n}] matches float64`, async () => {
        const values = normals(rows * n, 11, 0.5, 2);
        expect(await reduceTo(name, values, [rows, n])).toBeAllClose(reference(name, values, n), {
          absolute: 2e-5 + 1e-8 * n,
          relative: 2e-6,
        });
        expect(await reduceTo(name, values, [rows, n], { over: "all" })).toBeAllClose(REFERENCES[name](values), {
          absolute: 2e-5 + 1e-8 * rows * n,
          relative: 2e-6,
        });
      });
    }

    it(`${name} gives the same bits twice, and a result without the last axis`, async () => {
      const values = normals(2 * 3 * 9000, 5);
      expect(await reduceTo(name, values, [2, 3, 9000])).toEqual(await reduceTo(name, values, [2, 3, 9000]));
      const program = new Program(device, "shape");
      const x = device.tensorFrom(values, [2, 3, 9000]);
      expect((await OPERATIONS[name](program, { x })).shape).toEqual(name === "meanAndVariance" ? [2, 3, 2] : [2, 3]);
      expect((await OPERATIONS[name](program, { x }, { over: "all" })).shape).toEqual(name === "meanAndVariance" ? [2] : []);
    });
  }

  // Short rows share workgroups, long ones have one each: more than one dimension of a dispatch holds.
  for (const n of [3, 129]) {
    it.skipIf(inBrief)(`covers more than 65,535 rows of ${n}`, async () => {
      const rows = 65_535 + 70;
      const values = quickValues(rows * n);
      const x = device.tensorFrom(values, [rows, n]);
      for (const name of ["sum", "meanAndVariance"] as const) {
        const actual = await evaluate(device, (program) => OPERATIONS[name](program, { x }));
        expect(actual).toBeAllClose(reference(name, values, n), { absolute: 3e-5, relative: 1e-6 });
      }
      x.dispose();
    });
  }

  it("meanAndVariance keeps a variance of 1e-2 beside a mean of 1e4, wherever the first element lies", async () => {
    for (const [rows, n] of [
      [4, 100],
      [3, 3000],
      [1, 100_000],
    ] as const) {
      const values = normals(rows * n, 3, 1e4, 0.1);
      expect(await reduceTo("meanAndVariance", values, [rows, n])).toBeAllClose(reference("meanAndVariance", values, n), {
        relative: 1e-4,
      });
      values[0] = 0;
      expect(await reduceTo("meanAndVariance", values, [rows, n])).toBeAllClose(reference("meanAndVariance", values, n), {
        relative: 1e-4,
      });
    }
  });

  it("logSumExp neither overflows nor loses masked rows", async () => {
    const values = Float32Array.of(1e4, 1e4, -1e30, -1e30, -1e30, -1e30, 3, -1e30, -1e30, -1e4, -1e4 - 100, -200);
    const expected = [1e4 + Math.log(2), -1e30, 3, -200];
    expect(await reduceTo("logSumExp", values, [4, 3])).toBeAllClose(expected, { relative: 1e-6 });
    const long = new Float32Array(5000).fill(-1e30);
    expect(await reduceTo("logSumExp", long, [1, 5000])).toBeAllClose([-1e30], { relative: 1e-6 });
    long[4999] = 12;
    expect(await reduceTo("logSumExp", long, [1, 5000])).toBeAllClose([12], { relative: 1e-6 });
  });

  it("max finds a negative maximum wherever it lies", async () => {
    for (const at of [0, 63, 64, 4095, 4096, 8999]) {
      const values = new Float32Array(9000).fill(-1e30);
      values[at] = -7;
      expect([...(await reduceTo("max", values, [9000]))]).toEqual([-7]);
    }
  });

  it("dot matches float64", async () => {
    for (const size of [1, 127, 129, 5000, 100_000]) {
      const [x, y] = [normals(size, 1), normals(size, 2)];
      const expected = x.reduce((total, value, i) => total + value * (y[i] as number), 0);
      const run = () => evaluate(device, (program) => dot(program, { x: device.tensorFrom(x), y: device.tensorFrom(y) }));
      const actual = await run();
      expect(actual).toBeAllClose([expected], { absolute: 1e-6 * Math.sqrt(size) + 1e-8 * size, relative: 1e-6 });
      expect(await run()).toEqual(actual);
    }
  });

  it("two reductions of one program do not disturb each other", async () => {
    const [first, second] = [normals(50_000, 1), normals(50_000, 2)];
    const program = new Program(device, "two");
    const results = await Promise.all([first, second].map((values) => sum(program, { x: device.tensorFrom(values) })));
    await program.run(3);
    for (const [i, values] of [first, second].entries())
      expect(await (results[i] as (typeof results)[0]).read()).toBeAllClose(REFERENCES.sum(values), { absolute: 1e-3 });
  });

  it("rejects what does not fit", async () => {
    const program = new Program(device, "errors");
    const x = device.tensor([2, 3]);
    const { message } = await failure("argument", () => sum(program, { x, out: device.tensor([3]) }));
    expect(message).toBe("sum: `out` is [3], but `x` [2, 3] calls for [2]");
    await failure("argument", () => max(program, { x }, { over: "first" as "all" }));
    await failure("argument", () => sum(program, { x: device.tensor([]) }));
    await failure("argument", () => sum(program, { x: device.tensor([2, 0]) }));
    await failure("argument", () => dot(program, { x, y: device.tensor([3, 2]) }));
    expect((await failure("argument", () => dot(program, { x, y: device.tensor([3, 2]) }))).message).toBe(
      "dot: `y` is [3, 2], but `x` [2, 3] calls for [2, 3]",
    );
  });
});
