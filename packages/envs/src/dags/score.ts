import { WebgfnError } from "@webgfn/tensor";
import { argumentError, counted } from "@webgfn/tensor/internal";
import { type DataFile, quoted } from "../data-file.js";
import type { ParameterValue } from "../environment.js";
import { wholeNumber } from "../parameters.js";
import { bdeScore } from "./bde.js";
import { bgeScore } from "./bge.js";
import { readSamples } from "./csv.js";
import { correlation, PrincipalFactor, scatter } from "./gaussian.js";
import { linearGaussianScore, marginalLinearGaussianScore } from "./linear-gaussian.js";
import type { LocalScore, Samples } from "./local-score.js";
import { parseLocalScores } from "./local-score-file.js";
import { type DagsParameters, type DagsValues, MOST_SAMPLES, MOST_VARIABLES, type ScoreName } from "./parameters.js";
import { ParentSets } from "./parent-sets.js";
import { MOST_EXACT_VARIABLES } from "./posterior.js";
import { type ScoreTable, scoreTable } from "./score-table.js";
import { type Simulation, simulateDiscrete, simulateLinearGaussian } from "./simulation.js";
import { STRUCTURE_PRIORS, type StructurePrior } from "./structure-prior.js";

/** Default for the most parents of a variable, if there are too many variables to allow all. */
const FEW_PARENTS = 3;
/** Most local scores: float32 counts up to 2^24, and 64 MiB hold them. */
const MOST_SCORES = 2 ** 24;
/** Smallest share of a column's variance that the columns before it may leave unexplained. Below this share, rounding errors dominate. */
const LEAST_UNEXPLAINED = 1e-10;

/** A score of graphs: whether its data are numbers or levels, and how it is computed. */
interface ScoreKind {
  values: "numbers" | "levels";
  /** Whether a variable's score can leave out the samples with an intervention on it. */
  interventions: boolean;
  score(samples: Samples, values: { ess: number }): LocalScore;
}

const KINDS: Readonly<Record<ScoreName, ScoreKind>> = {
  "linear-gaussian": { values: "numbers", interventions: false, score: linearGaussianScore },
  "marginal-linear-gaussian": { values: "numbers", interventions: true, score: marginalLinearGaussianScore },
  bge: { values: "numbers", interventions: true, score: bgeScore },
  bde: {
    values: "levels",
    interventions: true,
    score: (samples, { ess }) => bdeScore(samples as Samples & Required<Pick<Samples, "levels">>, ess),
  },
};

/** The score of an environment of graphs. */
export interface GraphScore {
  names: readonly string[];
  table: ScoreTable;
  title: string;
  /** The parameters that reproduce it. */
  kept: Readonly<Record<string, ParameterValue>>;
  simulatedGraph?: readonly (readonly [from: number, to: number])[];
}

const OF_SIMULATION = ["variables", "samples", "dataSeed", "graph", "graphEdges", "levels"] as const;
const OF_DATA = ["interventions", "missing"] as const;
const OF_SCORE = ["score", "ess"] as const;

/**
 * Reads or simulates the samples, and tabulates their local scores.
 *
 * @throws WebgfnError `argument` for parameters that exclude each other, `file` for unusable data.
 */
export function scoreOf(given: DagsParameters, values: DagsValues): GraphScore {
  return values.localScores === undefined ? scoreOfSamples(given, values) : givenScore(given, values, values.localScores);
}

function scoreOfSamples(given: DagsParameters, values: DagsValues): GraphScore {
  const { data, score, ess } = values;
  const kind = KINDS[score as ScoreName];
  if (given.ess !== undefined && score !== "bde") throw argumentError(`dags' ess belongs to the score bde, not to ${score}`);
  const { samples, origin, kept, edges } = data === undefined ? simulated(given, values, kind) : fromFile(given, values, kind, data);
  const variables = samples.names.length;
  const most = mostParents(values, variables);
  if (data !== undefined) checkUsable(data.name, samples, kind, most);
  return {
    names: samples.names,
    table: scoreTable(kind.score(samples, { ess }), variables, most, priorOf(values, variables)),
    title: `DAGs on ${variables} variables, ${score} score of ${samples.rows.length} samples${origin}${restrictions(given)}`,
    kept: { ...kept, score, ...keptOf(given, ["ess", "prior", "priorEdges", "maxParents"]) },
    ...(edges && { simulatedGraph: edges }),
  };
}

