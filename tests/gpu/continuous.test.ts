/** Points and the mixture-of-Gaussians head against the oracle: densities, samples, gradients, distance. */
import { banana, type Environment, funnel, gaussianMixture, manyWell } from "@webgfn/envs";
import {
  type EstimatorName,
  findEstimator,
  forwardKl,
  type Objective,
  renyi,
  reverseKl,
  trajectoryBalance,
  tsallis,
} from "@webgfn/objectives";
import { numbersOf } from "@webgfn/objectives/internal";
import {
  type Box,
  batchGradient,
  type GaussianMixtureOptions,
  mixtureCumulative,
  NINE_GAUSSIANS,
  nextCoordinate,
  type ObjectiveName,
  type Point,
  planeIntegral,
  planeJensenShannon,
  pointLogForward,
  pointScore,
} from "@webgfn/reference";
import { type LinearWeights, mlp, type Network, Sampler } from "@webgfn/sampler";
import { disposeBuffers, environmentData, fitPolicy, packWeights, Replicas, unpackWeights, weightsTensor } from "@webgfn/sampler/internal";
import { Trainer } from "@webgfn/trainer";
import { DensityEvaluator, recordStep, stepBuffers } from "@webgfn/trainer/internal";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import {
  alphaOf,
  chiSquare,
  chiSquareLimit,
  exactSamples,
  flat,
  type GpuTrajectory,
  makeRollout,
  oracleMlp,
  readTrajectories,
  spreadWeights,
} from "./helpers.js";
import { type PointTwin, pointTwin } from "./twins.js";

const THREE: GaussianMixtureOptions = {
  means: [
    [-1, 0.5],
    [2, 2],
    [0, -3],
  ],
  variance: 0.4,
  weights: [1, 2, 5],
};

const TARGETS: PointTwin[] = [
  gaussianMixture(),
  gaussianMixture(THREE as object),
  banana(),
  funnel({ dimensions: 3, deviation: 1 }),
  manyWell({ dimensions: 4 }),
].map(pointTwin);

/** Heads whose outputs fill whole vec4s, leave padding, and share vec4s between logits, means and scales. */
const HEADS = [
  { hidden: [64, 64], components: 9, scales: [0.1, 1] as const },
  { hidden: [7, 5], components: 4, scales: [0.3, 2] as const },
  { hidden: [6], components: 5, scales: [0.2, 1.5] as const },
  { hidden: [3], components: 1, scales: [0.5, 0.75] as const },
];

const bits = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0]!;
const pointOf = (actions: ArrayLike<number>): number[] => [...new Float32Array(Uint32Array.from(actions).buffer)];
/** The point of a state of the plane. */
const planePoint = (state: Uint32Array): Point => pointOf(state.subarray(0, 2)) as Point;

/** The points as words of an action buffer. */
function actionWords(points: readonly (readonly number[])[]): Uint32Array {
  return Uint32Array.from(points.flat(), bits);
}

function expectOracle(
  { environment, logDensity, scales }: PointTwin,
  weights: readonly LinearWeights[],
  bounds: readonly [number, number],
  trajectories: readonly GpuTrajectory[],
): void {
  const model = oracleMlp(weights);
  for (const { actions, object, logForward, logBackward, logReward } of trajectories) {
    const point = pointOf(actions);
    expect([...object]).toEqual([...actions, environment.horizon]);
    expect(environment.decode(object)).toEqual({ point });
    const s = pointLogForward(model, bounds, point, scales);
    expect(Math.abs(logForward - s), `log p_F at ${point}`).toBeLessThan(2e-5 * (1 + Math.abs(s)));
    expect(Math.abs(logBackward)).toBe(0);
    expect(Math.abs(logReward - logDensity(point)), `log R at ${point}`).toBeLessThan(2e-6 * (1 + Math.abs(logDensity(point))));
  }
}

