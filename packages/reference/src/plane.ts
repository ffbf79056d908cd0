/**
 * Points of the plane as trajectories (method.md section 4): coordinate 1 from the initial state, then coordinate 2.
 * Every point has one trajectory, so log p_F of the trajectory is the log density of the point.
 */

import { type Mixture, mixtureDensity, mixtureOf, mixtureScore, type ScaleBounds } from "./mixture-head.js";
import { logits, type Mlp, parameterGradient } from "./mlp.js";
import { added } from "./vectors.js";

export type Point = [number, number];

/** Lower and upper bounds of both coordinates. */
export type Box = [[number, number], [number, number]];

/** What the network sees: coordinate 1 (0 before it is chosen), and how many are chosen as one-hot. */
export function planeFeatures(chosen: readonly number[]): number[] {
  return chosen.length === 0 ? [0, 1, 0] : [chosen[0]!, 0, 1];
}

/** The policy's distribution of the coordinate that follows `chosen`. */
export function nextCoordinate(mlp: Mlp, bounds: ScaleBounds, chosen: readonly number[]): Mixture {
  return mixtureOf(logits(mlp, planeFeatures(chosen)), bounds);
}

/** log p_F, the log density of the point under the policy. */
export function pointLogForward(mlp: Mlp, bounds: ScaleBounds, [x, y]: Point): number {
  return Math.log(mixtureDensity(nextCoordinate(mlp, bounds, []), x)) + Math.log(mixtureDensity(nextCoordinate(mlp, bounds, [x]), y));
}

/** Its gradient with respect to the network's parameters, in the order of `flatten`. */
export function pointScore(mlp: Mlp, bounds: ScaleBounds, [x, y]: Point): Float64Array {
  const step = (chosen: number[], coordinate: number): Float64Array => {
    const features = planeFeatures(chosen);
    return parameterGradient(mlp, features, mixtureScore(logits(mlp, features), bounds, coordinate));
  };
  return added(step([], x), step([x], y));
}

/** The integral of a function over a box, by the midpoint rule with `cells` cells along each coordinate. */
export function planeIntegral(value: (point: Point) => number, box: Box, cells: number): number {
  const widths = box.map(([low, high]) => (high - low) / cells);
  const centre = (axis: 0 | 1, cell: number): number => box[axis][0] + (cell + 0.5) * widths[axis]!;
  let total = 0;
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) total += value([centre(0, i), centre(1, j)]);
  }
  return total * widths[0]! * widths[1]!;
}

/** The Jensen-Shannon divergence, in nats, of two densities given as logarithms. */
export function planeJensenShannon(logP: (point: Point) => number, logQ: (point: Point) => number, box: Box, cells: number): number {
  const term = (density: number, middle: number): number => (density === 0 ? 0 : density * Math.log(density / middle));
  return planeIntegral(
    (point) => {
      const p = Math.exp(logP(point));
      const q = Math.exp(logQ(point));
      return (term(p, (p + q) / 2) + term(q, (p + q) / 2)) / 2;
    },
    box,
    cells,
  );
}
