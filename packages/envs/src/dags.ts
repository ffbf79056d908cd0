import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import source from "@webgfn/shaders/envs/dags.wgsl";
import { available, type Capability, unavailable } from "./capability.js";
import { dagNumbers, MOST_ENUMERATED_VARIABLES } from "./dags/enumeration.js";
import { type GraphObject, graphDisplay } from "./dags/graph-display.js";
import { GraphLayout } from "./dags/graph-state.js";
import { DAGS_PARAMETERS, type DagsParameters, withDefaults } from "./dags/parameters.js";
import { type DagPosterior, dagPosterior, MOST_EXACT_VARIABLES } from "./dags/posterior.js";
import { scoreOf } from "./dags/score.js";
import { scoresByBits } from "./dags/score-table.js";
import { checkParameters, type EnvironmentDeclaration } from "./declaration.js";
import type { Environment } from "./environment.js";
import { joined } from "./joined.js";
import { withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

export type { DagsParameters } from "./dags/parameters.js";

/** Forward KL finds the posterior of 5 variables four times as closely as Rényi ½ does: L1 .05 and .18 (docs/choosing-an-objective.md). */
const DEFAULTS: TrainingDefaults = {
  batchSize: 128,
  steps: 3200,
  hidden: [128, 128],
  objective: "forward-kl",
  learningRate: 3e-3,
  // Without annealing, a few trajectories carry all the weight at first, and graphs that the policy loses then do not come back.
  anneal: 0.05,
};

/** The environment `dags`, with facts about its target. */
export interface Dags extends Environment<GraphObject> {
  /** The score of the graph without edges. */
  readonly emptyGraphScore: number;
  /**
   * log R(G) = score(G) − this, so that log R is at most 0. It is the score of the best graph; with more than 12 variables, the sum of the
   * best local scores.
   */
  readonly logRewardOffset: number;
  /** Names of the variables, in the order of their numbers. */
  readonly variableNames: readonly string[];
  /** The edges of the graph that the samples were simulated from; absent if they were not simulated. */
  readonly simulatedGraph?: readonly (readonly [from: number, to: number])[];
  /** The exact posterior R/Z over all graphs. */
  readonly posterior: Capability<() => DagPosterior>;
  /** P(i → j) under R/Z, as [i][j]. */
  readonly edgeMarginals: Capability<() => number[][]>;
}

/**
 * Makes the environment of directed acyclic graphs (method §4). A trajectory starts at the empty graph, adds edges that close no cycle, and
 * stops; a backward action removes any edge. log R(G) = score(G) up to a constant. The score is a sum of local scores, one for each variable
 * and its parents; by default it is the maximum log-likelihood of a linear-Gaussian structural equation model with the edges of G.
 *
 * The likelihood is that of all samples, neither averaged nor tempered. The target is less peaked than one may expect: a superfluous edge
 * gains only χ²/2, about ½. So the target spreads over the hundreds of graphs that contain the true dependences. The initial L1 is 1.67 for
 * an untrained MLP of 2 × 128 at data seed 0, and 1.47 to 1.66 for a uniform policy at data seeds 0 to 11 (the paper: 1.63). Averaging over
 * the samples would give .9, known noise variances 1.76 to 1.99.
 *
 * With up to 12 variables, log Z, edge and path probabilities and samples of the target are exact (method §6), and the modes are the graphs
 * with at least half the highest reward.
 *
 * @throws WebgfnError `argument` for parameters that are out of range or exclude each other, `file` for unusable data.
 *
 * @example
 * ```ts
 * import { dags } from "@webgfn/envs";
 * const text = "rain,wet\n1.2,2.1\n0.3,0.9\n2.2,3.8\n0.8,1.5\n";
 * const environment = dags({ data: { name: "garden.csv", text }, score: "bge" });
 * console.log(environment.variableNames, environment.exactLogZ.value?.toFixed(3)); // [ 'rain', 'wet' ] 0.699
 * console.log(environment.posterior.value?.().edges()[0]?.[1]?.toFixed(3)); // 0.497
 * ```
 */
export function dags(parameters: DagsParameters = {}): Dags {
  checkParameters("dags", parameters, DAGS_PARAMETERS);
  const { names, table, title, kept, simulatedGraph } = scoreOf(parameters, withDefaults(parameters));
  const variables = names.length;
  const { sets } = table;
  const layout = new GraphLayout(names, sets.most);

  const enumerable = variables <= MOST_ENUMERATED_VARIABLES;
  const numbers = enumerable ? dagNumbers(variables, sets.most) : new Uint32Array(0);
  const isExact = variables <= MOST_EXACT_VARIABLES;
  const reason = `exact sums over the DAGs on ${variables} variables are beyond the ${MOST_EXACT_VARIABLES} for which they are made`;
  const ifExact = <T>(value: () => T): Capability<T> => (isExact ? available(value()) : unavailable(reason));
  let known: DagPosterior | undefined;
  // The sums take a second at 12 variables, and sampling from a checkpoint does not need them.
  const posterior = (): DagPosterior => {
    known ??= dagPosterior(scoresByBits(sets, table.relative));
    return known;
  };
  const edgeMarginals = ifExact(() => () => posterior().edges());
  return withReward(
    {
      name: "dags",
      parameters: kept,
      title,
      shader: source,
      modules: { bit_set: bitSet },
      constants: { VARIABLES: variables, MOST_PARENTS: sets.most, PARENT_SETS: sets.count, DAGS: numbers.length },
      stateWords: layout.stateWords,
      actionSpace: "discrete",
      actions: variables ** 2 + 1,
      stop: variables ** 2,
      horizon: mostEdges(variables, sets.most) + 1,
      features: variables ** 2,
      featureOrder: "adjacency matrix: feature i·variables + j is 1 where there is an edge i → j",
      data: joined(...sets.binomials, sets.starts, ...table.relative, numbers),
      enumeration: enumerable
        ? available(2 * numbers.length)
        : unavailable(`the DAGs on ${variables} variables are more than the 29281 on ${MOST_ENUMERATED_VARIABLES} that are enumerated`),
      get exactLogZ() {
        return ifExact(() => posterior().logZ);
      },
      exactSampling: ifExact(() => (count: number, seed: number) => {
        const states = new Uint32Array(count * layout.stateWords);
        posterior()
          .sample(count, seed)
          .forEach((parents, n) => {
            const edges = parents.flatMap((bits, to) =>
              names.flatMap((_, from): [number, number][] => ((bits >>> from) & 1 ? [[from, to]] : [])),
            );
            states.set(layout.terminal(edges), n * layout.stateWords);
          });
        return states;
      }),
      ...(isExact && { modeThreshold: -Math.LN2 }),
      posterior: ifExact(() => posterior),
      edgeMarginals,
      emptyGraphScore: table.emptyGraph,
      logRewardOffset: table.offset,
      variableNames: names,
      ...(simulatedGraph && { simulatedGraph }),
      decode: (state) => ({ edges: layout.decode(state) }),
      encode: (object) => layout.encode(object),
      objects: graphDisplay(names, {
        exactMarginals: edgeMarginals,
        exactPaths: ifExact(() => () => posterior().paths()),
        ...(simulatedGraph && { reference: simulatedGraph }),
      }),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Most edges of a DAG in which no node has more than `mostParents` parents. In topological order, the parents of a node come before it. */
function mostEdges(variables: number, mostParents: number): number {
  return Array.from({ length: variables }, (_, before) => Math.min(before, mostParents)).reduce((sum, edges) => sum + edges, 0);
}

/** Most variables on a page: a table of their edges stays readable. */
const MOST_ON_A_PAGE = 8;

/** Name, parameters, training defaults and form of the environment `dags`. */
export const dagsDeclaration: EnvironmentDeclaration = {
  name: "dags",
  make: dags,
  parameters: DAGS_PARAMETERS,
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
    file: {
      name: "data",
      label: "Your own data",
      help: "A table with one sample a line and 2 to 8 variables: numbers with BGe, words or numbers as levels with BDe.",
      accept: ".csv,.tsv,.txt",
      choice: { name: "score", label: "Score", values: ["bge", "bde", "marginal-linear-gaussian", "linear-gaussian"] },
      fits: ({ features }) =>
        features <= MOST_ON_A_PAGE ** 2
          ? available(true)
          : unavailable(`${Math.sqrt(features)} variables are more than the ${MOST_ON_A_PAGE} that a page shows; leave some out`),
    },
  },
};
