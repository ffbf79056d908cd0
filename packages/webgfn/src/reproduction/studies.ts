import { type Configuration, completeConfiguration, DEFAULTS, OTHER_DEFAULTS, type PartialConfiguration } from "../configuration.js";
import type { Spread } from "../results.js";
import { OBJECTIVES, type Task } from "./paper.js";

/** One run of the reproduction. */
export interface Study {
  task: Task;
  /** Its folder below the task's, and its name in tables. */
  name: string;
  configuration: Configuration;
  /** What the paper says it ends with. */
  paper: Spread | undefined;
}

/** The paper's seeds, as replicas. */
const REPLICAS = 3;
/** A quick reproduction takes one in so many of the paper's steps, but not fewer than LEAST. */
const SHARE = 25;
const LEAST = 20;

/** Runs that belong to a task beside one per objective. */
const FURTHER: Readonly<Record<string, readonly { name: string; settings: PartialConfiguration; paper?: Spread }[]>> = {
  // Fig. 5: the loss with and without control variates.
  sets: [{ name: "reverse-kl-none", settings: { objective: "reverse-kl", estimator: "none" } }],
  // The larger batch that makes forward KL the best of all.
  sequences: [{ name: "forward-kl-1024", settings: { objective: "forward-kl", batchSize: 1024 }, paper: { mean: 0.086, sd: 0 } }],
  // Fig. 1: what the order does.
  "gaussian-mixture": [-2, 2].map((alpha) => ({ name: `renyi-${alpha}`, settings: { objective: "renyi", alpha } })),
};

/** Every run of a task: one per objective, and those that the paper shows beside them. */
export function studiesOf(task: Task, quick: boolean): Study[] {
  const { steps: paperSteps } = DEFAULTS[task.name] ?? OTHER_DEFAULTS;
  const steps = quick ? Math.max(LEAST, Math.ceil(paperSteps / SHARE)) : paperSteps;
  // A quick run is evaluated at its end alone.
  const shared = { environment: task.name, replicas: REPLICAS, steps, ...(quick ? { evaluateEvery: steps } : {}) };
  const study = (name: string, settings: PartialConfiguration, paper: Spread | undefined): Study => {
    return { task, name, configuration: completeConfiguration({ ...shared, ...settings }), paper };
  };
  return [
    ...OBJECTIVES.map((objective) => study(objective, { objective }, task.results[objective])),
    ...(FURTHER[task.name] ?? []).map(({ name, settings, paper }) => study(name, settings, paper)),
  ];
}
