/** Many wells: a double well for each pair (a, b) of coordinates, log R = -a^4 + 6a^2 + a/2 - b^2/2 (Noe and others, Science 2019). */
import { sum } from "./vectors.js";

function wellLogReward(a: number): number {
  return -(a ** 4) + 6 * a ** 2 + a / 2;
}

/** log R(x). */
export function manyWellLogReward(point: readonly number[]): number {
  return sum(point.map((x, k) => (k % 2 === 0 ? wellLogReward(x) : -(x ** 2) / 2)));
}

/** log Z by Simpson's rule along a; the integral over b is that of a Gaussian. */
export function manyWellLogZ(dimensions: number): number {
  const [low, high, intervals] = [-5, 5, 4000];
  const width = (high - low) / intervals;
  const ends = Array.from({ length: intervals + 1 }, (_, n) => {
    const weight = n === 0 || n === intervals ? 1 : n % 2 === 1 ? 4 : 2;
    return weight * Math.exp(wellLogReward(low + n * width));
  });
  return (dimensions / 2) * Math.log((sum(ends) * width * Math.sqrt(2 * Math.PI)) / 3);
}
