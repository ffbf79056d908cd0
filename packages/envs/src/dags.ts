import source from "@webgfn/shaders/envs/dags.wgsl";
import { RandomStream, rules, WebgfnError } from "@webgfn/tensor";
import { argumentError, largestOf } from "@webgfn/tensor/internal";
import { available, type Capability, unavailable } from "./capability.js";
import { chosenOfMany } from "./choosing.js";
import { bgeScores } from "./dags/bge.js";
import { correlation, logDeterminants, scatter } from "./dags/correlation.js";
import { type NumericTable, parseNumericCsv } from "./dags/csv.js";
import { childrenOf, dagNumbers, MOST_ENUMERATED_VARIABLES } from "./dags/enumeration.js";
import { type GraphObject, graphDisplay } from "./dags/graph-display.js";
import { encodeGraph, stateOfGraph } from "./dags/graph-state.js";
import { linearGaussianScores, simulateLinearGaussian } from "./dags/linear-gaussian.js";
import { type LocalScores, scoreTable } from "./dags/local-scores.js";
import { type DataFile, quoted } from "./data-file.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import type { Environment } from "./environment.js";
import { joined } from "./joined.js";
import { FILE, SEED, wholeNumber } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

const SCORES: Readonly<Record<string, (rows: readonly Float64Array[]) => LocalScores>> = {
  "linear-gaussian": linearGaussianScores,
  bge: bgeScores,
};

/** Largest number of variables. With 12, the 2^12 sets of parents need a table of 12 · 4096 scores. */
const MOST_VARIABLES = 12;
const MOST_SAMPLES = 100_000;
/** Smallest share of a column's variance that the columns before it may leave unexplained. Below it, rounding errors dominate. */
const LEAST_UNEXPLAINED = 1e-10;

/** Parameters of {@link dags}. */
export interface DagsParameters extends RewardOptions<GraphObject> {
  /** Number of variables d, from 2 to 12. Default 5, the paper's. */
  variables?: number;
  /** Simulated samples, from d + 2 to 100,000. Default 500, the paper's. */
  samples?: number;
  /** Seed of the simulated model and its samples. Default 0. */
  dataSeed?: number;
  /** `linear-gaussian`, the maximum log-likelihood (default, the paper's), or `bge`, the log marginal likelihood. */
  score?: string;
  /** Samples to use instead of simulated ones: a table (CSV) with one sample per line. Excludes `variables`, `samples` and `dataSeed`. */
  data?: DataFile;
}