describe("rollout", () => {
  const pairs = [
    [0, 0],
    [1, 1],
    [2, 2],
    [0, 3],
    [3, 1],
  ] as const;
  const cases = pairs.map(([target, head]) => ({ title: TARGETS[target]!.environment.title, target: TARGETS[target]!, ...HEADS[head]! }));
  it.each(cases)(
    "of $title, hidden $hidden, $components components, replays what it sampled",
    async ({ target, hidden, components, scales }) => {
      const { environment } = target;
      const net = fitPolicy(mlp({ hidden, components, scales }), environment);
      const weights = [spreadWeights(net, 1), spreadWeights(net, 2), spreadWeights(net, 3)];
      const settings = weights.map((_, r) => ({ seed: 10 + r, step: 4 }));
      const rollout = await makeRollout(await testDevice(), { environment, net, batch: 67, weights, settings });
      const sampled = await rollout.sample();
      for (const [r, trajectories] of sampled.entries()) expectOracle(target, weights[r]!, scales, trajectories);
      expect(await rollout.replay()).toEqual(sampled);
    },
  );

  it.each(TARGETS.map((target) => ({ title: target.environment.title, target })))(
    "of $title gives the densities of given points, however far",
    async ({ target }) => {
      const { environment } = target;
      const head = HEADS[1]!;
      const net = fitPolicy(mlp(head), environment);
      const weights = spreadWeights(net, 1);
      const points = [
        [0, 0],
        [-0, 1],
        [1, 1],
        [0.5, 1.5],
        [-4, 6],
        [7, -3],
        [1.25, -20],
      ].map(([x, y]) => Array.from({ length: environment.horizon }, (_, k) => (k % 2 === 0 ? x! : y!)));
      const rollout = await makeRollout(await testDevice(), {
        environment,
        net,
        batch: points.length,
        weights: [weights],
        settings: [{ seed: 1 }],
      });
      rollout.buffers.actions.write(actionWords(points));
      const [trajectories] = (await rollout.replay()) as [GpuTrajectory[]];
      expect(trajectories.map(({ actions }) => pointOf(actions))).toEqual(points);
      expectOracle(target, weights, head.scales, trajectories);
    },
  );
});

/** Pearson's statistic of points of the unit square against the uniform distribution, on 8 × 8 cells. */
function uniformity(points: readonly Point[]): number {
  const counts = new Array(64).fill(0) as number[];
  for (const [u, v] of points) counts[8 * Math.min(7, Math.floor(8 * u)) + Math.min(7, Math.floor(8 * v))]! += 1;
  return chiSquare(counts, new Array(64).fill(1 / 64) as number[]);
}

/** Each coordinate by its own distribution function: uniform and independent where the points follow these weights. */
function throughCumulative(weights: readonly LinearWeights[], scales: readonly [number, number], points: readonly Point[]): Point[] {
  const model = oracleMlp(weights);
  const first = nextCoordinate(model, scales, []);
  return points.map(([x, y]) => [mixtureCumulative(first, x), mixtureCumulative(nextCoordinate(model, scales, [x]), y)]);
}

describe("samples", () => {
  const environment = gaussianMixture();
  const scales = [0.2, 1.5] as const;
  const net = fitPolicy(mlp({ hidden: [6], components: 5, scales }), environment);
  const weights = spreadWeights(net, 3);
  const count = 8000;
  const sample = async (exploration: number): Promise<GpuTrajectory[]> => {
    const settings = [{ seed: 1, exploration }];
    const rollout = await makeRollout(await testDevice(), { environment, net, batch: count, weights: [weights], settings });
    return (await rollout.sample())[0]!;
  };

  it("follow the policy's density", async () => {
    const points = (await sample(0)).map(({ actions }) => pointOf(actions) as Point);
    expect(uniformity(throughCumulative(weights, scales, points))).toBeLessThan(chiSquareLimit(63));
    expect(uniformity(throughCumulative(spreadWeights(net, 4), scales, points))).toBeGreaterThan(chiSquareLimit(63));
    expect(new Set(points.map(([x]) => x)).size).toBeGreaterThan(0.99 * count);
  });

  it("explore uniformly over the environment's range, with log p_F still the policy's", async () => {
    const reach = 4 * Math.sqrt(0.1);
    const uniform = (x: number): number => Math.min(1, Math.max(0, (x + reach) / (2 + 2 * reach)));
    const first = nextCoordinate(oracleMlp(weights), scales, []);
    for (const exploration of [1, 0.25]) {
      const trajectories = await sample(exploration);
      expectOracle(TARGETS[0]!, weights, scales, trajectories.slice(0, 100));
      const points = trajectories.map(({ actions }) => pointOf(actions) as Point);
      // The distribution function of the first coordinate is the mixture's of both.
      const cumulative = (x: number) => exploration * uniform(x) + (1 - exploration) * mixtureCumulative(first, x);
      const counts = new Array(16).fill(0) as number[];
      for (const [x] of points) counts[Math.min(15, Math.floor(16 * cumulative(x)))]! += 1;
      expect(chiSquare(counts, new Array(16).fill(1 / 16) as number[])).toBeLessThan(chiSquareLimit(15));
      expect(uniformity(throughCumulative(weights, scales, points))).toBeGreaterThan(chiSquareLimit(63));
      if (exploration === 1) expect(uniformity(points.map(([x, y]) => [uniform(x), uniform(y)]))).toBeLessThan(chiSquareLimit(63));
    }
  });

  it("are points for whoever samples with trained weights", async () => {
    const sampler = await Sampler.create(await testDevice(), { environment, policy: net.policy, weights, batchSize: 16 });
    for (const { object, actions, logForward } of await sampler.sample(20)) {
      const point = pointOf(actions);
      expect(object).toEqual({ point });
      expect(logForward).toBeCloseTo(pointLogForward(oracleMlp(weights), scales, point), 3);
    }
    sampler.dispose();
  });
});

