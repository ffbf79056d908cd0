/**
 * The harness of the balance losses, g by g: coefficients, loss and log Z's gradient from made-up trajectories, beside a float64
 * computation that goes through every residual, and every stretch, one by one.
 */
import {
  type BalanceHost,
  type BalanceLoss,
  defineObjective,
  detailedBalance,
  estimators,
  type Hosted,
  lossNames,
  subtrajectoryBalance,
  trajectoryBalance,
} from "@webgfn/objectives";
import { metricsRecord, numbersOf, objectiveKernel, stretchWeights } from "@webgfn/objectives/internal";
import { mean, mulberry32, sum } from "@webgfn/reference";
import { Replicas } from "@webgfn/sampler/internal";
import stretches from "@webgfn/shaders/objectives/balance/stretches.wgsl";
import { Program, rules } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";

/** Few lanes, because reductions over many take llvmpipe seconds to compile; no multiple of them. */
const SIZES = { BATCH: 11, LANES: 8, HORIZON: 5, ROWS: 5 };
const SHIFT = 0.4;
const LOG_Z = 0.8;
const RATE = 0.1;

interface Made {
  /** Per trajectory: s, b, log R. */
  trajectories: { logForward: number; logBackward: number; logReward: number; steps: Step[] }[];
}
interface Step {
  logForward: number;
  logBackward: number;
  logFlow: number;
}

/** Trajectories of 1 to 5 steps; a residual is of a size near 1, so that Huber's line and parabola both occur. */
function madeUp(seed: number): Made {
  const random = mulberry32(seed);
  const trajectories = Array.from({ length: SIZES.BATCH }, (_, n) => {
    const steps = Array.from({ length: 1 + (n % SIZES.HORIZON) }, () => ({
      logForward: Math.fround(-2 * random()),
      logBackward: Math.fround(-random()),
      logFlow: Math.fround(4 * random() - 2),
    }));
    const total = (field: "logForward" | "logBackward") => Math.fround(steps.reduce((sum, step) => sum + step[field], 0));
    return { logForward: total("logForward"), logBackward: total("logBackward"), logReward: Math.fround(3 * random() - 1.5), steps };
  });
  return { trajectories };
}

const { trajectories } = madeUp(3);
const logWeights = trajectories.map(({ logForward, logBackward, logReward }) => logReward + logBackward - logForward);

/** Runs the kernel on the made-up batch. `objective` may bring a harness of another one. */
async function reduce(objective: BalanceLoss) {
  const device = await testDevice();
  const flow = objective.learns.includes("flow");
  const kernel = await device.kernel({ ...objectiveKernel(objective, estimators.none), constants: SIZES });
  const replicas = new Replicas(device, [{ seed: 0, parameters: numbersOf(objective), logRewardShift: SHIFT, logZRate: RATE, steps: 10 }]);
  const numbers = trajectories.flatMap(({ logForward, logBackward, logReward, steps }) => [
    logForward,
    logBackward,
    logReward,
    steps.length,
  ]);
  const perTransition = trajectories.flatMap(({ steps }) =>
    Array.from({ length: SIZES.HORIZON }, (_, t) => steps[t]).flatMap((step) =>
      step === undefined ? [0, 0, 0, 0] : [step.logForward, step.logBackward, step.logFlow, 0],
    ),
  );
  const metrics = new Float32Array(metricsRecord.words);
  metricsRecord.set(metrics, 0, { finite: 1 });
  const tensors = {
    trajectories: device.tensorFrom(Float32Array.from(numbers)),
    coefficients: device.tensor([SIZES.BATCH * (flow ? SIZES.ROWS : 1), 2]),
    live_rows: device.tensor([SIZES.BATCH * SIZES.ROWS], { dtype: "u32" }),
    outcomes: device.tensor([8]),
    log_z: device.tensorFrom(Float32Array.of(LOG_Z, 0, 0, 0)),
    metrics: device.tensorFrom(metrics),
    transitions: device.tensorFrom(Float32Array.from(perTransition)),
  };
  await new Program(device, "balance").add(kernel, kernel.pick({ replicas: replicas.tensor, ...tensors }), [1]).run();
  const [coefficients, logZ, written] = await Promise.all([tensors.coefficients.read(), tensors.log_z.read(), tensors.metrics.read()]);
  for (const tensor of [...Object.values(tensors), replicas]) tensor.dispose();
  return {
    coefficients: coefficients as Float32Array,
    /** log Z after one step of Adam, and 0.1 times its gradient. */
    logZ: logZ as Float32Array,
    loss: metricsRecord.get(written as Float32Array, 0, "loss"),
  };
}

type FlowHost = Extract<BalanceHost, { decay?: number }>;

/** Residuals of the transitions of one trajectory: F(x) = R(x) / r̄ at the end. */
function residuals({ steps, logReward }: (typeof trajectories)[number], host: FlowHost): number[] {
  return steps.map(({ logFlow, logForward, logBackward }, t) =>
    host.residual(logFlow, logForward, steps[t + 1]?.logFlow ?? logReward - SHIFT, logBackward),
  );
}

const CHOICES = [...lossNames.map((loss) => ({ loss, delta: 0.7, skew: 1.3 })), { loss: "linex", delta: 1, skew: -0.5 }];

describe("g", () => {
  it.each(CHOICES)("$loss has its minimum 0 at 0, and the slope of its differences", (choice) => {
    const { loss, slope } = trajectoryBalance(choice).host;
    expect(loss(0)).toBe(0);
    expect(slope(0)).toBe(0);
    for (const d of [-3, -0.9, -0.2, -1e-3, 1e-3, 0.3, 0.8, 2.5]) {
      expect(loss(d)).toBeGreaterThan(0);
      expect(Math.sign(slope(d))).toBe(Math.sign(d));
      expect((loss(d + 1e-5) - loss(d - 1e-5)) / 2e-5).toBeCloseTo(slope(d), 6);
    }
  });
});

