import { type Activation, type Device, matmul, matmulBackwardInput, matmulBackwardWeight, Program, type Tensor } from "@webgfn/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { testDevice } from "../device.js";
import { evaluate, failure, normals } from "./helpers.js";

const SLOPES = { none: 1, relu: 0, "leaky-relu": 0.01 };
const ACTIVATIONS: Activation[] = ["none", "relu", "leaky-relu"];

/** [replicas, m, k, n]: ones, off the 8 × 4 blocks, aligned to vec4f, large. */
const SIZES: [number, number, number, number][] = [
  [1, 1, 1, 1],
  [1, 1, 4, 4],
  [1, 7, 5, 3],
  [3, 9, 6, 10],
  [2, 13, 8, 12],
  [1, 70, 1, 5],
  [1, 1000, 37, 129],
  [2, 261, 64, 36], // aligned, off the blocks of 8 rows
];

interface Case {
  a: Float32Array;
  b: Float32Array;
  bias: Float32Array;
  dc: Float32Array;
  lead: number[];
}

function makeCase([replicas, m, k, n]: [number, number, number, number]): Case {
  const values = (count: number, seed: number) => normals(replicas * count, seed);
  return { a: values(m * k, 1), b: values(k * n, 2), bias: values(n, 3), dc: values(m * n, 4), lead: replicas === 1 ? [] : [replicas] };
}

/** C in float64, and the gradients of Σ dC C. */
function reference([replicas, m, k, n]: [number, number, number, number], { a, b, bias, dc }: Case, activation: Activation) {
  const at = (values: ArrayLike<number>, index: number) => values[index] as number;
  const c = new Float64Array(replicas * m * n);
  const da = new Float64Array(replicas * m * k);
  const db = new Float64Array(replicas * k * n);
  const dbias = new Float64Array(replicas * n);
  for (let r = 0; r < replicas; r++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let z = at(bias, r * n + j);
        for (let t = 0; t < k; t++) z += at(a, (r * m + i) * k + t) * at(b, (r * k + t) * n + j);
        const slope = z > 0 ? 1 : SLOPES[activation];
        c[(r * m + i) * n + j] = slope * z;
        const dz = slope * at(dc, (r * m + i) * n + j);
        dbias[r * n + j] = at(dbias, r * n + j) + dz;
        for (let t = 0; t < k; t++) {
          da[(r * m + i) * k + t] = at(da, (r * m + i) * k + t) + dz * at(b, (r * k + t) * n + j);
          db[(r * k + t) * n + j] = at(db, (r * k + t) * n + j) + dz * at(a, (r * m + i) * k + t);
        }
      }
    }
  }
  return { c, da, db, dbias };
}

describe("matmul", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  for (const size of SIZES) {
    const [, m, k, n] = size;
    it(`and both backward products match float64 at [replicas, m, k, n] = [${size.join(", ")}]`, async () => {
      const data = makeCase(size);
      const { lead } = data;
      const a = device.tensorFrom(data.a, [...lead, m, k]);
      const b = device.tensorFrom(data.b, [...lead, k, n]);
      const bias = device.tensorFrom(data.bias, [...lead, n]);
      const dc = device.tensorFrom(data.dc, [...lead, m, n]);
      for (const activation of ACTIVATIONS) {
        const expected = reference(size, data, activation);
        // Signs near zero may differ from float64's: the activation's derivative is taken from this C, which is given.
        const c = device.tensorFrom(Float32Array.from(expected.c), [...lead, m, n]);
        const program = new Program(device, "products");
        const result = await matmul(program, { a, b, bias }, { activation });
        const da = await matmulBackwardInput(program, { dc, b, c }, { activation });
        const { weight, bias: dbias } = await matmulBackwardWeight(program, { a, dc, c }, { activation });
        await program.run();
        expect([result.shape, da.shape, weight.shape, dbias.shape]).toEqual([c.shape, a.shape, b.shape, bias.shape]);
        expect(await result.read()).toBeAllClose(expected.c, { absolute: 2e-6 * k, relative: 1e-5 });
        expect(await da.read()).toBeAllClose(expected.da, { absolute: 2e-6 * n, relative: 1e-5 });
        expect(await weight.read()).toBeAllClose(expected.db, { absolute: 1e-6 * m, relative: 1e-5 });
        expect(await dbias.read()).toBeAllClose(expected.dbias, { absolute: 1e-6 * m, relative: 1e-5 });
      }
    });
  }

  it("works without a bias and into a given tensor, also several times in one program", async () => {
    const a = device.tensorFrom(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
    const b = device.tensorFrom(new Float32Array([1, 0, 0, 1, 1, 1]), [3, 2]);
    const out = device.tensor([2, 2]);
    const program = new Program(device, "chain");
    expect(await matmul(program, { a, b, out })).toBe(out);
    const second = await matmul(program, { a: out, b: out });
    await program.run(2);
    expect([...(await out.read())]).toEqual([4, 5, 10, 11]);
    expect([...(await second.read())]).toEqual([66, 75, 150, 171]);
  });

  it("gives the same bits twice", async () => {
    const data = makeCase([1, 1000, 37, 129]);
    const a = device.tensorFrom(data.a, [1000, 37]);
    const dc = device.tensorFrom(data.dc, [1000, 129]);
    const run = () => evaluate(device, async (program) => (await matmulBackwardWeight(program, { a, dc })).weight);
    expect(await run()).toEqual(await run());
  });

  it("names both shapes when they do not fit, before anything is allocated", async () => {
    const program = new Program(device, "errors");
    const tensor = (...shape: number[]): Tensor => device.tensor(shape);
    const [a, b, c] = [tensor(2, 3), tensor(3, 4), tensor(2, 4)];
    const [wrong, integers, batched] = [tensor(4, 3), device.tensor([2, 3], { dtype: "u32" }), tensor(2, 3, 4)];
    const allocated = device.statistics.bytesAllocated;
    const messages: string[] = [];
    const attempts: (() => unknown)[] = [
      () => matmul(program, { a, b: wrong }),
      () => matmul(program, { a, b, bias: wrong }),
      () => matmul(program, { a, b, out: wrong }),
      () => matmul(program, { a: integers, b }),
      () => matmul(program, { a, b: batched }),
      () => matmul(program, { a, b }, { activation: "tanh" as Activation }),
      () => matmul(program, { a: c, b: tensor(4, 4), out: c }),
      () => matmulBackwardInput(program, { dc: c, b: wrong }),
      () => matmulBackwardInput(program, { dc: c, b }, { activation: "relu" }),
      () => matmulBackwardInput(program, { dc: c, b, c: a }, { activation: "relu" }),
      () => matmulBackwardWeight(program, { a, dc: wrong }),
      () => matmulBackwardWeight(program, { a, dc: c, out: wrong }),
    ];
    for (const attempt of attempts) messages.push((await failure("argument", attempt)).message);
    expect(messages[0]).toBe("matmul: `b` is [4, 3], but `a` [2, 3] calls for [3, 3]");
    expect(messages[2]).toBe("matmul: `out` is [4, 3], but `a` [2, 3] with `b` [3, 4] calls for [2, 4]");
    expect(messages[3]).toBe("matmul: `a` must hold f32, not u32");
    expect(program.length).toBe(0);
    expect(device.statistics.bytesAllocated).toBe(allocated + 64); // the [4, 4] of the attempt above
  });
});