function givenScore(given: DagsParameters, values: DagsValues, file: DataFile): GraphScore {
  exclude(given, "localScores", ["data", ...OF_SIMULATION, ...OF_DATA, ...OF_SCORE], "scores of one's own need no data");
  const { names, mostParents: known, score } = parseLocalScores(file, MOST_VARIABLES);
  const most = values.maxParents ?? known;
  if (most > known) throw argumentError(`maxParents is ${most}, but ${file.name} has scores of at most ${known} parents`);
  return {
    names,
    table: scoreTable(score, names.length, most, priorOf(values, names.length)),
    title: `DAGs on ${names.length} variables, local scores from ${file.name}${restrictions(given)}`,
    kept: { localScores: { name: file.name, text: file.text }, ...keptOf(given, ["prior", "priorEdges", "maxParents"]) },
  };
}

interface Read {
  samples: Samples;
  /** Text after the number of samples in a title. */
  origin: string;
  kept: Record<string, ParameterValue>;
  edges?: readonly (readonly [from: number, to: number])[];
}

function simulated(given: DagsParameters, values: DagsValues, { values: cells }: ScoreKind): Read {
  exclude(given, "simulated samples", OF_DATA, "they belong to data");
  const { variables, dataSeed: seed, graph, graphEdges, levels } = values;
  if (cells === "numbers" && given.levels !== undefined)
    throw argumentError(`dags' levels belong to the score bde, not to ${values.score}`);
  const count = wholeNumber("dags' samples", values.samples, variables + 2, MOST_SAMPLES);
  const simulation: Simulation = { variables, samples: count, seed, graph, edges: graphEdges };
  const { edges, ...samples } = cells === "levels" ? simulateDiscrete(simulation, levels) : simulateLinearGaussian(simulation);
  const kept = { variables, samples: count, dataSeed: seed, ...keptOf(given, ["graph", "graphEdges", "levels"]) };
  return { samples, origin: "", kept, edges };
}

function fromFile(given: DagsParameters, values: DagsValues, kind: ScoreKind, data: DataFile): Read {
  exclude(given, "data", OF_SIMULATION, "a data file has its own samples");
  const { interventions, missing, score } = values;
  if (interventions !== undefined && !kind.interventions) {
    throw argumentError(`the score ${score} takes no interventions`, "choose bge, marginal-linear-gaussian or bde");
  }
  const table = readSamples(data, { values: kind.values, interventions, missing });
  const dropped = table.dropped === 0 ? "" : `, ${counted(table.dropped, "sample")} with missing values left out`;
  const kept = { data: { name: data.name, text: data.text }, ...keptOf(given, OF_DATA) };
  return { samples: table, origin: ` from ${data.name}${dropped}`, kept };
}

/** @throws WebgfnError `argument` for the first parameter that was given together with one that excludes it. */
function exclude(given: DagsParameters, taken: string, others: readonly (keyof DagsParameters)[], why: string): void {
  for (const name of others) if (given[name] !== undefined) throw argumentError(`dags takes either ${taken} or ${name}: ${why}`);
}

function keptOf(given: DagsParameters, names: readonly (keyof DagsParameters)[]): Record<string, ParameterValue> {
  return Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name] as ParameterValue]])));
}

function restrictions({ prior, maxParents }: DagsParameters): string {
  const parts = [...(prior === undefined || prior === "uniform" ? [] : [`${prior} prior`])];
  if (maxParents !== undefined) parts.push(`at most ${counted(maxParents, "parent")}`);
  return parts.map((part) => `, ${part}`).join("");
}

function priorOf({ prior, priorEdges }: DagsValues, variables: number): StructurePrior {
  return (STRUCTURE_PRIORS[prior] as (typeof STRUCTURE_PRIORS)[string])(variables, priorEdges);
}

