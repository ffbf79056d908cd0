import shader from "@webgfn/shaders/tensor/sum.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type ReductionOptions, type ReductionTensors, reduce } from "./reduce.js";

/**
 * Records Σ x along the last axis or over everything, in a fixed order.
 *
 * @returns `out`, or a new tensor of the shape of `x` without its last axis ([] over everything).
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { openDevice, Program, sum } from "@webgfn/tensor";
 * const device = await openDevice();
 * const x = device.tensorFrom(new Float32Array([1, 2, 3, 4]), [2, 2]);
 * const program = new Program(device, "sum");
 * const rows = await sum(program, { x });
 * await program.run();
 * console.log(await rows.read()); // Float32Array(2) [ 3, 7 ]
 * ```
 */
export function sum(program: Program, tensors: ReductionTensors, options: ReductionOptions = {}): Promise<Tensor> {
  return reduce(program, { name: "sum", shader, stateWords: 1 }, tensors, options);
}
