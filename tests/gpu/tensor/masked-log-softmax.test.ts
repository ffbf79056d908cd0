import { type Device, MASKED, maskedLogSoftmax, Program, RandomStream } from "@webgfn/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { inBrief, testDevice } from "../device.js";
import { evaluate, failure, normals, quickValues } from "./helpers.js";

function reference(logits: Float32Array, mask: Uint32Array, n: number): Float64Array {
  const result = new Float64Array(logits.length).fill(MASKED);
  for (let start = 0; start < logits.length; start += n) {
    let largest = -Infinity;
    for (let i = start; i < start + n; i++) if (mask[i] !== 0) largest = Math.max(largest, logits[i] as number);
    let total = 0;
    for (let i = start; i < start + n; i++) if (mask[i] !== 0) total += Math.exp((logits[i] as number) - largest);
    for (let i = start; i < start + n; i++) if (mask[i] !== 0) result[i] = (logits[i] as number) - largest - Math.log(total);
  }
  return result;
}

describe("maskedLogSoftmax", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  const run = (logits: Float32Array, mask: Uint32Array, shape: number[]) =>
    evaluate(device, (program) =>
      maskedLogSoftmax(program, { logits: device.tensorFrom(logits, shape), mask: device.tensorFrom(mask, shape) }),
    );

  for (const [rows, n] of [
    [1, 1],
    [3, 7],
    [70, 128],
    [5, 129],
    [2, 5000],
  ] as const) {
    it(`of [${rows}, ${n}] matches float64, whatever the offset`, async () => {
      const random = new RandomStream(8);
      const mask = Uint32Array.from({ length: rows * n }, () => (random.uniform() < 0.6 ? 1 + random.integer(5) : 0));
      for (const offset of [0, 1e4, -1e4]) {
        const logits = normals(rows * n, 9, offset, 3);
        // What is forbidden must not count, however large.
        for (let i = 0; i < mask.length; i++) if (mask[i] === 0) logits[i] = i % 2 === 0 ? 3e30 : -3e38;
        expect(await run(logits, mask, [rows, n])).toBeAllClose(reference(logits, mask, n), { absolute: 3e-6, relative: 2e-6 });
      }
    });
  }

  it("gives −1e30 throughout for a row that allows nothing, and 0 for a single allowed entry", async () => {
    for (const n of [4, 200]) {
      const mask = new Uint32Array(2 * n);
      mask[n + 2] = 1;
      const actual = await run(normals(2 * n, 1), mask, [2, n]);
      expect([...actual]).toEqual(Array.from({ length: 2 * n }, (_, i) => (i === n + 2 ? 0 : Math.fround(MASKED))));
    }
  });

  it.skipIf(inBrief)("covers more than 65,535 workgroups", async () => {
    const [rows, n] = [65_535 + 70, 129];
    const logits = quickValues(rows * n);
    const mask = Uint32Array.from(logits, (x) => (x < 0.5 ? 1 : 0));
    expect(await run(logits, mask, [rows, n])).toBeAllClose(reference(logits, mask, n), { absolute: 3e-6, relative: 2e-6 });
  });

  it("rejects a mask of another shape or type", async () => {
    const program = new Program(device, "errors");
    const logits = device.tensor([2, 3]);
    const { message } = await failure("argument", () =>
      maskedLogSoftmax(program, { logits, mask: device.tensor([3, 2], { dtype: "u32" }) }),
    );
    expect(message).toBe("maskedLogSoftmax: `mask` is [3, 2], but `logits` [2, 3] calls for [2, 3]");
    await failure("argument", () => maskedLogSoftmax(program, { logits, mask: device.tensor([2, 3]) }));
    await failure("argument", () => maskedLogSoftmax(program, { logits: device.tensor([]), mask: device.tensor([], { dtype: "u32" }) }));
  });
});
