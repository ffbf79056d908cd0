import { type Device, Program, RandomStream, type Tensor, type TypedArray, WebgfnError } from "@webgfn/tensor";
import { expect } from "vitest";

/** Normal float32 values, the same for the same seed. */
export function normals(count: number, seed: number, mean = 0, deviation = 1): Float32Array {
  const random = new RandomStream(seed);
  return Float32Array.from({ length: count }, () => mean + deviation * random.normal());
}

/** Quick uniform float32 values in [−1, 1), for tests that need millions. */
export function quickValues(count: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** Records with `record`, replays once, and reads what it returned. */
export async function evaluate(device: Device, record: (program: Program) => Promise<Tensor>): Promise<TypedArray> {
  const program = new Program(device, "test");
  const result = await record(program);
  await program.run();
  return result.read();
}

/** The error that a promise or function fails with, which must be one of the project's with this code. */
export async function failure(code: string, action: () => unknown): Promise<WebgfnError> {
  const error = await (async () => action())().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WebgfnError);
  expect((error as WebgfnError).code).toBe(code);
  return error as WebgfnError;
}