describe("trajectory balance", () => {
  it.each(CHOICES)("with $loss has the coefficients g′(d)/N, and moves log Z by their mean", async (choice) => {
    const objective = trajectoryBalance(choice);
    const { coefficients, logZ, loss } = await reduce(objective);
    const d = logWeights.map((logWeight) => LOG_Z - logWeight);
    const slopes = d.map(objective.host.slope);
    expect(coefficients).toBeAllClose(
      slopes.flatMap((slope) => [slope / SIZES.BATCH, -slope / SIZES.BATCH]),
      { ofLargest: 1e-5 },
    );
    expect(loss).toBeCloseTo(mean(d.map(objective.host.loss)), 4);
    expect(logZ[1]).toBeCloseTo(0.1 * mean(slopes), 5);
    expect(logZ[0]).toBeCloseTo(LOG_Z - RATE * Math.sign(mean(slopes)), 4);
  });
});

describe("detailed balance", () => {
  it.each(CHOICES)("with $loss has g′ of every transition on ∇log p_F and both flows", async (choice) => {
    const objective = detailedBalance(choice) as Hosted<BalanceLoss> & { host: FlowHost };
    const { coefficients, loss } = await reduce(objective);
    const all = trajectories.map((trajectory) => residuals(trajectory, objective.host));
    const count = all.flat().length;
    all.forEach((d, n) => {
      const slopes = d.map(objective.host.slope);
      const expected = slopes.flatMap((slope, t) => [slope / count, (slope - (slopes[t - 1] ?? 0)) / count]);
      expect(coefficients.subarray(2 * n * SIZES.ROWS, 2 * n * SIZES.ROWS + expected.length)).toBeAllClose(expected, { ofLargest: 1e-5 });
    });
    expect(loss).toBeCloseTo(mean(all.flat().map(objective.host.loss)), 4);
  });
});

describe("sub-trajectory balance", () => {
  it.each([
    ...CHOICES.map((choice) => ({ ...choice, weighting: "geometric-within" as const })),
    { loss: "huber", delta: 0.7, weighting: "geometric" as const },
    { loss: "huber", delta: 0.7, weighting: "equal" as const },
  ])("with $loss has the gradient of every stretch, $weighting", async (choice) => {
    const objective = subtrajectoryBalance({ ...choice, lambda: 0.8 }) as Hosted<BalanceLoss> & { host: FlowHost };
    const { coefficients, loss } = await reduce(objective);
    const lengths = trajectories.map(({ steps }) => steps.length);
    const weightOf = stretchWeights(lengths, 0.8, choice.weighting);
    const losses = trajectories.map((trajectory, n) => {
      const d = residuals(trajectory, objective.host);
      // By definition: each stretch by itself, on log F at its ends and on log p_F of its transitions.
      const onForward = d.map(() => 0);
      const onFlow = d.map(() => 0);
      let own = 0;
      for (let i = 0; i < d.length; i++) {
        for (let j = i + 1; j <= d.length; j++) {
          const stretch = d.slice(i, j).reduce((total, value) => total + value, 0);
          const weight = weightOf(n, j - i);
          const slope = weight * objective.host.slope(stretch);
          own += weight * objective.host.loss(stretch);
          onFlow[i]! += slope;
          if (j < d.length) onFlow[j]! -= slope;
          for (let t = i; t < j; t++) onForward[t]! += slope;
        }
      }
      const expected = d.flatMap((_, t) => [onForward[t]!, onFlow[t]!]);
      expect(coefficients.subarray(2 * n * SIZES.ROWS, 2 * n * SIZES.ROWS + expected.length)).toBeAllClose(expected, { ofLargest: 1e-5 });
      return own;
    });
    expect(loss).toBeCloseTo(sum(losses), 4);
  });

  it("sums over stretches in closed form for squares as pair by pair", async () => {
    const objective = subtrajectoryBalance();
    const closed = await reduce(objective);
    const pairs = await reduce({ ...objective, harness: stretches });
    expect(pairs.coefficients).toBeAllClose([...closed.coefficients], { ofLargest: 1e-5 });
    expect(pairs.loss).toBeCloseTo(closed.loss, 5);
  });
});

it("a balance loss of one's own is its residual", async () => {
  const tempered = defineObjective({
    name: "tempered",
    family: "balance",
    learns: ["log-z"],
    parameters: { beta: { value: 0.5, rule: rules.finite, help: "multiplies log R" } },
    wgsl: `
      import package::objectives::balance::batch_facts::BatchFacts;
      import package::parameters::beta;
      import package::sampler::records::Trajectory;
      import package::sampler::replica::Replica;
      fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32 {
        return facts.log_z + t.log_forward - t.log_backward - beta(settings) * t.log_reward;
      }
    `,
  });
  const { coefficients } = await reduce(tempered.with({ loss: "huber", delta: 0.6 }));
  const slopes = trajectories.map(({ logForward, logBackward, logReward }) =>
    Math.max(-0.6, Math.min(0.6, LOG_Z + logForward - logBackward - 0.5 * logReward)),
  );
  expect(coefficients).toBeAllClose(
    slopes.flatMap((slope) => [slope / SIZES.BATCH, -slope / SIZES.BATCH]),
    { ofLargest: 1e-5 },
  );
});
