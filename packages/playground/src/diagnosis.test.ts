import { describe, expect, it } from "vitest";
import { diagnosisOf, type Facts, summaryOf } from "./diagnosis.js";

const EXACT = Math.log(4);
const facts = (changes: Partial<Facts> & { l1: number; logZ: number; loss?: number }): Facts => ({
  name: "TB",
  family: "balance",
  step: 600,
  missed: 0,
  exactLogZ: EXACT,
  earlier: changes.l1,
  ...changes,
  values: { l1: changes.l1, logZ: changes.logZ, logZEstimate: changes.logZ, loss: changes.loss ?? 0.001, effectiveSampleSize: 0.99 },
});

describe("a diagnosis", () => {
  it("says that a part of the target is lost, how much, and why the loss does not show it", () => {
    const { verdict, text } = diagnosisOf(facts({ l1: 1.5, logZ: 0, missed: 0.75 }));
    expect(verdict).toBe("lost");
    expect(text).toContain("log Z is log 4 too low, so about three quarters of the target are never sampled");
    expect(text).toContain("Its loss cannot see it, and is 0.001 where 0 is perfect");
  });

  it("calls no mass lost where log Z is right, or where nothing is missed", () => {
    expect(diagnosisOf(facts({ l1: 1.5, logZ: EXACT, missed: 0.75 })).verdict).toBe("far");
    expect(diagnosisOf(facts({ l1: 0.5, logZ: 0, missed: 0 })).verdict).toBe("far");
  });

  it("calls no mass lost while the distance falls", () => {
    const { verdict, text } = diagnosisOf(facts({ l1: 1.4, logZ: 0, missed: 0.7, earlier: 1.7 }));
    expect(verdict).toBe("learning");
    expect(text).toBe("is still learning: L1 is 1.40, and fell from 1.70; about 70 % of the target is hardly sampled.");
  });

  it("says what a small distance means", () => {
    const { verdict, text } = diagnosisOf(facts({ l1: 0.04, logZ: EXACT }));
    expect(verdict).toBe("good");
    expect(text).toBe("samples the target: L1 is 0.04 (0 is perfect, 2 the worst). 98 % of its samples are where the target has them.");
  });

  it("knows half of a density from its log Z", () => {
    const values = { js: 0.224, logZ: -Math.LN2, logZEstimate: -Math.LN2, loss: Number.NaN, effectiveSampleSize: 1 };
    const { verdict, text } = diagnosisOf({
      name: "Reverse KL",
      family: "divergence",
      step: 300,
      values,
      missed: 0.48,
      exactLogZ: 0,
      earlier: 0.224,
    });
    expect(verdict).toBe("lost");
    expect(text).toContain("log Z is log 2 too low, so about half of the target is never sampled. The loss cannot see it");
  });

  it("speaks of an untrained model, and of uneven weights", () => {
    expect(diagnosisOf({ ...facts({ l1: 1.6, logZ: 0 }), step: 0 }).verdict).toBe("untrained");
    const uneven = facts({ l1: 0.6, logZ: EXACT });
    const { text } = diagnosisOf({ ...uneven, values: { ...uneven.values, effectiveSampleSize: 0.03 } });
    expect(text).toContain("effective sample size 3 %");
  });

  it("gives a small gap of log Z as it is", () => {
    expect(diagnosisOf(facts({ l1: 0.29, logZ: EXACT - 0.156, missed: 0.144 })).text).toContain("log Z is 0.16 too low, so about 14 % of");
  });
});

describe("the headline", () => {
  it("names who lost what, and who did not", () => {
    const lost = (name: string, missed: number) => ({ name, missed, verdict: "lost" as const });
    const good = { name: "Rényi", missed: 0, verdict: "good" as const };
    expect(summaryOf([lost("Reverse KL", 0.75), good, lost("TB", 0.75)])).toBe(
      "Reverse KL and TB have lost 75 % of the target, and the loss does not tell; Rényi has all of it.",
    );
    expect(summaryOf([lost("TB", 0.5), lost("DB", 0.75)])).toContain("TB and DB have lost 50 to 75 %");
    expect(summaryOf([good, good])).toBe("All of them sample the target.");
    expect(summaryOf([good, { name: "TB", missed: null, verdict: "learning" }])).toBe("Rényi samples the target; the others do not yet.");
  });
});
