import shader from "@webgfn/shaders/tensor/advance.wgsl";
import { argumentError } from "../errors.js";
import type { Kernel } from "../kernel.js";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { checkInput, checkShape, requireCall } from "./checks.js";
import { uniforms } from "./dispatch.js";

/** Tensors of {@link advance}. */
export interface AdvanceTensors {
  /** The counter, u32 [1], incremented in place. */
  counter: Tensor;
}

/** Options of {@link advance}. */
export interface AdvanceOptions {
  /** The increment, a 32-bit whole number. Default 1. */
  by?: number;
}

/**
 * Records `counter += by`. A replayed program counts its replays with it, for kernels that need the step or draw number.
 *
 * @returns `counter`.
 * @throws WebgfnError `argument` if the counter is not u32 [1] or `by` not a 32-bit whole number.
 *
 * @example
 * ```ts
 * import { advance, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const counter = device.tensor([1], { dtype: "u32" });
 * const program = new Program(device, "count");
 * await advance(program, { counter }, { by: 2 });
 * await program.run(3);
 * console.log(await counter.read()); // Uint32Array(1) [ 6 ]
 * ```
 */
export async function advance(program: Program, tensors: AdvanceTensors, options: AdvanceOptions = {}): Promise<Tensor> {
  const { counter } = requireCall("advance", program, tensors, options);
  const { by = 1 } = options;
  checkCounter("advance", program, "counter", counter);
  checkWord("advance", "by", by);
  const kernel = await advanceKernel(program);
  addAdvance(program, kernel, counter, by);
  return counter;
}

/** Rejects a tensor that cannot be a counter. */
export function checkCounter(operation: string, program: Program, name: string, counter: Tensor): void {
  checkInput(operation, program, name, counter, "u32");
  checkShape(operation, name, counter, [1], "a counter");
}

/** Rejects a number that does not fit into a u32. */
export function checkWord(operation: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw argumentError(`${operation}: \`${name}\` must be a whole number from 0 to 2³² − 1, not ${value}`);
  }
}

/** The kernel of {@link addAdvance}, compiled separately so that an operation with a counter compiles everything before it records. */
export function advanceKernel(program: Program): Promise<Kernel> {
  return program.device.kernel({ root: "tensor/advance", modules: { "tensor/advance": shader } });
}

/** Records the dispatch of `counter += by`. */
export function addAdvance(program: Program, kernel: Kernel, counter: Tensor, by = 1): void {
  program.add(kernel, { step: uniforms(program.device, [{ u32: by }]), counter }, [1]);
}
