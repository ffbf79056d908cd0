import { describe, expect, it } from "vitest";
import {
  added,
  allTrajectories,
  type Batch,
  batchGradient,
  type DivergenceName,
  dot,
  type EstimatorName,
  exactGradient,
  exactTrajectoryBalanceGradient,
  logBackward,
  logForward,
  type Mlp,
  mean,
  mulberry32,
  type ReferenceEnvironment,
  scaled,
  terminalState,
  tinyHypergrid,
  tinyPolicy,
  tinySets,
  trajectoryScore,
  vectorMean,
  vectorSum,
} from "./index.js";

function batchOf<S>(env: ReferenceEnvironment<S>, mlp: Mlp, trajectories: number[][], logRewardShift = 0) {
  const batch: Batch = {
    logForward: trajectories.map((actions) => logForward(env, mlp, actions)),
    logBackward: trajectories.map((actions) => logBackward(env, actions)),
    logReward: trajectories.map((actions) => env.logReward(terminalState(env, actions)) - logRewardShift),
  };
  return { batch, scores: trajectories.map((actions) => trajectoryScore(env, mlp, actions)) };
}

const divergences: { objective: DivergenceName; alpha?: number }[] = [
  { objective: "reverse-kl" },
  { objective: "forward-kl" },
  ...[-1, 0.5, 2].flatMap((alpha) => [
    { objective: "renyi" as const, alpha },
    { objective: "tsallis" as const, alpha },
  ]),
];

/** A batch of made-up numbers: 5 trajectories, 3 parameters. */
function invented() {
  const random = mulberry32(21);
  const column = (): number[] => Array.from({ length: 5 }, () => 2 * random() - 1);
  const batch: Batch = { logForward: column(), logBackward: column(), logReward: column() };
  const scores = column().map(() => Float64Array.from([random() - 0.5, random() - 0.5, random() - 0.5]));
  return { batch, scores };
}

describe("a worked example", () => {
  // Two trajectories, two orthogonal scores: every estimator can be followed by hand.
  const batch: Batch = { logForward: [0, 0], logBackward: [0, 0], logReward: [Math.log(4), Math.log(1)] };
  const scores = [Float64Array.from([1, 0]), Float64Array.from([0, 1])];
  const gradient = (objective: DivergenceName, estimator: EstimatorName): number[] => [
    ...batchGradient({ objective, estimator, alpha: 0.5, epsilon: 0 }, batch, scores).gradient,
  ];
  const close = (actual: number[], expected: number[]): void => {
    actual.forEach((entry, i) => {
      expect(entry).toBeCloseTo(expected[i]!, 12);
    });
    expect(actual.length).toBe(expected.length);
  };

  it("follows Tsallis 1/2: g = (2, 1), grad g = -g/2 grad s, scale -2", () => {
    // A = mean grad g = (-1/2, -1/4).
    close(gradient("tsallis", "none"), [-2 * (-0.5 + 1), -2 * (-0.25 + 0.5)]);
    // Leave-one-out B = 1/2 (2 - 1, 1 - 2).
    close(gradient("tsallis", "loo"), [-2 * (-0.5 + 0.5), -2 * (-0.25 - 0.5)]);
    // Batch-mean B = 1/2 (2 - 3/2, 1 - 3/2).
    close(gradient("tsallis", "batch-mean"), [-2 * (-0.5 + 0.25), -2 * (-0.25 - 0.25)]);
    // a = <(1, 1), (-1, -1/2)> / 2 = -3/4, so A = (-1/2, -1/4) + 3/4 (1/2, 1/2) = (-1/8, 1/8).
    close(gradient("tsallis", "paper"), [-2 * (-0.125 + 0.5), -2 * (0.125 - 0.5)]);
  });

  it("follows Rényi 1/2: Tsallis divided by the mean of g, 3/2", () => {
    close(gradient("renyi", "none"), [-1 / 1.5, -0.5 / 1.5]);
    close(gradient("renyi", "paper"), [-0.75 / 1.5, 0.75 / 1.5]);
  });

  it("follows forward KL: w = (4, 1), scale 2/5, and no term A", () => {
    close(gradient("forward-kl", "none"), [0.4 * -2, 0.4 * -0.5]);
    close(gradient("forward-kl", "loo"), [0.4 * -1.5, 0.4 * 1.5]);
    close(gradient("forward-kl", "paper"), [0.4 * -1.5, 0.4 * 1.5]);
  });

  it("follows reverse KL: f = (-log 4, 0), grad f = grad s, and the paper's a = 1 removes term A", () => {
    const half = Math.log(4) / 2;
    close(gradient("reverse-kl", "none"), [0.5 - half, 0.5]);
    close(gradient("reverse-kl", "loo"), [0.5 - half, 0.5 + half]);
    close(gradient("reverse-kl", "paper"), [-half, half]);
  });

  it("follows TB: d = log Z - log R", () => {
    const result = batchGradient({ objective: "tb", estimator: "none", logZ: Math.log(2) }, batch, scores);
    close([...result.gradient], [-Math.log(2), Math.log(2)]);
    expect(result.logZGradient).toBeCloseTo(0, 12);
    expect(result.loss).toBeCloseTo(Math.log(2) ** 2, 12);
  });

  it("pushes forward KL towards the trajectory that the policy neglects: w = p_B R / p_F", () => {
    const neglected: Batch = { logForward: [-3, -1], logBackward: [-2, -2], logReward: [0, 0] };
    const [first, second] = batchGradient({ objective: "forward-kl", estimator: "loo" }, neglected, scores).gradient;
    expect(first).toBeLessThan(0); // a step down the gradient raises log p_F of the first
    expect(second).toBeGreaterThan(0);
    const plain = batchGradient({ objective: "forward-kl", estimator: "none" }, neglected, scores).gradient;
    expect(plain[0]! / plain[1]!).toBeCloseTo(Math.exp(2), 10);
  });
});

