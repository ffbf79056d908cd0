import shader from "@webgfn/shaders/envs/hypergrid/plateaus.wgsl";
import { boxTerm, coordinatesOf, frameTerm, type GridReward, type GridSize } from "./grid-reward.js";

/** Heights of the plateaus. */
interface Heights {
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
}

/** |2x − (H−1)|, the distance from the centre in units of 1/(2(H−1)) of the side. */
const distance = (x: number, side: number) => Math.abs(2 * x - (side - 1));

/** Coordinates with `factor`·|2x − (H−1)| > H−1. */
function outerOf(size: GridSize, factor: number): number[] {
  return coordinatesOf(size).filter((x) => factor * distance(x, size.side) > size.side - 1);
}

/** Coordinates with 3(H−1) < 5|2x − (H−1)| < 4(H−1). */
function bandOf(size: GridSize): number[] {
  const most = size.side - 1;
  return coordinatesOf(size).filter((x) => 3 * most < 5 * distance(x, size.side) && 5 * distance(x, size.side) < 4 * most);
}

/** R = r0 + r1·∏ 1[|x_i/(H−1) − ½| > .25] + r2·∏ 1[.3 < |x_i/(H−1) − ½| < .4]: Bengio et al., 2021. */
export function originalReward(size: GridSize, { r0, r1, r2 }: Heights): GridReward {
  const [outer, band] = [outerOf(size, 2), bandOf(size)];
  return {
    shader,
    constants: { OUTER: 2 },
    data: Float32Array.of(Math.log(r0), Math.log(r0 + r1), Math.log(r0 + r1 + r2)),
    terms: [boxTerm(r0, coordinatesOf(size), size), boxTerm(r1, outer, size), boxTerm(r2, band, size)],
    modeReward: r0 + r1 + (band.length > 0 ? r2 : 0),
  };
}

/** R = r0 + r1·(1 − ∏ 1[|x_i/(H−1) − ½| > .1]) + r2·∏ 1[.3 < |x_i/(H−1) − ½| < .4]: Kim et al., 2025. */
export function deceptiveReward(size: GridSize, { r0, r1, r2 }: Heights): GridReward {
  const all = coordinatesOf(size);
  const [outer, band] = [outerOf(size, 5), bandOf(size)];
  return {
    shader,
    constants: { OUTER: 5 },
    data: Float32Array.of(Math.log(r0 + r1), Math.log(r0), Math.log(r0 + r2)),
    terms: [boxTerm(r0, all, size), frameTerm(r1, all, outer, size), boxTerm(r2, band, size)],
    modeReward: r0 + (band.length > 0 ? r2 : outer.length < all.length ? r1 : 0),
  };
}
