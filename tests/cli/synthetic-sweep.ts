/** Folders of sweeps as `webgfn sweep run` leaves them, without training. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationHash, type Settings } from "@webgfn/sweeps";
import { writePlan } from "@webgfn/sweeps/internal";
import { columns } from "@webgfn/trainer/internal";
import { completeConfiguration } from "webgfn";

const COLUMNS = [columns.loss, columns.l1, columns.js, columns.logZ, columns.logZError, columns.elbo, columns.effectiveSampleSize];
const ADAPTER = { name: "toy", backend: "dawn", type: "cpu" };

export interface SyntheticRun {
  /** What the plan says of the run. */
  readonly settings: Settings;
  /** Step of its last evaluation: it is done at the last step, and has not begun without one. */
  readonly until?: number;
  /** L1 after all steps; replica r has r hundredths more. */
  readonly l1?: number;
}

/** Settings that all runs share. */
export interface SharedSettings {
  readonly steps: number;
  readonly evaluateEvery: number;
}

/** Writes a sweep's folder, and returns the folders of its runs. */
export function syntheticSweep(out: string, shared: SharedSettings, runs: readonly SyntheticRun[]): string[] {
  mkdirSync(out, { recursive: true });
  const planned = runs.map(({ settings, until, l1 = 0.1 }, at) => {
    const configuration = completeConfiguration({ environment: "sets", env: { items: 8, size: 3 }, ...shared, ...settings });
    const hash = configurationHash(configuration);
    if (until !== undefined) {
      const folder = join(out, hash);
      mkdirSync(folder);
      const lines = [];
      for (let step = 0; step <= until; step += shared.evaluateEvery) {
        const left = l1 + (1 - step / shared.steps);
        const replicas = Array.from({ length: configuration.replicas }, (_, r) => {
          const value = left + r / 100;
          return {
            ...{ seed: configuration.seed + r, loss: value - 5, l1: value, js: value / 8, logZ: 4 + value, logZError: value },
            ...{ elbo: 4 - value, logZEstimate: 4 + value, effectiveSampleSize: 1 / (1 + value), meanLength: 3, meanLogReward: 1 + value },
          };
        });
        lines.push({ step, seconds: step / 10, l1: left, replicas, adapter: ADAPTER });
      }
      writeFileSync(join(folder, "config.json"), JSON.stringify(configuration));
      writeFileSync(join(folder, "columns.json"), JSON.stringify(COLUMNS));
      writeFileSync(join(folder, "metrics.jsonl"), lines.map((each) => `${JSON.stringify(each)}\n`).join(""));
      const last = lines.at(-1);
      if (last?.step === shared.steps) {
        const { step: _, ...values } = last;
        writeFileSync(join(folder, "result.json"), JSON.stringify({ ...values, exactLogZ: 4, configuration, steps: shared.steps }));
      }
    }
    return { hash, at, settings };
  });
  writePlan(out, { file: "sweep.json", runs: planned });
  return planned.map(({ hash }) => join(out, hash));
}