const PARAMETERS = {
  variables: { value: 5, rule: rules.whole(2, MOST_VARIABLES), help: "number of variables" },
  samples: { value: 500, rule: rules.whole(1, MOST_SAMPLES), help: "simulated samples, at least two more than the variables" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the simulated model and its samples" },
  score: {
    value: "linear-gaussian",
    rule: rules.oneOf(...Object.keys(SCORES)),
    help: "score of a graph: the maximum log-likelihood, or BGe",
  },
  data: { rule: FILE, help: "samples instead of simulated ones: a table (CSV), one sample per line", file: true },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 3200, hidden: [128, 128] };

/** The environment `dags`, with facts about its target. */
export interface Dags extends Environment<GraphObject> {
  /** The score of the graph without edges. */
  readonly emptyGraphScore: number;
  /** log R(G) = score(G) − this: the score of the best graph, so that log R is at most 0. */
  readonly logRewardOffset: number;
  /** Names of the variables, in the order of their numbers. */
  readonly variableNames: readonly string[];
  /** P(i → j) under R/Z, as [i][j]. */
  readonly edgeMarginals: Capability<() => number[][]>;
}

/**
 * Makes the environment of directed acyclic graphs (method §4). A trajectory starts at the empty graph, adds edges that close no cycle,
 * and stops; a backward action removes any edge. log R(G) = score(G) up to a constant, where score is the maximum log-likelihood of a
 * linear-Gaussian structural equation model with the edges of G, with a noise variance fitted for each node.
 *
 * The likelihood is that of all samples, neither averaged nor tempered. The target is not as peaked as one may expect: a superfluous edge
 * gains only χ²/2, about ½, so the target spreads over the hundreds of graphs that contain the true dependences. The initial L1 is 1.67
 * for an untrained MLP of 2 × 128 at data seed 0, and 1.47 to 1.66 for a uniform policy at data seeds 0 to 11 (the paper: 1.63).
 * Averaging over the samples would give .9, known noise variances 1.76 to 1.99.
 *
 * The modes are the graphs with at least half the highest reward. They are known if the graphs can be enumerated.
 *
 * @throws WebgfnError `argument` for parameters out of range, `file` for unusable data.
 */
export function dags(parameters: DagsParameters = {}): Dags {
  checkParameters("dags", parameters, PARAMETERS);
  const { score = PARAMETERS.score.value } = parameters;
  const scoring = SCORES[score] as (typeof SCORES)[string];
  const { names, rows, origin, kept } = dataset(parameters);
  const variables = names.length;

  const scores = scoring(rows);
  const { table, best } = scoreTable(scores, variables);
  const enumerable = variables <= MOST_ENUMERATED_VARIABLES;
  const numbers = enumerable ? dagNumbers(variables) : new Uint32Array(0);
  const target = enumerable ? targetOf(numbers, table, variables) : undefined;
  const reason = `the DAGs on ${variables} variables are more than the 29281 on ${MOST_ENUMERATED_VARIABLES} that are enumerated`;
  const provided = <T>(value: T | undefined): Capability<T> => (value === undefined ? unavailable(reason) : available(value));
  const stateWords = variables + 1;
  const title = `DAGs on ${variables} variables, ${score} score of ${rows.length} samples${origin}`;
  const edgeMarginals = provided(target && (() => marginals(numbers, target.mass, variables)));
  return withReward(
    {
      name: "dags",
      parameters: { ...kept, score },
      title,
      shader: source,
      constants: { VARIABLES: variables, DAGS: numbers.length },
      stateWords,
      actionSpace: "discrete",
      actions: variables ** 2 + 1,
      stop: variables ** 2,
      horizon: (variables * (variables - 1)) / 2 + 1,
      features: variables ** 2,
      featureOrder: "adjacency matrix: feature i·variables + j is 1 where there is an edge i → j",
      // The numbers of the graphs are below 2^20, so float32 represents them exactly.
      data: joined(table, numbers),
      enumeration: enumerable ? available(2 * numbers.length) : unavailable(reason),
      exactLogZ: provided(target?.logZ),
      exactSampling: provided(target && ((count: number, seed: number) => sampleDags(count, seed, numbers, target.mass, variables))),
      ...(target === undefined ? {} : { modeThreshold: target.highest - Math.LN2 }),
      edgeMarginals,
      emptyGraphScore: scores.emptyGraph,
      logRewardOffset: best,
      variableNames: names,
      decode: (state) => ({
        edges: names.flatMap((_, i) => names.flatMap((_, j) => ((((state[i] as number) >>> j) & 1) === 1 ? [[i, j]] : []))) as [
          number,
          number,
        ][],
      }),
      encode: (object) => encodeGraph(object, names),
      objects: graphDisplay(names, edgeMarginals),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `dags`. */
export const dagsDeclaration: EnvironmentDeclaration = {
  name: "dags",
  make: dags,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Causal graphs",
    summary: "Directed acyclic graphs, edge by edge, by their fit to data.",
    parameters: { variables: 3, samples: 30, dataSeed: 0 },
    fields: [
      { name: "variables", label: "Variables", least: 2, most: 4 },
      { name: "samples", label: "Samples", least: 10, most: 500 },
      { name: "dataSeed", label: "Seed of the target", least: 0, most: 999 },
    ],
  },
};

/** Simulates or reads the samples. `kept` are the parameters that reproduce the samples. */
function dataset(parameters: DagsParameters): NumericTable & { origin: string; kept: Record<string, number | DataFile> } {
  const { data } = parameters;
  if (data !== undefined) {
    for (const name of ["variables", "samples", "dataSeed"] as const) {
      if (parameters[name] !== undefined) throw argumentError(`dags takes either data or ${name}: a data file has its own samples`);
    }
    const table = parseNumericCsv(data);
    checkUsable(data.name, table);
    return { ...table, origin: ` from ${data.name}`, kept: { data: { name: data.name, text: data.text } } };
  }
  const { variables = PARAMETERS.variables.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const samples = wholeNumber("dags' samples", parameters.samples ?? PARAMETERS.samples.value, variables + 2, MOST_SAMPLES);
  const names = Array.from({ length: variables }, (_, i) => `x${i}`);
  return { names, rows: simulateLinearGaussian(variables, samples, dataSeed), origin: "", kept: { variables, samples, dataSeed } };
}

/** @throws WebgfnError `file` for samples that do not determine the regression of each variable on the others. */
function checkUsable(file: string, { names, rows }: NumericTable): void {
  const fail = (message: string): never => {
    throw new WebgfnError("file", `${file}: ${message}`);
  };
  const variables = names.length;
  if (variables < 2 || variables > MOST_VARIABLES) fail(`expected 2 to ${MOST_VARIABLES} columns (variables), found ${variables}`);
  if (rows.length < variables + 2) {
    fail(`expected at least ${variables + 2} samples, two more than its ${variables} variables, found ${rows.length}`);
  }
  const column = (j: number): string => `column ${j + 1} (${quoted(names[j] as string).slice(1, -1)})`;
  for (let j = 0; j < variables; j++) {
    if (rows.every((row) => row[j] === rows[0]?.[j]))
      fail(`expected values that differ in ${column(j)}, found ${rows[0]?.[j]} in every sample`);
  }
  const { matrix } = scatter(rows);
  matrix.forEach((row, j) => {
    const sumOfSquares = row[j] as number;
    if (!(sumOfSquares > 1e-280 && sumOfSquares < 1e280)) fail(`expected values of ordinary size in ${column(j)}; rescale it`);
  });
  const logDeterminant = logDeterminants(correlation(matrix));
  for (let j = 1; j < variables; j++) {
    const unexplained = (logDeterminant[2 ** (j + 1) - 1] as number) - (logDeterminant[2 ** j - 1] as number);
    if (!(unexplained > Math.log(LEAST_UNEXPLAINED))) {
      fail(`expected linearly independent columns, but ${column(j)} is a linear combination of the columns before it; remove it`);
    }
  }
}

/** The exact target over all graphs. */
interface Target {
  logZ: number;
  /** The largest log R. */
  highest: number;
  /** R/Z of each graph, in the order of the enumeration. */
  mass: Float64Array;
}

function targetOf(numbers: Uint32Array, table: Float32Array, variables: number): Target {
  const logRewards = new Float64Array(numbers.length);
  numbers.forEach((number, n) => {
    const parents = new Array<number>(variables).fill(0);
    childrenOf(number, variables).forEach((bits, node) => {
      for (let child = 0; child < variables; child++) parents[child] = (parents[child] as number) | (((bits >>> child) & 1) << node);
    });
    logRewards[n] = parents.reduce((sum, bits, child) => sum + (table[child * 2 ** variables + bits] as number), 0);
  });
  const highest = largestOf(logRewards);
  const mass = logRewards.map((value) => Math.exp(value - highest));
  const total = mass.reduce((sum, m) => sum + m, 0);
  return { logZ: highest + Math.log(total), highest, mass: mass.map((m) => m / total) };
}

function sampleDags(count: number, seed: number, numbers: Uint32Array, mass: Float64Array, variables: number): Uint32Array {
  const random = new RandomStream(seed, 0x64616773);
  const cumulative = new Float64Array(mass.length);
  mass.reduce((sum, m, n) => {
    cumulative[n] = sum + m;
    return sum + m;
  }, 0);
  const states = new Uint32Array(count * (variables + 1));
  for (let k = 0; k < count; k++) {
    const n = chosenOfMany(cumulative, random.uniform() * (cumulative.at(-1) as number));
    states.set(stateOfGraph(childrenOf(numbers[n] as number, variables)), k * (variables + 1));
  }
  return states;
}

function marginals(numbers: Uint32Array, mass: Float64Array, variables: number): number[][] {
  const sums = Array.from({ length: variables }, () => new Array<number>(variables).fill(0));
  numbers.forEach((number, n) => {
    childrenOf(number, variables).forEach((bits, i) => {
      const row = sums[i] as number[];
      for (let j = 0; j < variables; j++) if (((bits >>> j) & 1) === 1) row[j] = (row[j] as number) + (mass[n] as number);
    });
  });
  return sums;
}