describe("exact samples", () => {
  it.each([
    { given: {}, options: NINE_GAUSSIANS },
    { given: THREE as object, options: THREE },
  ])("of a mixture of Gaussians $given come from each by its weight", ({ given, options }) => {
    const environment = gaussianMixture(given);
    const count = 20_000;
    const states = exactSamples(environment, count, 3);
    expect(states.every((state) => state[2] === 2)).toBe(true);
    const points = states.map(planePoint);
    const weights = options.weights ?? options.means.map(() => 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    // First and second moments are those of the weighted means, plus the variance.
    for (const axis of [0, 1] as const) {
      const moment = (power: number) => weights.reduce((sum, weight, k) => sum + (weight / total) * options.means[k]![axis] ** power, 0);
      const sampled = (power: number) => points.reduce((sum, point) => sum + point[axis] ** power, 0) / count;
      expect(Math.abs(sampled(1) - moment(1))).toBeLessThan(0.06);
      expect(Math.abs(sampled(2) - moment(2) - options.variance)).toBeLessThan(0.15);
    }
  });

  it("of the funnel become standard normal numbers again", () => {
    const [count, dimensions, deviation] = [20_000, 4, 2];
    const moments = new Array(dimensions).fill(0).map(() => [0, 0]);
    for (const state of exactSamples(funnel({ dimensions, deviation }), count, 3)) {
      const [first, ...others] = pointOf(state.subarray(0, dimensions)) as [number, ...number[]];
      [first / deviation, ...others.map((x) => x / Math.exp(first / 2))].forEach((z, k) => {
        moments[k]![0]! += z / count;
        moments[k]![1]! += z ** 2 / count;
      });
    }
    for (const [mean, square] of moments) {
      expect(Math.abs(mean!)).toBeLessThan(0.03);
      expect(Math.abs(square! - 1)).toBeLessThan(0.04);
    }
  });

  it("of many wells have the double well's density, and normal second coordinates", () => {
    // Equal shares of the mass of the first coordinate, by a sum over a fine grid.
    const grid = Array.from({ length: 20_000 }, (_, n) => -4 + (n + 0.5) / 2500);
    const densities = grid.map((a) => Math.exp(-(a ** 4) + 6 * a ** 2 + a / 2));
    const total = densities.reduce((sum, density) => sum + density, 0);
    let before = 0;
    const edges = Array.from({ length: 15 }, (_, edge) => {
      let n = 0;
      for (before = 0; before < ((edge + 1) * total) / 16; n++) before += densities[n]!;
      return grid[n]!;
    });
    const counts = new Array(16).fill(0) as number[];
    const squares: number[] = [];
    for (const state of exactSamples(manyWell({ dimensions: 6 }), 4000, 3)) {
      pointOf(state.subarray(0, 6)).forEach((x, k) => {
        if (k % 2 === 0) counts[edges.filter((edge) => edge < x).length]! += 1;
        else squares.push(x ** 2);
      });
    }
    expect(chiSquare(counts, new Array(16).fill(1 / 16) as number[])).toBeLessThan(chiSquareLimit(15));
    expect(Math.abs(squares.reduce((sum, square) => sum + square, 0) / squares.length - 1)).toBeLessThan(0.05);
  });

  it("of the banana become a correlated Gaussian again", () => {
    const count = 20_000;
    const mean = [0, 0, 0, 0, 0];
    for (const [x1, x2] of exactSamples(banana(), count, 3).map(planePoint)) {
      const [u1, u2] = [x1, x2 + x1 ** 2 + 1];
      [u1, u2, u1 * u1, u1 * u2, u2 * u2].forEach((value, i) => {
        mean[i]! += value / count;
      });
    }
    for (const [i, expected] of [0, 0, 1, 0.9, 1].entries()) expect(Math.abs(mean[i]! - expected)).toBeLessThan(0.04);
  });
});

const LOG_Z = 1.5;
const SHIFT = -0.4;

describe("gradient of a batch, for every parameter of the network", () => {
  const objectives: Objective[] = [reverseKl(), forwardKl(), renyi({ alpha: 0.5 }), tsallis({ alpha: 0.5 }), trajectoryBalance()];
  /** Every objective and estimator on one target and head; the other heads with a few. */
  const choices: [number, Objective, EstimatorName][] = [
    ...objectives.flatMap((objective): [number, Objective, EstimatorName][] =>
      objective.family === "balance" ? [[1, objective, "none"]] : (["loo", "paper"] as const).map((name) => [1, objective, name]),
    ),
    [0, forwardKl(), "paper"],
    [0, renyi({ alpha: 2 }), "loo"],
    [2, reverseKl(), "loo"],
    [2, tsallis({ alpha: 0.5 }), "paper"],
    [2, trajectoryBalance(), "none"],
    [3, renyi({ alpha: 0.5 }), "loo"],
  ];
  const cases = choices.map(([target, objective, estimator]) => ({
    title: `${TARGETS[target]!.environment.title}, ${objective.name}, ${estimator}`,
    ...TARGETS[target]!,
    objective,
    estimator,
    head: HEADS[target] ?? HEADS[1]!,
  }));

  it.each(cases)("$title", async ({ environment, logDensity, scales, objective, estimator, head }) => {
    const device = await testDevice();
    const net = fitPolicy(mlp(head), environment);
    const replicas = new Replicas(device, [{ seed: 20, parameters: numbersOf(objective), logRewardShift: SHIFT, steps: 10 }]);
    const shape = { environment, network: net, objective, estimator: findEstimator(estimator), batch: 33, replicas };
    const buffers = stepBuffers(device, shape);
    const weights = spreadWeights(net, 5, 1.5);
    const packed = packWeights(net, weights);
    buffers.weights.write(packed);
    buffers.logZ.write(Float32Array.of(LOG_Z));
    const programs = await recordStep(device, shape, buffers);
    await programs.step.run();

    const model = oracleMlp(weights);
    const [trajectories] = (await readTrajectories(environment, buffers)) as [GpuTrajectory[]];
    const points = trajectories.map(({ actions }) => pointOf(actions));
    const shift = objective.family === "balance" ? 0 : SHIFT;
    const batch = {
      logForward: points.map((point) => pointLogForward(model, head.scales, point, scales)),
      logBackward: points.map(() => 0),
      logReward: points.map((point) => logDensity(point) - shift),
    };
    const expected = batchGradient(
      { objective: objective.name as ObjectiveName, estimator, alpha: alphaOf(objective), logZ: LOG_Z },
      batch,
      points.map((point) => pointScore(model, head.scales, point, scales)),
    ).gradient;
    // Adam's first moment after one step is a tenth of the gradient; rates are 0, so the weights stay.
    const moments = (await buffers.moments.read(0, 4 * net.parameters4)) as Float32Array;
    const gradient = flat(unpackWeights(net, moments)).map((moment) => moment / 0.1);
    expect(gradient).toBeCloseInNorm(expected, 1e-4);
    expect(await buffers.weights.read()).toEqual(packed);
    // Nothing flows into the padding.
    expect([...packWeights(net, unpackWeights(net, moments)).subarray(0, moments.length)]).toEqual([...moments]);
    disposeBuffers(buffers);
  });
});

describe("Jensen–Shannon divergence", () => {
  async function distances(environment: Environment, net: Network, weights: readonly LinearWeights[][]) {
    const device = await testDevice();
    const evaluator = await DensityEvaluator.create({
      device,
      environment,
      network: net,
      weights: weightsTensor(device, net, weights),
      data: environmentData(device, environment),
      replicas: new Replicas(
        device,
        weights.map((_, r) => ({ seed: 3 + r })),
      ),
    });
    const values = await evaluator.measure();
    evaluator.dispose();
    return values;
  }

  it.each([
    {
      title: "nine Gaussians",
      ...TARGETS[0]!,
      box: [
        [-9, 10],
        [-9, 10],
      ] as Box,
    },
    {
      title: "banana",
      ...TARGETS[2]!,
      box: [
        [-8, 8],
        [-32, 8],
      ] as Box,
    },
  ])("of $title is the grid's within its error, for every replica", async ({ environment, logDensity, box }) => {
    const scales = [0.4, 1.5] as const;
    const net = fitPolicy(mlp({ hidden: [5], components: 3, scales }), environment);
    const weights = [spreadWeights(net, 1, 1.5), spreadWeights(net, 2, 1)];
    const measured = await distances(environment, net, weights);
    weights.forEach((own, r) => {
      const model = oracleMlp(own);
      const logPolicy = (point: Point) => pointLogForward(model, scales, point);
      expect(
        planeIntegral((point) => Math.exp(logPolicy(point)), box, 160),
        "the policy lies in the box",
      ).toBeCloseTo(1, 4);
      const exact = planeJensenShannon(logPolicy, logDensity, box, 160);
      const { js, jsError, l1 } = measured[r]!;
      expect(jsError).toBeGreaterThan(0);
      expect(jsError).toBeLessThan(0.01);
      expect(Math.abs(js! - exact)).toBeLessThan(4 * jsError!);
      expect(js).toBeGreaterThan(0.05);
      expect(l1).toBeUndefined();
    });
  });

  it("is 0 for a policy that is the target, and log 2 for one that shares nothing with it", async () => {
    // One Gaussian of scale ½ at (0, 0): zero weights give a standard deviation in the middle of the bounds.
    const net = fitPolicy(mlp({ hidden: [1], components: 2, scales: [0.25, 0.75] }), gaussianMixture());
    const zeros = net.layers.map(({ inputs, outputs }) => ({
      weight: new Float32Array(inputs * outputs),
      bias: new Float32Array(outputs),
    }));
    const [same] = await distances(gaussianMixture({ means: [[0, 0]], variance: 0.25 }), net, [zeros]);
    expect(Math.abs(same!.js!)).toBeLessThan(1e-6);
    const [apart] = await distances(gaussianMixture({ means: [[40, -40]], variance: 0.25 }), net, [zeros]);
    expect(apart!.js).toBeCloseTo(Math.LN2, 5);
    expect(apart!.jsError).toBeLessThan(1e-5);
  });
});

describe("training", () => {
  it("nine Gaussians by forward KL lowers the Jensen–Shannon divergence", async () => {
    const trainer = await Trainer.create(await testDevice(), { environment: gaussianMixture(), objective: forwardKl(), steps: 300 });
    const before = await trainer.evaluate();
    await trainer.train(300);
    const after = await trainer.evaluate();
    trainer.dispose();
    expect(before.js).toBeGreaterThan(0.3);
    expect(after.js).toBeLessThan(0.05);
    expect(after.l1).toBeUndefined();
    expect(after.replicas[0]!.jsError).toBeLessThan(0.01);
    expect(Math.abs(after.replicas[0]!.logZ)).toBeLessThan(0.2);
  });
});

describe("parameters", () => {
  it("of a mixture are the paper's unless given", () => {
    expect(gaussianMixture().parameters).toEqual(NINE_GAUSSIANS);
  });

  it.each([
    ["no means", () => gaussianMixture({ means: [] }), /means/],
    ["a mean of three numbers", () => gaussianMixture({ means: [[1, 2, 3]] as never }), /means/],
    ["a mean that is not finite", () => gaussianMixture({ means: [[1, Number.NaN]] }), /means/],
    ["means that are text", () => gaussianMixture({ means: "[[0,0]]" as never }), /means/],
    ["a variance of 0", () => gaussianMixture({ variance: 0 }), /variance/],
    ["a weight too few", () => gaussianMixture({ weights: [1, 2] }), /weights/],
    ["a weight of 0", () => gaussianMixture({ means: [[0, 0]], weights: [0] }), /weights/],
    ["an unknown parameter of gaussian-mixture", () => gaussianMixture({ mean: [] } as never), /"mean"/],
    ["any parameter of banana", () => banana({ curvature: 2 } as never), /"curvature"; it has reward, beta/],
    ["one dimension", () => funnel({ dimensions: 1 }), /funnel's dimensions must be a whole number from 2 to 64, not 1/],
    ["65 dimensions", () => manyWell({ dimensions: 65 }), /many-well's dimensions must be an even number from 2 to 64, not 65/],
    ["half a pair", () => manyWell({ dimensions: 3 }), /an even number from 2 to 64, not 3/],
    [
      "a deviation that is not finite",
      () => funnel({ deviation: Number.NaN }),
      /funnel's deviation must be a number from 0.1 to 5, not NaN/,
    ],
    ["no components", () => mlp({ components: 0 }), /components/],
    ["half a component", () => mlp({ components: 1.5 }), /components/],
    ["scales in the wrong order", () => mlp({ scales: [1, 0.1] }), /scales/],
    ["a scale of 0", () => mlp({ scales: [0, 1] }), /scales/],
    ["one scale", () => mlp({ scales: [1] as never }), /scales/],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
