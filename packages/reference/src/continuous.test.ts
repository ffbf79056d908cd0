import { describe, expect, it } from "vitest";
import {
  type Box,
  bananaLogDensity,
  bananaPoint,
  finiteDifference,
  flatten,
  funnelLogDensity,
  gaussianMixtureLogDensity,
  type Mixture,
  manyWellLogReward,
  manyWellLogZ,
  mean,
  mixtureCumulative,
  mixtureDensity,
  mixtureOf,
  mixtureScore,
  mulberry32,
  NINE_GAUSSIANS,
  type Point,
  planeIntegral,
  planeJensenShannon,
  pointLogForward,
  pointScore,
  randomMlp,
  type ScaleBounds,
  unflatten,
} from "./index.js";

const BOUNDS: ScaleBounds = [0.2, 1.5];
const OUTPUTS = [0.3, -1, 0.8, -0.7, 0.1, 1.6, -2, 0.4, 3];

function normals(count: number, seed: number): number[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

describe("the mixture of Gaussians over a coordinate", () => {
  it("agrees with a hand calculation", () => {
    // Equal weights; both scales are the middle of [0, 2], so 1. At 0: half of N(0; 0, 1) and half of N(0; 2, 1).
    const mixture = mixtureOf([5, 5, 0, 2, 0, 0], [0, 2]);
    expect(mixture).toEqual({ weights: [0.5, 0.5], means: [0, 2], scales: [1, 1] });
    expect(mixtureDensity(mixture, 0)).toBeCloseTo((0.3989422804 + 0.0539909665) / 2, 9);
    expect(mixtureCumulative(mixture, 0)).toBeCloseTo((0.5 + 0.0227501319) / 2, 6);
  });

  it("has a density that is the derivative of its distribution function, and integrates to 1", () => {
    const mixture: Mixture = mixtureOf(OUTPUTS, BOUNDS);
    const [low, high, cells] = [-9, 10, 4000];
    const width = (high - low) / cells;
    let total = 0;
    for (let cell = 0; cell < cells; cell++) {
      total += width * mixtureDensity(mixture, low + (cell + 0.5) * width);
      if (cell % 250 === 249) expect(mixtureCumulative(mixture, low + (cell + 1) * width)).toBeCloseTo(total, 5);
    }
    expect(total).toBeCloseTo(1, 6);
  });

  it.each([-2.5, 0, 0.4, 3])("has the score that finite differences give at %d", (x) => {
    const logDensity = (outputs: Float64Array) => Math.log(mixtureDensity(mixtureOf([...outputs], BOUNDS), x));
    const score = Float64Array.from(mixtureScore(OUTPUTS, BOUNDS, x));
    expect(score).toBeAllClose(finiteDifference(logDensity, Float64Array.from(OUTPUTS)), { absolute: 1e-8 });
  });
});

describe("points as trajectories", () => {
  const mlp = randomMlp([3, 4, 6], mulberry32(3));
  const box: Box = [
    [-8, 8],
    [-8, 8],
  ];

  it("have a density that integrates to 1", () => {
    expect(planeIntegral((point) => Math.exp(pointLogForward(mlp, BOUNDS, point)), box, 200)).toBeCloseTo(1, 6);
  });

  it("have the score that finite differences give, in the plane and beyond", () => {
    const deep = randomMlp([7, 4, 6], mulberry32(4));
    for (const [policy, point, scales] of [
      [mlp, [0.7, -1.2], [1, 1]],
      [deep, [0.7, -1.2, 0.3, 2], [0.5, 2, 1, 1]],
    ] as const) {
      const value = (parameters: Float64Array) => pointLogForward(unflatten(policy, parameters), BOUNDS, point, scales);
      expect(pointScore(policy, BOUNDS, point, scales)).toBeAllClose(finiteDifference(value, flatten(policy)), { absolute: 1e-8 });
    }
  });

  it("are told apart by the Jensen-Shannon divergence: 0 for equal densities, log 2 for separate ones", () => {
    const at = (x: number) => (point: Point) => gaussianMixtureLogDensity({ means: [[x, 0]], variance: 0.5 }, point);
    expect(planeJensenShannon(at(0), at(0), box, 100)).toBe(0);
    expect(planeJensenShannon(at(-5), at(5), box, 200)).toBeCloseTo(Math.LN2, 4);
    const apart = planeJensenShannon(at(0), at(1), box, 200);
    expect(planeJensenShannon(at(1), at(0), box, 200)).toBeCloseTo(apart, 12);
    expect(apart).toBeGreaterThan(0.1);
    expect(apart).toBeLessThan(0.5 * Math.LN2);
  });
});

describe("targets", () => {
  it("nine Gaussians integrate to 1, each by its weight", () => {
    const weighted = { ...NINE_GAUSSIANS, weights: [9, 1, 1, 1, 1, 1, 1, 1, 1] };
    const box: Box = [
      [-3, 5],
      [-3, 5],
    ];
    for (const options of [NINE_GAUSSIANS, weighted]) {
      expect(planeIntegral((point) => Math.exp(gaussianMixtureLogDensity(options, point)), box, 200)).toBeCloseTo(1, 9);
    }
    expect(gaussianMixtureLogDensity({ means: [[1, 2]], variance: 0.25 }, [1.5, 2])).toBeCloseTo(Math.log(2 / Math.PI) - 0.5, 12);
  });

  it("the banana integrates to 1", () => {
    const box: Box = [
      [-6, 6],
      [-36, 6],
    ];
    expect(planeIntegral((point) => Math.exp(bananaLogDensity(point)), box, 800)).toBeCloseTo(1, 6);
    // At x1 = 2 the ridge is at u2 = 1.8, x2 = 1.8 - 5: there only the marginal of u1 and the height of the ridge count.
    expect(bananaLogDensity([2, -3.2])).toBeCloseTo(-2 - Math.log(2 * Math.PI) - Math.log(0.19) / 2, 12);
  });

  it("the funnel integrates to 1, and has the entropy of its normal distributions", () => {
    const box: Box = [
      [-4, 4],
      [-20, 20],
    ];
    const options = { deviation: 0.8 };
    expect(planeIntegral((point) => Math.exp(funnelLogDensity(options, point)), box, 400)).toBeCloseTo(1, 5);
    const negative = (point: Point) => Math.exp(funnelLogDensity(options, point)) * funnelLogDensity(options, point);
    expect(planeIntegral(negative, box, 400)).toBeCloseTo(-Math.log(2 * Math.PI * Math.E * 0.8), 3);
  });

  it("many wells of 32 dimensions have the log Z of the literature, 164.69567532", () => {
    const box: Box = [
      [-4, 4],
      [-8, 8],
    ];
    expect(Math.log(planeIntegral((point) => Math.exp(manyWellLogReward(point)), box, 400))).toBeCloseTo(manyWellLogZ(2), 9);
    expect(manyWellLogZ(32)).toBeCloseTo(164.69567532, 7);
    expect(manyWellLogReward([1, 2, -1, 0])).toBe(5.5 - 2 + 4.5);
  });

  it("the banana's sampler has its moments", () => {
    const count = 100_000;
    const draws = normals(2 * count, 11);
    const points = Array.from({ length: count }, (_, n) => bananaPoint([draws[2 * n]!, draws[2 * n + 1]!]));
    const [x1, x2] = [points.map(([x]) => x), points.map(([, y]) => y)];
    // x2 = u2 - u1^2 - 1: mean -2, variance 1 + 2, covariance with x1 that of u1 and u2.
    expect(Math.abs(mean(x1))).toBeLessThan(0.015);
    expect(Math.abs(mean(x2) + 2)).toBeLessThan(0.025);
    expect(Math.abs(mean(x1.map((x) => x ** 2)) - 1)).toBeLessThan(0.025);
    expect(Math.abs(mean(x2.map((y) => (y + 2) ** 2)) - 3)).toBeLessThan(0.12);
    expect(Math.abs(mean(x1.map((x, n) => x * (x2[n]! + 2))) - 0.9)).toBeLessThan(0.03);
    // Its entropy is that of the Gaussian it comes from, log(2 pi e) + log(det) / 2.
    const entropy = -mean(points.map(bananaLogDensity));
    expect(Math.abs(entropy - (Math.log(2 * Math.PI) + 1 + Math.log(0.19) / 2))).toBeLessThan(0.015);
  });
});
