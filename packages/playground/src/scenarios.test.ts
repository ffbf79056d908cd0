import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fromHash } from "./address.js";
import { diagnosisOf, distanceOf } from "./diagnosis.js";
import { framesOf, type Recording } from "./recording.js";
import { SCENARIOS, scenarioOf } from "./scenarios.js";
import { takesEstimator } from "./settings.js";

/** What each scenario says of its objectives, in their order. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  "lost-corners": ["lost", "good", "lost"],
  "believe-no-loss": ["lost", "lost", "good"],
  stopping: ["lost", "lost", "good", "good"],
  alpha: ["good", "good", "lost", "lost"],
  "control-variates": ["good", "good", "good", "good"],
  "move-a-mode": ["good", "good"],
  "two-far-modes": ["lost", "lost", "lost"],
};

const recordingOf = (name: string): Recording =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../public/recordings/${name}.json`, import.meta.url)), "utf8"));

describe("the recorded run of a scenario", () => {
  it.each(SCENARIOS)("was trained with its settings, and shows what it claims: $name", (scenario) => {
    const { name, settings, steps } = scenario;
    const recording = recordingOf(name);
    expect(scenarioOf(fromHash(recording.hash).settings)).toBe(scenario);
    const frames = framesOf(recording);
    const last = frames.at(-1)!;
    const before = frames.filter(({ step }) => step <= (2 / 3) * last.step).at(-1)!;
    expect(last.step).toBe(steps);
    const verdicts = last.runs.map(({ step, values, missed }, n) => {
      const family = takesEstimator(settings.choices[n]!.objective) ? "divergence" : "balance";
      const earlier = distanceOf(before.runs[n]!.values)?.value;
      return diagnosisOf({ name, family, step, values, missed, exactLogZ: last.exactLogZ, earlier }).verdict;
    });
    expect(verdicts).toEqual(CLAIMS[name]);
  });

  it("has less noise, and a smaller distance, with control variates than without", () => {
    const [kl, klNone, renyi, renyiNone] = framesOf(recordingOf("control-variates"))
      .at(-1)!
      .runs.map(({ values }) => values["l1"] as number);
    expect(klNone).toBeGreaterThan(5 * (kl as number));
    expect(renyiNone).toBeGreaterThan(5 * (renyi as number));
  });

  it("has balance losses near 0 where three quarters of the target are lost", () => {
    const runs = framesOf(recordingOf("believe-no-loss")).at(-1)!.runs;
    for (const { values, missed } of runs.slice(0, 2)) {
      expect(Math.abs(values["loss"] as number)).toBeLessThan(0.05);
      expect(missed).toBeCloseTo(0.75, 2);
    }
  });
});
