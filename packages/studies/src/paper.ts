import type { EnvironmentName } from "@webgfn/envs";
import type { ObjectiveName } from "@webgfn/objectives";
import type { Spread } from "@webgfn/trainer";

/** A result printed in the paper: mean and standard deviation over three seeds. */
const value = (mean: number, sd: number): Spread => ({ mean, sd });

/** A task of the paper: an environment, the metric of its results, and the results. */
export interface Task {
  /** The environment's name. */
  name: EnvironmentName;
  metric: "l1" | "js";
  /** The paper's distance before training. */
  before?: number;
  /** The paper's final distances, by objective. */
  results: Readonly<Record<string, Spread>>;
}

/** The divergences that the paper compares. */
export const DIVERGENCES: readonly ObjectiveName[] = ["reverse-kl", "forward-kl", "renyi", "tsallis"];

/** The task on which the paper measures the variance of gradients. */
export const VARIANCE_TASK: EnvironmentName = "sets";

/** The objectives of the study, in the order of the paper's table. */
export const OBJECTIVES: readonly ObjectiveName[] = ["tb", ...DIVERGENCES, "db", "subtb", "vargrad"];

/**
 * The paper's tasks and its final distances (method §4, "Results to reproduce"). The values of the hypergrid, the DAGs, DB, SubTB and
 * VarGrad are read off published figures. For the banana the paper shows only pictures.
 */
export const TASKS: readonly Task[] = [
  task("sets", "l1", 0.66, {
    tb: value(0.07, 0),
    "reverse-kl": value(0.03, 0),
    "forward-kl": value(0.03, 0),
    renyi: value(0.03, 0),
    tsallis: value(0.03, 0),
    db: value(0.15, 0.01),
    subtb: value(0.47, 0.05),
    vargrad: value(0.04, 0.01),
  }),
  task("sequences", "l1", 1.97, {
    tb: value(0.28, 0.06),
    "reverse-kl": value(0.16, 0.06),
    "forward-kl": value(0.23, 0.12),
    renyi: value(0.23, 0.1),
    tsallis: value(0.22, 0.09),
    db: value(1.76, 0.07),
    subtb: value(1.43, 0.09),
    vargrad: value(0.27, 0.06),
  }),
  task("phylogenetics", "l1", 1.45, {
    tb: value(0.22, 0.04),
    "reverse-kl": value(0.21, 0.04),
    "forward-kl": value(0.22, 0.04),
    renyi: value(0.22, 0.03),
    tsallis: value(0.21, 0.04),
    db: value(1.23, 0.07),
    subtb: value(1.03, 0.09),
    vargrad: value(0.21, 0.04),
  }),
  task("gaussian-mixture", "js", 0.53, {
    tb: value(0.31, 0.08),
    "reverse-kl": value(0.31, 0.09),
    "forward-kl": value(0.09, 0.1),
    renyi: value(0.19, 0.13),
    tsallis: value(0.21, 0.11),
    db: value(0.43, 0.07),
    subtb: value(0.52, 0.01),
    vargrad: value(0.63, 0.03),
  }),
  task("hypergrid", "l1", 1.61, {
    tb: value(0.08, 0.02),
    "reverse-kl": value(1.46, 0.03),
    "forward-kl": value(0.36, 0.46),
    renyi: value(0.84, 0.24),
    tsallis: value(0.84, 0.24),
    db: value(0.59, 0.1),
    subtb: value(0.46, 0.06),
    vargrad: value(0.11, 0.04),
  }),
  task("dags", "l1", 1.63, {
    tb: value(0.43, 0.21),
    "reverse-kl": value(0.31, 0.14),
    "forward-kl": value(0.13, 0.01),
    renyi: value(0.14, 0.02),
    tsallis: value(0.13, 0.01),
    db: value(0.58, 0.22),
    subtb: value(0.67, 0.2),
    vargrad: value(0.47, 0.21),
  }),
  { name: "banana", metric: "js", results: {} },
];

function task(name: EnvironmentName, metric: Task["metric"], before: number, results: Task["results"]): Task {
  return { name, metric, before, results };
}

/** Traces of the covariance of a gradient by objective and batch size, without and with control variates (Fig. 2). */
export const VARIANCES: Readonly<Record<string, Readonly<Record<number, readonly [without: number, controlled: number]>>>> = {
  renyi: { 32: [0.981, 0.181], 128: [0.25, 0.044], 1024: [0.031, 0.009] },
  "forward-kl": { 32: [1.469, 0.703], 128: [0.381, 0.176], 1024: [0.048, 0.022] },
  "reverse-kl": { 32: [255.7, 0.566], 128: [61.5, 0.136], 1024: [7.3, 0.023] },
};
