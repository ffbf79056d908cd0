import shader from "@webgfn/shaders/tensor/max.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type ReductionOptions, type ReductionTensors, reduce } from "./reduce.js";

/**
 * Records max x along the last axis or over everything.
 *
 * @returns `out`, or a new tensor of the shape of `x` without its last axis ([] over everything).
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 */
export function max(program: Program, tensors: ReductionTensors, options: ReductionOptions = {}): Promise<Tensor> {
  return reduce(program, { name: "max", shader, stateWords: 1 }, tensors, options);
}
