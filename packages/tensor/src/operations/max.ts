import shader from "@webgfn/shaders/tensor/max.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type ReductionOptions, type ReductionTensors, reduce } from "./reduce.js";

/**
 * Records max x along the last axis or over everything.
 *
 * @returns `out`, or a new tensor of the shape of `x` without its last axis ([] over everything).
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { max, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const x = device.tensorFrom(new Float32Array([3, 1, 2, 5]), [2, 2]);
 * const program = new Program(device, "max");
 * const [rows, all] = [await max(program, { x }), await max(program, { x }, { over: "all" })];
 * await program.run();
 * console.log(await rows.read(), await all.read()); // Float32Array(2) [ 3, 5 ] Float32Array(1) [ 5 ]
 * ```
 */
export function max(program: Program, tensors: ReductionTensors, options: ReductionOptions = {}): Promise<Tensor> {
  return reduce(program, { name: "max", shader, stateWords: 1 }, tensors, options);
}
