import shader from "@webgfn/shaders/envs/hypergrid/cosine.wgsl";
import { largestOf } from "@webgfn/tensor/internal";
import { chosen } from "../choosing.js";
import { boxTerm, coordinatesOf, type GridReward, type GridSize } from "./grid-reward.js";

/** f at the centre, its highest value: twice the density of N(0, 1) at 0. */
const PEAK = 2 / Math.sqrt(2 * Math.PI);
/** A cell is a mode if its factors are at least this part of the peak, on geometric average. */
const MODE_SHARE = 0.8;

/**
 * R = r0 + r1·∏ f(x_i), f(x) = (cos 50a + 1)·N(5a; 0, 1), a = |x/(H−1) − ½|. The modes are the cells with ∏ f ≥ (.8·f(centre))^d, or, on a
 * grid too coarse for that, the cells with the highest reward.
 */
export function cosineReward(size: GridSize, { r0, r1 }: { readonly r0: number; readonly r1: number }): GridReward {
  const { dimensions, side } = size;
  const factors = coordinatesOf(size).map((x) => {
    const a = Math.abs(x / (side - 1) - 0.5);
    return ((Math.cos(50 * a) + 1) * Math.exp(-((5 * a) ** 2) / 2)) / Math.sqrt(2 * Math.PI);
  });
  const total = factors.reduce((sum, factor) => sum + factor, 0);
  return {
    shader,
    constants: {},
    data: Float32Array.of(r0, r1, ...factors),
    terms: [
      boxTerm(r0, coordinatesOf(size), size),
      {
        mass: r1 * total ** dimensions,
        draw(random, cell) {
          for (let i = 0; i < dimensions; i++) cell[i] = chosen(factors, random.uniform() * total);
        },
      },
    ],
    modeReward: r0 + r1 * Math.min(MODE_SHARE * PEAK, largestOf(factors)) ** dimensions,
  };
}
