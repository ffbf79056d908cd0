import shader from "@webgfn/shaders/tensor/log_sum_exp.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type ReductionOptions, type ReductionTensors, reduce } from "./reduce.js";

/**
 * Records log Σ exp(x) along the last axis or over everything, shifted by the maximum, for |x| ≤ 1e30.
 *
 * @returns `out`, or a new tensor of the shape of `x` without its last axis ([] over everything).
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 */
export function logSumExp(program: Program, tensors: ReductionTensors, options: ReductionOptions = {}): Promise<Tensor> {
  return reduce(program, { name: "logSumExp", shader, stateWords: 2 }, tensors, options);
}
