import { environmentDeclarations } from "@webgfn/envs";
import { type Configuration, completeConfiguration, type PartialConfiguration } from "@webgfn/runs";
import type { Spread } from "@webgfn/trainer";
import { DIVERGENCES, OBJECTIVES, type Task } from "./paper.js";

/** One run of the reproduction. */
export interface Study {
  task: Task;
  /** Name in tables, and of the run's folder inside the task's folder. */
  name: string;
  configuration: Configuration;
  /** The paper's final distance. */
  paper: Spread | undefined;
  /** The difference from the run of the same objective, and the reason for this run. Empty for the paper's main runs. */
  note: string;
}

/** Number of the paper's seeds, trained as replicas. */
const REPLICAS = 3;
/** A quick reproduction trains the paper's steps divided by SHARE, but at least LEAST. */
const SHARE = 25;
const LEAST = 20;

/** A run with settings other than the task's defaults. */
interface Further {
  name: string;
  settings: PartialConfiguration;
  paper?: Spread;
  note: string;
}

/** Further runs by task, in addition to the one per objective. */
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
      note: "log Z starts at 0 instead of log r̄; the paper does not state its start",
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
    note: "effect of the order (Fig. 1)",
  })),
};

/** All runs of a task: one per objective, and further runs that the paper shows. */
export function studiesOf(task: Task, quick: boolean): Study[] {
  const paperSteps = environmentDeclarations[task.name]?.defaults.steps ?? LEAST;
  const steps = quick ? Math.max(LEAST, Math.ceil(paperSteps / SHARE)) : paperSteps;
  // Evaluate a quick run only at its start and end.
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