describe("a batch that holds every trajectory in proportion to p_F", () => {
  // Rounding the counts leaves an error of about 1e-4, without any sampling noise.
  const size = 20_000;
  for (const env of [tinySets(), tinyHypergrid()] as ReferenceEnvironment<unknown>[]) {
    const mlp = tinyPolicy(env, 22);
    const logRewardShift = 0.4;
    const trajectories = allTrajectories(env);
    const one = batchOf(env, mlp, trajectories, logRewardShift);
    const copies = trajectories.flatMap((_, n) => Array<number>(Math.round(size * Math.exp(one.batch.logForward[n]!))).fill(n));
    const batch: Batch = {
      logForward: copies.map((n) => one.batch.logForward[n]!),
      logBackward: copies.map((n) => one.batch.logBackward[n]!),
      logReward: copies.map((n) => one.batch.logReward[n]!),
    };
    const scores = copies.map((n) => one.scores[n]!);

    for (const options of divergences) {
      it(`gives the exact gradient: ${options.objective} ${options.alpha ?? ""} on ${env.name}`, () => {
        const exact = exactGradient(env, mlp, { ...options, logRewardShift });
        // Plain REINFORCE only: the other estimators are checked exactly on pairs below.
        const { gradient } = batchGradient({ ...options, estimator: "none" }, batch, scores);
        expect(gradient).toBeAllClose(exact, { absolute: 5e-4, ofLargest: 5e-4 });
      });
    }

    it(`gives the exact gradient: tb on ${env.name}`, () => {
      const exact = exactTrajectoryBalanceGradient(env, mlp, { logZ: 1.5 + logRewardShift });
      // Shifting log R and log Z by the same constant changes nothing.
      const options = { objective: "tb" as const, estimator: "none" as const, logZ: 1.5 };
      const { gradient, logZGradient } = batchGradient(options, batch, scores);
      expect(gradient).toBeAllClose(exact.gradient, { absolute: 5e-4 });
      expect(logZGradient).toBeCloseTo(exact.logZGradient, 2);
    });
  }
});

