import { describe, expect, it } from "vitest";
import {
  type DivergenceName,
  exactDivergence,
  exactGradient,
  exactTrajectoryBalanceGradient,
  finiteDifference,
  flatten,
  logZ,
  type ReferenceEnvironment,
  scaled,
  sets,
  tinyHypergrid,
  tinyPolicy,
  tinySets,
  unflatten,
} from "./index.js";

const cases: { objective: DivergenceName; alpha?: number }[] = [
  { objective: "reverse-kl" },
  { objective: "forward-kl" },
  ...[-1, 0.5, 2].flatMap((alpha) => [
    { objective: "renyi" as const, alpha },
    { objective: "tsallis" as const, alpha },
  ]),
];

function gradientsOf<S>(env: ReferenceEnvironment<S>): void {
  const mlp = tinyPolicy(env, 11);
  for (const options of cases) {
    for (const logRewardShift of [0, 0.7]) {
      const title = `${options.objective} ${options.alpha ?? ""} on ${env.name}, rewards shifted by ${logRewardShift}`;
      it(`is the gradient of the divergence: ${title}`, () => {
        const numerical = finiteDifference((p) => exactDivergence(env, unflatten(mlp, p), options), flatten(mlp));
        // Tsallis alone keeps the constant (Z / c)^(1 - alpha).
        const constant = options.objective === "tsallis" ? Math.exp((1 - options.alpha!) * (logZ(env) - logRewardShift)) : 1;
        const exact = exactGradient(env, mlp, { ...options, logRewardShift });
        expect(exact).toBeAllClose(scaled(constant, numerical), { absolute: 1e-8, ofLargest: 1e-8 });
        expect(Math.hypot(...exact)).toBeGreaterThan(1e-2);
      });
    }
  }
}

describe("the exact gradient", () => {
  gradientsOf(tinySets());
  gradientsOf(tinyHypergrid());
});

describe("the divergences", () => {
  const env = tinySets();
  const mlp = tinyPolicy(env, 12);

  it("are positive, and 0 where the policy samples the target", () => {
    // Equal scores and a network of zeros: both sides are uniform.
    const flat = sets({ items: 4, size: 2, logScores: [0.5, 0.5, 0.5, 0.5] });
    const uniform = unflatten(mlp, new Float64Array(flatten(mlp).length));
    for (const options of cases) {
      expect(exactDivergence(flat, uniform, options)).toBeCloseTo(0, 12);
      expect(exactDivergence(env, mlp, options)).toBeGreaterThan(0.01);
    }
  });

  it("have reverse KL as the limit of order 1, from both sides", () => {
    const limit = exactDivergence(env, mlp, { objective: "reverse-kl" });
    for (const alpha of [1 - 1e-5, 1 + 1e-5]) {
      expect(exactDivergence(env, mlp, { objective: "renyi", alpha })).toBeCloseTo(limit, 3);
      expect(exactDivergence(env, mlp, { objective: "tsallis", alpha })).toBeCloseTo(limit, 3);
    }
  });

  it("have forward KL as the derivative of order 0: R_alpha / alpha", () => {
    const alpha = 1e-5;
    const forward = exactDivergence(env, mlp, { objective: "forward-kl" });
    expect(exactDivergence(env, mlp, { objective: "renyi", alpha }) / alpha).toBeCloseTo(forward, 3);
  });

  it("refuse order 1", () => {
    expect(() => exactDivergence(env, mlp, { objective: "renyi", alpha: 1 })).toThrow(/other than 1/);
    expect(() => exactGradient(env, mlp, { objective: "tsallis" })).toThrow(/other than 1/);
  });
});

describe("Proposition 1", () => {
  for (const env of [tinySets(), tinyHypergrid()] as ReferenceEnvironment<unknown>[]) {
    for (const constant of [-3, 0, 5]) {
      it(`TB on policy is twice reverse KL on ${env.name} with log Z = ${constant}`, () => {
        const mlp = tinyPolicy(env, 13);
        const reverse = exactGradient(env, mlp, { objective: "reverse-kl" });
        const balance = exactTrajectoryBalanceGradient(env, mlp, { logZ: constant });
        expect(balance.gradient).toBeAllClose(scaled(2, reverse), { absolute: 1e-12 });
        // E[d] = log Z_theta - log Z + KL, so the gradient of log Z vanishes at log Z - KL.
        const kl = exactDivergence(env, mlp, { objective: "reverse-kl" });
        expect(balance.logZGradient).toBeCloseTo(2 * (constant - logZ(env) + kl), 10);
      });
    }
  }
});
