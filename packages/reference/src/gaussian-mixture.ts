/** A mixture of round Gaussians in the plane (method.md section 4), normalised: log Z = 0. */
import type { Point } from "./plane.js";
import { logSumExp, sum } from "./vectors.js";

export interface GaussianMixtureOptions {
  means: readonly (readonly [number, number])[];
  /** Variance of every component along both coordinates. */
  variance: number;
  /** Weights of the components, up to a common factor. Default: equal weights. */
  weights?: readonly number[] | undefined;
}

/** The paper's nine Gaussians. */
export const NINE_GAUSSIANS: GaussianMixtureOptions = {
  means: [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 0],
    [2, 1],
    [2, 2],
  ],
  variance: 0.1,
};

/** log R(x). */
export function gaussianMixtureLogDensity({ means, variance, weights }: GaussianMixtureOptions, [x, y]: Point): number {
  const shares = weights ?? means.map(() => 1);
  return logSumExp(
    means.map(([meanX, meanY], k) => {
      const squaredDistance = (x - meanX) ** 2 + (y - meanY) ** 2;
      return Math.log(shares[k]! / sum(shares)) - squaredDistance / (2 * variance) - Math.log(2 * Math.PI * variance);
    }),
  );
}