describe("the expectation over every batch of two", () => {
  const env = tinySets();
  const mlp = tinyPolicy(env, 23);
  const trajectories = allTrajectories(env);

  function expectation(options: { objective: DivergenceName; alpha?: number }, estimator: EstimatorName): Float64Array {
    const terms = trajectories.flatMap((first) =>
      trajectories.map((second) => {
        const { batch, scores } = batchOf(env, mlp, [first, second]);
        const probability = Math.exp(batch.logForward[0]! + batch.logForward[1]!);
        return scaled(probability, batchGradient({ ...options, estimator }, batch, scores).gradient);
      }),
    );
    return vectorSum(terms);
  }

  // The scale of these is a constant; that of the others is a ratio, biased at any batch size.
  for (const options of divergences.filter(({ objective }) => objective === "reverse-kl" || objective === "tsallis")) {
    const title = `${options.objective} ${options.alpha ?? ""}`;
    const exact = exactGradient(env, mlp, options);

    it(`is exact for plain REINFORCE and leave-one-out: ${title}`, () => {
      expect(expectation(options, "none")).toBeAllClose(exact, { absolute: 1e-12 });
      expect(expectation(options, "loo")).toBeAllClose(exact, { absolute: 1e-12 });
    });

    it(`loses 1/N of term B with the batch mean as baseline: ${title}`, () => {
      const { alpha } = options;
      // Tsallis: E[grad f] : E[f grad s] = alpha - 1 : 1, so term B is 1/alpha of the whole. Reverse KL: E[grad f] = 0.
      const shareOfB = alpha === undefined ? 1 : 1 / alpha;
      const biased = scaled(1 - shareOfB / 2, exact);
      expect(expectation(options, "batch-mean")).toBeAllClose(biased, { absolute: 1e-12 });
      expect(expectation(options, "batch-mean")).not.toBeAllClose(exact, { absolute: 1e-2 });
    });
  }

  it("is exact for the paper's estimator of reverse KL, up to epsilon", () => {
    const options = { objective: "reverse-kl" as const };
    expect(expectation(options, "paper")).toBeAllClose(exactGradient(env, mlp, options), { absolute: 1e-6 });
  });
});

describe("identities of method.md section 3", () => {
  const { batch, scores } = invented();
  const N = scores.length;
  const epsilon = 1e-8;

  for (const objective of ["tsallis", "renyi"] as const) {
    for (const alpha of [-1, 0.5, 2]) {
      it(`two accumulated channels give the paper's estimator: ${objective} ${alpha}`, () => {
        const g = batch.logForward.map((s, n) => Math.exp((1 - alpha) * (batch.logBackward[n]! + batch.logReward[n]! - s)));
        const U = vectorSum(scores.map((score, n) => scaled(g[n]!, score)));
        const S = vectorSum(scores);
        const a = ((alpha - 1) * dot(S, U)) / (epsilon + dot(S, S));
        const termA = scaled(1 / N, added(scaled(alpha - 1, U), scaled(-a, S)));
        const termB = scaled(1 / (N - 1), added(U, scaled(-mean(g), S)));
        const scale = Math.sign(alpha) / ((alpha - 1) * (objective === "renyi" ? mean(g) : 1));
        const { gradient } = batchGradient({ objective, estimator: "paper", alpha, epsilon }, batch, scores);
        expect(gradient).toBeAllClose(scaled(scale, added(termA, termB)), { absolute: 1e-12 });
      });
    }
  }

  it("the paper's term A is orthogonal to the mean score", () => {
    const options = { objective: "tsallis" as const, alpha: 0.5, epsilon: 0 };
    const paper = batchGradient({ ...options, estimator: "paper" }, batch, scores).gradient;
    const loo = batchGradient({ ...options, estimator: "loo" }, batch, scores).gradient;
    // loo - paper = scale * a * mean score, so the difference is along the mean score alone.
    const difference = added(loo, scaled(-1, paper));
    const meanScore = vectorMean(scores);
    const along = scaled(dot(difference, meanScore) / dot(meanScore, meanScore), meanScore);
    expect(difference).toBeAllClose(along, { absolute: 1e-12 });
  });

  it("Rényi and forward KL do not see a constant in rho; Tsallis is multiplied by its power", () => {
    const shifted: Batch = { ...batch, logReward: batch.logReward.map((rho) => rho + 0.9) };
    for (const { objective, alpha } of divergences.filter((options) => options.objective !== "reverse-kl")) {
      const options = { objective, alpha, estimator: "paper" as const };
      const factor = objective === "tsallis" ? Math.exp((1 - alpha!) * 0.9) : 1;
      const expected = scaled(factor, batchGradient(options, batch, scores).gradient);
      expect(batchGradient(options, shifted, scores).gradient).toBeAllClose(expected, { absolute: 1e-12 });
    }
  });

  it("fails clearly where the formulas do not apply", () => {
    const single: Batch = { logForward: [0], logBackward: [0], logReward: [0] };
    expect(() => batchGradient({ objective: "reverse-kl", estimator: "loo" }, single, [scores[0]!])).toThrow(/at least 2/);
    expect(() => batchGradient({ objective: "renyi", estimator: "none" }, batch, scores)).toThrow(/alpha/);
    expect(() => batchGradient({ objective: "tb", estimator: "none" }, batch, scores)).toThrow(/log Z/);
    expect(() => batchGradient({ objective: "reverse-kl", estimator: "none" }, single, scores)).toThrow(/entry/);
  });
});
