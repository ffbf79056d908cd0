import { environmentDeclarations } from "@webgfn/envs";
import { type Configuration, completeConfiguration, type PartialConfiguration } from "@webgfn/runs";
import type { Spread } from "@webgfn/trainer";
import { DIVERGENCES, OBJECTIVES, type Task } from "./paper.js";

/** One run of the reproduction. */
export interface Study {
  task: Task;
  /** Its folder below the task's, and its name in tables. */
  name: string;
  configuration: Configuration;
  /** What the paper says it ends with. */
  paper: Spread | undefined;
  /** How it differs from the task's other runs, and why it is there. */
  note: string;
}

/** The paper's seeds, as replicas. */
const REPLICAS = 3;
/** A quick reproduction takes one in so many of the paper's steps, but not fewer than LEAST. */
const SHARE = 25;
const LEAST = 20;

interface Further {
  name: string;
  settings: PartialConfiguration;
  paper?: Spread;
  note: string;
}

/** Runs that belong to a task beside one per objective. */
const FURTHER: Readonly<Record<string, readonly Further[]>> = {
  sets: [
    ...DIVERGENCES.map((objective) => ({
      name: `${objective}-none`,
      settings: { objective, estimator: "none" as const },
      note: "without control variates (Fig. 5)",
    })),
    {
      name: "tb-log-z-0",
      settings: { objective: "tb", logZInitial: 0 },
      note: "log Z starts at 0 instead of log r̄, which the paper does not say",
    },
  ],
  sequences: [
    {
      name: "forward-kl-1024",
      settings: { objective: "forward-kl", batchSize: 1024 },
      paper: { mean: 0.086, sd: 0 },
      note: "the larger batch that makes forward KL the paper's best",
    },
  ],
  "gaussian-mixture": [-2, 2].map((alpha) => ({
    name: `renyi-${alpha}`,
    settings: { objective: "renyi", alpha },
    note: "what the order does (Fig. 1)",
  })),
};

/** Every run of a task: one per objective, and those that the paper shows beside them. */
export function studiesOf(task: Task, quick: boolean): Study[] {
  const paperSteps = environmentDeclarations[task.name]?.defaults.steps ?? LEAST;
  const steps = quick ? Math.max(LEAST, Math.ceil(paperSteps / SHARE)) : paperSteps;
  // A quick run is evaluated at its end alone.
  const shared = { environment: task.name, replicas: REPLICAS, steps, ...(quick ? { evaluateEvery: steps } : {}) };
  const study = ({ name, settings, paper, note }: Further): Study => {
    return { task, name, configuration: completeConfiguration({ ...shared, ...settings }), paper, note };
  };
  return [
    ...OBJECTIVES.map((objective) => {
      const paper = task.results[objective];
      return study({ name: objective, settings: { objective }, ...(paper === undefined ? {} : { paper }), note: "" });
    }),
    ...(FURTHER[task.name] ?? []).map(study),
  ];
}
