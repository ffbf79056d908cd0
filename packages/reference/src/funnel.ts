/**
 * Neal's funnel: x1 ~ N(0, deviation^2), then every other coordinate ~ N(0, e^x1), normalised: log Z = 0. Below x1 = -6 deviation the
 * variances are constant.
 */
import { sum } from "./vectors.js";

export interface FunnelOptions {
  /** Standard deviation of coordinate 1. */
  deviation: number;
}

function normalLogDensity(x: number, deviation: number): number {
  return -0.5 * (x / deviation) ** 2 - Math.log(deviation) - 0.5 * Math.log(2 * Math.PI);
}

/** log R(x). */
export function funnelLogDensity({ deviation }: FunnelOptions, [first, ...others]: readonly number[]): number {
  return normalLogDensity(first!, deviation) + sum(others.map((x) => normalLogDensity(x, Math.exp(Math.max(first!, -6 * deviation) / 2))));
}

/** The factors that turn coordinates into features of size about 1 where the mass lies. */
export function funnelFeatureScales({ deviation }: FunnelOptions, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, k) => (k === 0 ? 1 / deviation : Math.exp(-1.5 * deviation)));
}
