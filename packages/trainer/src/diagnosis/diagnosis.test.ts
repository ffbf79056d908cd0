import { describe, expect, it } from "vitest";
import type { DiagnosedSettings } from "./advice.js";
import { type DiagnosisOptions, diagnose } from "./diagnosis.js";

/** A policy that is the target, but for noise. */
const GOOD = { seed: 0, loss: -3, l1: 0.04, logZ: 3, logZEstimate: 3.002, elbo: 2.99, effectiveSampleSize: 0.97 };
const ON_POLICY: DiagnosedSettings = {
  objective: "reverse-kl",
  family: "divergence",
  alpha: null,
  estimator: "paper",
  exploration: 0,
  steps: 300,
  hidden: [16, 16],
};

const findings = (replicas: object[], options: DiagnosisOptions = {}) =>
  diagnose({ step: 300, replicas }, { exactLogZ: 3, settings: ON_POLICY, ...options });
const kinds = (replicas: object[], options: DiagnosisOptions = {}) => findings(replicas, options).map(({ kind }) => kind);
const text = (replica: object, options: DiagnosisOptions = {}) => findings([replica], options)[0]?.text ?? "";

/** A policy that fits a share of the target, and never samples the rest. */
function losing(lost: number, seed = 0) {
  const logZ = 3 + Math.log(1 - lost);
  return { ...GOOD, seed, l1: 2 * lost, logZ, logZEstimate: logZ, elbo: logZ - 0.01 };
}

