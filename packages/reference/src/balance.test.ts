import { describe, expect, it } from "vitest";
import {
  type DivergenceOptions,
  exactBalanceGradient,
  exactDivergence,
  exactGradient,
  finiteDifference,
  flatten,
  type ReferenceEnvironment,
  tinyHypergrid,
  tinyPolicy,
  tinySets,
  unflatten,
} from "./index.js";

const DIVERGENCES: DivergenceOptions[] = [
  { objective: "reverse-kl" },
  { objective: "forward-kl" },
  { objective: "jsd" },
  ...[-1, 0.5, 2].map((alpha) => ({ objective: "tsallis" as const, alpha })),
];

describe.each([
  { name: "sets", env: tinySets() as ReferenceEnvironment<unknown> },
  { name: "hypergrid", env: tinyHypergrid() as ReferenceEnvironment<unknown> },
])("$name", ({ env }) => {
  const mlp = tinyPolicy(env, 1);
  const slopesOf = (options: DivergenceOptions) =>
    finiteDifference((parameters) => exactDivergence(env, unflatten(mlp, parameters), options), flatten(mlp));

  it.each(DIVERGENCES)("on the policy's own samples, g' of $objective $alpha gives the divergence's gradient", (options) => {
    const { gradient, logZGradient } = exactBalanceGradient(env, mlp, { ...options, epsilon: 0 });
    expect(gradient).toBeCloseInNorm(slopesOf(options), 1e-6);
    if (options.objective === "forward-kl") expect(logZGradient).toBeCloseTo(0, 10);
  });

  it("of jsd, by the integrand, is the divergence's gradient too", () => {
    const options = { objective: "jsd" as const };
    expect(exactGradient(env, mlp, options)).toBeCloseInNorm(slopesOf(options), 1e-6);
  });
});
