import { rules } from "@webgfn/tensor";
import type { DataFile } from "../data-file.js";
import type { ParameterDeclarations } from "../declaration.js";
import { FILE, SEED } from "../parameters.js";
import type { RewardOptions } from "../rewards/reward.js";
import type { GraphObject } from "./graph-display.js";
import { GRAPHS, type GraphKind } from "./simulation.js";
import { STRUCTURE_PRIORS } from "./structure-prior.js";

export const MOST_VARIABLES = 50;
export const MOST_SAMPLES = 100_000;

/** Names of the scores. */
const SCORES = ["linear-gaussian", "marginal-linear-gaussian", "bge", "bde"] as const;
export type ScoreName = (typeof SCORES)[number];

/** Parameters of `dags`. */
export interface DagsParameters extends RewardOptions<GraphObject> {
  /** Number of simulated variables d, from 2 to 50. Default 5, the paper's. */
  variables?: number;
  /** Simulated samples, from d + 2 to 100,000. Default 500, the paper's. */
  samples?: number;
  /** Seed of the simulated model and its samples. Default 0. */
  dataSeed?: number;
  /** The simulated graph: `erdos-renyi` (default, the paper's) or `scale-free`. */
  graph?: GraphKind;
  /** Edges per node of the simulated graph. Default 1. */
  graphEdges?: number;
  /** Levels of the simulated variables, with the score `bde`. Default 3. */
  levels?: number;
  /**
   * `linear-gaussian`, the maximum log-likelihood (default, the paper's); `marginal-linear-gaussian`, the log marginal likelihood with
   * weights N(0, 1) and noise of variance 0.1; `bge`, the log marginal likelihood with a normal–Wishart prior; or `bde`, the log marginal
   * likelihood of discrete data with Dirichlet priors.
   */
  score?: string;
  /** Equivalent sample size of the score `bde`. Default 1. */
  ess?: number;
  /**
   * Prior over graphs: `uniform` (default), `erdos-renyi` (every edge has the same probability) or `fair` (every number of parents is equally
   * likely).
   */
  prior?: string;
  /** Expected edges per node under the prior `erdos-renyi`. Default 1. */
  priorEdges?: number;
  /** Most parents of a variable. Default: all other variables if there are at most 12, else 3. */
  maxParents?: number;
  /** Samples to use instead of simulated ones: a table (CSV) with one sample per line. It excludes the parameters of the simulation. */
  data?: DataFile;
  /**
   * The name of a column of `data` that names the variable that an experiment set in each sample, by its name or its number from 1; an empty
   * cell means none.
   */
  interventions?: string;
  /** What happens to samples with a missing value: `refuse` (default) or `drop`. */
  missing?: "refuse" | "drop";
  /** User-defined local scores (`localScoreFile`), instead of data and a score. */
  localScores?: DataFile;
}

/**
 * Defaults of parameters that only some kinds of data or scores have. They are not declared as values, because an environment stores them
 * only if they were given.
 */
const OPTIONAL = {
  graph: "erdos-renyi",
  graphEdges: 1,
  levels: 3,
  ess: 1,
  prior: "uniform",
  priorEdges: 1,
  missing: "refuse",
} as const;

const by = (name: keyof typeof OPTIONAL): string => `(default ${OPTIONAL[name]})`;

export const DAGS_PARAMETERS = {
  variables: { value: 5, rule: rules.whole(2, MOST_VARIABLES), help: "number of variables" },
  samples: { value: 500, rule: rules.whole(1, MOST_SAMPLES), help: "simulated samples, at least two more than the variables" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the simulated model and its samples" },
  graph: { rule: rules.oneOf(...GRAPHS), help: `the simulated graph ${by("graph")}` },
  graphEdges: { rule: rules.number(0, 10), help: `edges per node of the simulated graph ${by("graphEdges")}` },
  levels: { rule: rules.whole(2, 20), help: `levels of simulated variables, with the score bde ${by("levels")}` },
  score: {
    value: "linear-gaussian",
    rule: rules.oneOf(...SCORES),
    help: "score of a graph: the maximum log-likelihood or a marginal one; bde is for discrete data",
  },
  ess: { rule: rules.number(1e-6, 1e6), help: `equivalent sample size of the score bde ${by("ess")}` },
  prior: { rule: rules.oneOf(...Object.keys(STRUCTURE_PRIORS)), help: `prior over graphs ${by("prior")}` },
  priorEdges: { rule: rules.number(1e-6, 50), help: `expected edges per node under the prior erdos-renyi ${by("priorEdges")}` },
  maxParents: {
    rule: rules.whole(1, MOST_VARIABLES - 1),
    help: "most parents of a variable (default: all others; of more than 12 variables 3)",
  },
  data: { rule: FILE, help: "samples instead of simulated ones: a table (CSV), one sample per line", file: true },
  interventions: { rule: rules.text, help: "column of the data that names the variable which an experiment set" },
  missing: { rule: rules.oneOf("refuse", "drop"), help: `what happens to samples in which a value is missing ${by("missing")}` },
  localScores: { rule: FILE, help: "local scores of one's own instead of data: a file in the format of GOBNILP", file: true },
} as const satisfies ParameterDeclarations;

/** The parameters with their defaults. */
export type DagsValues = DagsParameters &
  Required<Pick<DagsParameters, "variables" | "samples" | "dataSeed" | "score" | keyof typeof OPTIONAL>>;

/** The parameters, and the defaults of those that were not given. */
export function withDefaults(given: DagsParameters): DagsValues {
  const { variables, samples, dataSeed, score } = DAGS_PARAMETERS;
  const usual = { variables: variables.value, samples: samples.value, dataSeed: dataSeed.value, score: score.value, ...OPTIONAL };
  const values = Object.entries(usual).map(([name, value]) => [name, given[name as keyof DagsParameters] ?? value]);
  return { ...given, ...Object.fromEntries(values) };
}
