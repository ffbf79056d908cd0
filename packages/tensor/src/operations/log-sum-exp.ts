import shader from "@webgfn/shaders/tensor/log_sum_exp.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type ReductionOptions, type ReductionTensors, reduce } from "./reduce.js";

/**
 * Records log Σ exp(x) along the last axis or over everything, shifted by the maximum, for |x| ≤ 1e30.
 *
 * @returns `out`, or a new tensor of the shape of `x` without its last axis ([] over everything).
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { logSumExp, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const x = device.tensorFrom(new Float32Array([0, 0, 100, 100]), [2, 2]);
 * const program = new Program(device, "log-sum-exp");
 * const rows = await logSumExp(program, { x });
 * await program.run();
 * console.log(Array.from(await rows.read(), (value) => value.toFixed(3))); // [ '0.693', '100.693' ]
 * ```
 */
export function logSumExp(program: Program, tensors: ReductionTensors, options: ReductionOptions = {}): Promise<Tensor> {
  return reduce(program, { name: "logSumExp", shader, stateWords: 2 }, tensors, options);
}
