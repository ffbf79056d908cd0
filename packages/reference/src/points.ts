/**
 * Points as trajectories (method.md section 4): coordinate 1 from the initial state, then coordinate 2, and so on.
 * Every point has one trajectory, so log p_F of the trajectory is the log density of the point.
 */

import { type Mixture, mixtureDensity, mixtureOf, mixtureScore, type ScaleBounds } from "./mixture-head.js";
import { logits, type Mlp, parameterGradient } from "./mlp.js";
import { sum, vectorSum } from "./vectors.js";

/** The factor of each coordinate as a feature. */
export type FeatureScales = readonly number[];

const UNSCALED: FeatureScales = [1, 1];

/** The network's features: all coordinates except the last (0 before they are chosen), scaled, and the number of chosen ones as one-hot. */
export function pointFeatures(chosen: readonly number[], scales: FeatureScales = UNSCALED): number[] {
  const earlier = scales.slice(0, -1).map((scale, k) => (chosen[k] ?? 0) * scale);
  return [...earlier, ...scales.map((_, k) => (k === chosen.length ? 1 : 0))];
}

/** The policy's distribution of the coordinate that follows `chosen`. */
export function nextCoordinate(mlp: Mlp, bounds: ScaleBounds, chosen: readonly number[], scales = UNSCALED): Mixture {
  return mixtureOf(logits(mlp, pointFeatures(chosen, scales)), bounds);
}

/** log p_F, the log density of the point under the policy. */
export function pointLogForward(mlp: Mlp, bounds: ScaleBounds, point: readonly number[], scales = UNSCALED): number {
  return sum(point.map((x, k) => Math.log(mixtureDensity(nextCoordinate(mlp, bounds, point.slice(0, k), scales), x))));
}

/** The gradient of {@link pointLogForward} with respect to the network's parameters, in the order of `flatten`. */
export function pointScore(mlp: Mlp, bounds: ScaleBounds, point: readonly number[], scales = UNSCALED): Float64Array {
  return vectorSum(
    point.map((x, k) => {
      const features = pointFeatures(point.slice(0, k), scales);
      return parameterGradient(mlp, features, mixtureScore(logits(mlp, features), bounds, x));
    }),
  );
}