describe("a diagnosis", () => {
  it("says nothing where all is well, and where nothing was measured", () => {
    expect(findings([GOOD, { ...GOOD, seed: 1, l1: 0.28 }])).toEqual([]);
    expect(
      findings([{ seed: 0 }, null as unknown as object, { seed: 1, l1: null, logZEstimate: null, effectiveSampleSize: null }]),
    ).toEqual([]);
    expect(findings([{ ...GOOD, l1: Number.NaN, elbo: Number.NaN, effectiveSampleSize: Number.NaN }])).toEqual([]);
    expect(diagnose({ step: 300, replicas: [GOOD] })).toEqual([]);
  });

  it("tells lost mass by log Z, why the loss is blind to it, and what to try", () => {
    const said = text(losing(3 / 4));
    expect(said).toMatch(
      /^Log Z is log 4 too low: about three quarters of the target are never sampled \(L1 1\.5\)\. The loss cannot see it/,
    );
    expect(said).toContain("--exploration 0.2:0");
    expect(said).toContain("--objective forward-kl");
    expect(said).toContain("--anneal 0.05");
    expect(text(losing(3 / 4), { settings: { ...ON_POLICY, anneal: 0.1 } })).not.toContain("--anneal");
    expect(text(losing(1 / 2))).toContain("log 2 too low: about half of the target is never sampled");
    expect(text(losing(0.12))).toContain("log 1.1 too low: about 12 % of the target is never sampled");
    expect(text(losing(0.9999))).toContain("9.21 too low: nearly all of the target is never sampled");
  });

  it("makes nothing of uneven weights with flow matching, whose policy takes other trajectories than p_B", () => {
    const { l1: _, ...unmeasured } = { ...GOOD, effectiveSampleSize: 0.005 };
    expect(kinds([unmeasured])).toEqual(["heavy-tails"]);
    expect(kinds([{ ...unmeasured, effectiveSampleSize: 0.1 }])).toEqual(["far"]);
    const settings: DiagnosedSettings = { ...ON_POLICY, objective: "fm", family: "balance" };
    expect(kinds([unmeasured], { settings })).toEqual([]);
    expect(kinds([{ ...unmeasured, effectiveSampleSize: 0.1 }], { settings })).toEqual([]);
    expect(kinds([{ ...GOOD, l1: 0.6, effectiveSampleSize: 0.005 }], { settings })).toEqual(["far"]);
  });

  it("finds no lost mass within the noise of the estimate, nor where L1 contradicts it", () => {
    expect(findings([losing(0.03)])).toEqual([]);
    // ESS .25 of 1024: a standard error of .054, of which five are more than log 1.25.
    expect(kinds([{ ...losing(0.2), effectiveSampleSize: 0.25 }])).not.toContain("lost-mass");
    expect(kinds([{ ...losing(0.2), effectiveSampleSize: 0.25 }], { samples: 2 ** 16 })).toEqual(["lost-mass"]);
    expect(kinds([{ ...losing(0.5), l1: 0.1 }])).toEqual([]);
    const { l1: _, ...unmeasured } = losing(0.5);
    expect(kinds([unmeasured])).toEqual(["lost-mass"]);
  });

  it("believes a learned log Z where L1 is twice what it lacks, also if an outlier makes the weights uneven", () => {
    const outlier = { ...losing(3 / 4), logZEstimate: 2.5, effectiveSampleSize: 0.05 };
    expect(text(outlier, { settings: { ...ON_POLICY, objective: "tb" } })).toContain(
      "about three quarters of the target are hardly ever sampled",
    );
    expect(kinds([{ ...outlier, l1: 1 }])).toEqual(["far"]);
  });

  it("claims nothing about the loss of a training that explored, or that it knows nothing of", () => {
    const explored = text(losing(1 / 2), { settings: { ...ON_POLICY, exploration: 0.1 } });
    expect(explored).not.toContain("The loss cannot see it");
    expect(explored).toContain("more exploration (--exploration 0.2:0)");
    const replayed = text(losing(1 / 2), { settings: { ...ON_POLICY, source: "policy:0.5,replay:0.5" } });
    expect(replayed).not.toMatch(/The loss cannot see it|--source/);
    expect(text(losing(1 / 2), { settings: { ...ON_POLICY, temperature: 2 } })).not.toContain("The loss cannot see it");
    expect(text(losing(1 / 2), { settings: { ...ON_POLICY, temperature: 1, source: "policy" } })).toContain("The loss cannot see it");
    const { text: unknown } = diagnose({ step: 1, replicas: [losing(1 / 2)] }, { exactLogZ: 3 })[0]!;
    expect(unknown).not.toContain("The loss cannot see it");
    expect(text(losing(1 / 2), { settings: { ...ON_POLICY, objective: "forward-kl" } })).not.toContain("forward-kl");
    expect(text(losing(1 / 2), { settings: { ...ON_POLICY, objective: "renyi", alpha: 0.1 } })).not.toContain("forward-kl");
  });

  it("tells nothing but faults while the reward is annealed", () => {
    const fault = { quantity: "loss", step: 3 } as const;
    const annealed = (annealUntil: number) => ({ settings: { ...ON_POLICY, steps: 600, anneal: 0.1, annealUntil } });
    const replicas = [losing(1 / 2), { ...GOOD, l1: 0.8 }, { ...GOOD, fault }];
    expect(kinds(replicas, annealed(0.6))).toEqual(["fault"]);
    // Step 300 of 600 is the first one with β = 1.
    expect(kinds(replicas, annealed(0.5))).toEqual(["fault", "lost-mass", "far"]);
  });

  it("compares replicas where the exact log Z is not known", () => {
    const pair = [losing(1 / 2, 7), { ...GOOD, seed: 8 }].map(({ l1: _, ...replica }) => replica);
    const [found, ...others] = findings(pair, { exactLogZ: undefined });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: "lost-mass", replicas: [0] });
    expect(found!.text).toMatch(
      /^1 of 2 replicas: with seed 7, log Z is log 2 lower than with seed 8: about half of what that one samples/,
    );
    expect(findings([pair[0]!], { exactLogZ: undefined }), "alone, it cannot know").toEqual([]);
    const fault = { quantity: "loss", step: 3 } as const;
    expect(kinds([pair[0]!, { ...pair[1]!, fault }], { exactLogZ: undefined })).toEqual(["fault"]);
  });

  it("tells a learned log Z that lags behind the policy", () => {
    const said = text({ ...GOOD, logZ: -11, l1: 0.5 });
    expect(said).toMatch(/^The learned log Z is 14 too low for the policy, whose samples give 3\. Try more steps \(--steps 600\)/);
    expect(text({ ...GOOD, logZ: 4 })).toContain("0.998 too high");
    // Between the ELBO and the estimate of a policy that is not there yet.
    expect(kinds([{ ...GOOD, logZ: 2.5, elbo: 2.4, effectiveSampleSize: 0.4 }])).toEqual([]);
  });

  it("tells heavy-tailed weights by the number of trajectories that count", () => {
    const said = text({ ...GOOD, l1: 1.2, effectiveSampleSize: 3.2 / 1024, logZEstimate: 2 });
    expect(said).toMatch(/^3 of 1024 trajectories carry the importance weights \(ESS 0\.31 %\)\. Estimates of log Z are unreliable/);
    expect(text({ ...GOOD, effectiveSampleSize: 1 / 256 }, { samples: 256 })).toMatch(/^One of 256 trajectories carries/);
  });

  describe("of a policy that is far from the target", () => {
    const far = { ...GOOD, l1: 0.8, effectiveSampleSize: 0.15, logZEstimate: 2.9 };
    const at = (step: number, l1: number, loss = -3) => ({ step, replicas: [{ ...far, l1, loss }] });

    it("asks for more steps while the distance falls", () => {
      expect(text(far, { history: [at(0, 1.6), at(150, 1.2), at(300, 0.8)] })).toBe(
        "L1 is 0.8, and was still falling (1.2 at step 150). Try more steps (--steps 600).",
      );
    });

    it("or the loss", () => {
      const losses = [-3, -3.01, -2.99, -3.2, -3.21, -3.19];
      const history = [at(150, 0.82), ...losses.map((loss, k) => at(160 + 20 * k, 0.8, loss))];
      expect(text(far, { history })).toBe("L1 is 0.8, and the loss was still falling. Try more steps (--steps 600).");
    });

    it("and for something else where neither does", () => {
      const losses = [-3, -3.2, -2.9, -3.1, -3, -3.05];
      const history = [at(150, 0.82), ...losses.map((loss, k) => at(160 + 20 * k, 0.8, loss))];
      expect(text(far, { history })).toBe(
        "L1 is 0.8, and no longer falls (0.82 at step 150). More steps alone may not help. Try another estimator (--estimator balance), --exploration 0.2:0 or wider layers (--hidden 32,32).",
      );
      expect(text(far, { history, settings: { ...ON_POLICY, objective: "tb", family: "balance", estimator: "none" } })).not.toContain(
        "--estimator",
      );
      expect(text(far, { history, settings: { objective: "./own.mjs#own", estimator: "paper" } })).not.toContain("--estimator");
    });

    it("says what was measured: the Jensen–Shannon divergence, FCS beyond its error, or the effective sample size alone", () => {
      const { l1: _, ...rest } = far;
      expect(text({ ...rest, js: 0.3, jsError: 0.01 })).toMatch(/^The Jensen–Shannon divergence is 0\.3\. Try more steps/);
      expect(text({ ...rest, fcs: 0.4, fcsError: 0.02 }, { exactLogZ: undefined })).toMatch(/^FCS is 0\.4\./);
      expect(findings([{ ...rest, fcs: 0.2, fcsError: 0.03 }], { exactLogZ: undefined })).toEqual([]);
      expect(text(rest, { exactLogZ: undefined })).toMatch(/^The effective sample size is 15 %/);
    });
  });

  it("names broken replicas, and the worst of many", () => {
    const broken = { ...GOOD, seed: 5, fault: { quantity: "gradient", step: 37 } as const };
    expect(text(broken)).toMatch(/^replica 0 \(seed 5\) met a gradient that is not finite at step 37, and was trained no further: lower/);
    const many = [0.1, 0.5, 0.2, 0.75, 0.3, 0.4].map((lost, seed) => losing(lost, seed));
    const [found] = findings([...many, GOOD]);
    expect(found!.replicas).toEqual([0, 1, 2, 3, 4, 5]);
    expect(found!.text).toMatch(
      /^6 of 7 replicas: with seed 3, log Z is log 4 .*; with seed 1, .*; with seed 5, .*; with seed 4, .*; and with 2 more seeds it is less bad\./,
    );
    expect(kinds([broken, losing(0.5, 1), { ...GOOD, effectiveSampleSize: 0.001 }])).toEqual(["fault", "lost-mass", "heavy-tails"]);
  });
});
