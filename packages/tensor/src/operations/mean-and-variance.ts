import shader from "@webgfn/shaders/tensor/mean_and_variance.wgsl";
import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";
import { type ReductionOptions, type ReductionTensors, reduce } from "./reduce.js";

/**
 * Records mean and population variance (divided by n) of x along the last axis or over everything, by the pairwise method of
 * Chan, Golub and LeVeque (1983); a large common offset costs no digits.
 *
 * @returns `out`, or a new tensor of the shape of `x` with 2, for mean and variance, as its last axis ([2] over everything).
 * @throws WebgfnError `argument` when shapes, element types or devices do not fit.
 *
 * @example
 * ```ts
 * import { meanAndVariance, openDevice, Program } from "@webgfn/tensor";
 * const device = await openDevice();
 * const x = device.tensorFrom(new Float32Array([1, 3, 10, 10]), [2, 2]);
 * const program = new Program(device, "mean and variance");
 * const rows = await meanAndVariance(program, { x });
 * await program.run();
 * console.log(await rows.read()); // Float32Array(4) [ 2, 1, 10, 0 ]
 * ```
 */
export function meanAndVariance(program: Program, tensors: ReductionTensors, options: ReductionOptions = {}): Promise<Tensor> {
  return reduce(program, { name: "meanAndVariance", shader, stateWords: 3, resultShape: [2] }, tensors, options);
}
