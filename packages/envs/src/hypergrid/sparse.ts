import shader from "@webgfn/shaders/envs/hypergrid/sparse.wgsl";
import { boxTerm, coordinatesOf, frameTerm, type GridReward, type GridSize } from "./grid-reward.js";

/**
 * R = r0 + r1·1[every x_i is 1 or H − 2, and at least one is H − 2]: Pan et al., 2022. The targets are 2^d − 1 cells, and a single one if
 * H = 3.
 */
export function sparseReward(size: GridSize, { r0, r1 }: { readonly r0: number; readonly r1: number }): GridReward {
  const far = size.side - 2;
  return {
    shader,
    constants: {},
    data: Float32Array.of(Math.log(r0), Math.log(r0 + r1)),
    terms: [boxTerm(r0, coordinatesOf(size), size), far === 1 ? boxTerm(r1, [1], size) : frameTerm(r1, [1, far], [1], size)],
    modeReward: r0 + r1,
  };
}