/** @throws WebgfnError `argument` for more parents than there are variables, or more scores than a table holds. */
function mostParents({ maxParents }: DagsValues, variables: number): number {
  const all = variables - 1;
  const most = maxParents ?? (variables <= MOST_EXACT_VARIABLES ? all : Math.min(FEW_PARENTS, all));
  if (most > all) throw argumentError(`maxParents must be at most ${all} of ${variables} variables, not ${most}`);
  if (variables * new ParentSets(variables, most).count <= MOST_SCORES) return most;
  let fits = most - 1;
  while (variables * new ParentSets(variables, fits).count > MOST_SCORES) fits--;
  const scores = variables * new ParentSets(variables, most).count;
  throw argumentError(
    `${variables} variables with at most ${most} parents have ${scores} local scores, more than the ${MOST_SCORES} of a table`,
    `take maxParents of at most ${fits}`,
  );
}

/** @throws WebgfnError `file` for samples that cannot have a score, with the column. */
function checkUsable(file: string, { names, rows, levels }: Samples, { values }: ScoreKind, most: number): void {
  const fail = (message: string): never => {
    throw new WebgfnError("file", `${file}: ${message}`);
  };
  const variables = names.length;
  if (variables < 2 || variables > MOST_VARIABLES) fail(`expected 2 to ${MOST_VARIABLES} columns (variables), found ${variables}`);
  const least = values === "levels" ? 2 : most + 3;
  if (rows.length < least) {
    const why =
      most === variables - 1 ? `two more than its ${variables} variables` : `three more than the ${counted(most, "parent")} of a variable`;
    fail(`expected at least ${least} samples${values === "levels" ? "" : `, ${why}`}, found ${rows.length}`);
  }
  const column = (j: number): string => `column ${j + 1} (${quoted(names[j] as string).slice(1, -1)})`;
  for (let j = 0; j < variables; j++) {
    if (!rows.every((row) => row[j] === rows[0]?.[j])) continue;
    const value = levels === undefined ? rows[0]?.[j] : quoted(levels[j]?.[0] ?? "");
    fail(`expected values that differ in ${column(j)}, found ${value} in every sample`);
  }
  if (values === "levels") checkLevels(rows, levels as readonly (readonly string[])[], column, fail);
  else checkNumbers(rows, column, fail);
}

/** Refuses a column that is another column with renamed levels. */
function checkLevels(
  rows: readonly Float64Array[],
  levels: readonly (readonly string[])[],
  column: (j: number) => string,
  fail: (message: string) => never,
): void {
  for (let j = 1; j < levels.length; j++) {
    for (let i = 0; i < j; i++) {
      if (levels[i]?.length !== levels[j]?.length) continue;
      const partner = new Map<number, number>();
      const isCopy = rows.every((row) => {
        const known = partner.get(row[i] as number);
        if (known === undefined) partner.set(row[i] as number, row[j] as number);
        return known === undefined || known === row[j];
      });
      if (isCopy && new Set(partner.values()).size === partner.size) {
        fail(`expected columns that differ, but ${column(j)} has the same classes of samples as ${column(i)}; remove it`);
      }
    }
  }
}

function checkNumbers(rows: readonly Float64Array[], column: (j: number) => string, fail: (message: string) => never): void {
  const { matrix } = scatter(rows);
  matrix.forEach((row, j) => {
    const sumOfSquares = row[j] as number;
    if (!(sumOfSquares > 1e-280 && sumOfSquares < 1e280)) fail(`expected values of ordinary size in ${column(j)}; rescale it`);
  });
  const scaled = correlation(matrix);
  for (let j = 1; j < scaled.length; j++) {
    for (let i = 0; i < j; i++) {
      if (1 - (scaled[j]?.[i] as number) ** 2 > LEAST_UNEXPLAINED) continue;
      fail(`expected linearly independent columns, but ${column(j)} is a multiple of ${column(i)}; remove it`);
    }
  }
  // With fewer samples than columns some columns always depend on the others.
  if (rows.length < scaled.length + 2) return;
  for (let j = 1; j < scaled.length; j++) {
    const before = Array.from({ length: j }, (_, i) => i);
    if (new PrincipalFactor(scaled, before).pivot(j) > LEAST_UNEXPLAINED) continue;
    fail(`expected linearly independent columns, but ${column(j)} is a linear combination of the columns before it; remove it`);
  }
}
