import { describe, expect, it } from "vitest";
import { flowsOf, l1Of, logZOf, pathFactors } from "../flow/flows.js";
import { uniform } from "../flow/uniform.js";
import { allPaths, gridGraph, setGraph } from "./environments.js";
import { coefficients, TabularPolicy } from "./tabular-policy.js";

/** The divergence between p_F and p_B over all paths, by its definition: Rényi's, and the Kullback–Leibler ones at 1 and 0. */
function divergence(policy: TabularPolicy, paths: readonly (readonly number[])[], alpha: number): number {
  const pairs = paths.map((path) => {
    const { logForward, logBackward, logTarget = Number.NaN } = pathFactors(policy.graph, policy.probabilities, path);
    return [logForward, logBackward + logTarget] as const;
  });
  const sum = (term: (f: number, b: number) => number) => pairs.reduce((total, [f, b]) => total + term(f, b), 0);
  if (alpha === 1) return sum((f, b) => Math.exp(f) * (f - b));
  if (alpha === 0) return sum((f, b) => Math.exp(b) * (b - f));
  return (Math.sign(alpha) * Math.log(sum((f, b) => Math.exp(alpha * f + (1 - alpha) * b)))) / (alpha - 1);
}

describe("the coefficients of order α", () => {
  const graph = gridGraph(3, (x, y) => 0.1 + x * y);
  const policy = new TabularPolicy(graph);
  const random = uniform(1);
  graph.names.forEach((_, state) => {
    for (const edge of policy.edges[state] ?? []) policy.nudge(edge, 2 * random() - 1);
  });
  const paths = allPaths(graph, policy.edges);

  it.each([-1, 0, 0.5, 1, 2])("give the gradient of the divergence at α = %s", (alpha) => {
    const shares = paths.map((path) => Math.exp(pathFactors(graph, policy.probabilities, path).logForward));
    const residuals = paths.map((path) => policy.residual(path));
    const found = policy.gradient(paths, coefficients(residuals, shares, alpha));
    // Rényi's is |α| times the coefficients' sum; the two Kullback–Leibler divergences are themselves.
    const factor = alpha === 0 ? 1 : Math.abs(alpha);
    const by = 1e-5;
    for (let edge = 0; edge < found.length; edge++) {
      policy.nudge(edge, by);
      const above = divergence(policy, paths, alpha);
      policy.nudge(edge, -2 * by);
      const below = divergence(policy, paths, alpha);
      policy.nudge(edge, by);
      expect(Math.abs(factor * (found[edge] as number) - (above - below) / (2 * by))).toBeLessThan(1e-7);
    }
  });

  it("are all 0 in balance", () => {
    expect(coefficients([2, 2, 2], [0.2, 0.3, 0.5], 0.5).every((c) => Math.abs(c) < 1e-15)).toBe(true);
  });
});

describe("a policy with a logit per edge", () => {
  it("begins uniform, and its residuals differ from log of p_F / (p_B R/Z) by log Z", () => {
    const policy = new TabularPolicy(setGraph("abcd", 2, (members) => members.charCodeAt(0)));
    expect([...policy.probabilities.slice(0, 5)]).toEqual([0.25, 0.25, 0.25, 0.25, 1 / 3]);
    for (const path of allPaths(policy.graph, policy.edges)) {
      const { logForward, logBackward, logTarget = Number.NaN } = pathFactors(policy.graph, policy.probabilities, path);
      expect(policy.residual(path)).toBeCloseTo(logForward - logBackward - logTarget - logZOf(policy.graph), 12);
    }
  });

  it("learns a smooth target by either divergence, and with a deep valley reverse KL loses corners", () => {
    const corner = (side: number, value: number) => Math.abs(value / (side - 1) - 0.5) > 0.25;
    const l1After = (valley: number, alpha: number, seed: number) => {
      const graph = gridGraph(8, (x, y) => valley + (corner(8, x) && corner(8, y) ? 0.5 : 0));
      const policy = new TabularPolicy(graph);
      const random = uniform(seed);
      for (let step = 0; step < 300; step++) policy.step(alpha, 128, 0.05, random);
      return l1Of(graph, flowsOf(graph, policy.probabilities));
    };
    for (const alpha of [0.5, 1]) expect(l1After(0.1, alpha, 1)).toBeLessThan(0.2);
    for (const seed of [1, 2, 3]) {
      const [half, one] = [l1After(1e-5, 0.5, seed), l1After(1e-5, 1, seed)];
      expect(half).toBeLessThan(0.12);
      expect(one).toBeGreaterThan(0.3);
    }
  });
});
