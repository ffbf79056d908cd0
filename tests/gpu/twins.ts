/** What the oracle makes of an environment, from its parameters and data alone: one entry for every environment. */
import type { DataFile, Environment, IndependentSet, Knapsack, MaxCut, Phylogenetics, SampledObject } from "@webgfn/envs";
import {
  type BitSequenceState,
  type BranchedForest,
  bananaLogDensity,
  bgeScore,
  bitSequences,
  bitwiseXorReward,
  branchedPhylogenetics,
  cosineReward,
  type DagState,
  dags,
  deceptiveReward,
  edgesOf,
  type Forest,
  type FunnelOptions,
  funnelFeatureScales,
  funnelLogDensity,
  type GaussianMixtureOptions,
  type GridReward,
  gaussianMixtureLogDensity,
  type HypergridState,
  hypergrid,
  independentSet,
  ising,
  knapsack,
  type LocalScore,
  latticePairs,
  manyWellLogReward,
  manyWellLogZ,
  maxCut,
  multiplicativeReward,
  type NodeState,
  originalReward,
  type Point,
  perfectBinaryTree,
  phylogenetics,
  prependAppend,
  type ReferenceEnvironment,
  regressionScore,
  type SequenceState,
  type SetState,
  type SpinState,
  sequences,
  sets,
  sparseReward,
  sum,
  type VertexSetState,
  written,
  writtenWithLengths,
} from "@webgfn/reference";
import { tabulatedScore } from "./graph-samples.js";

// biome-ignore lint/suspicious/noExplicitAny: each environment has a state type of its own, which no test looks into.
interface Oracle<S = any> {
  reference: ReferenceEnvironment<S>;
  /** What `decode` must give for a state. */
  object(state: S): SampledObject;
  /**
   * How far the environment's log R may be off before any kernel runs, relative to 1 + |log R|: its data are float32. 0
   * where the oracle reads the same data.
   */
  rounding: number;
}

/** An environment beside its oracle. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export interface Twin<S = any> extends Oracle<S> {
  environment: Environment;
}

interface GridParameters {
  side: number;
  r0: number;
  r1: number;
  r2: number;
  constrainedDimensions: number;
  tierWeights: number[];
  tierBits: number[];
  primes: number[];
  exponentCaps: number[];
  tierLcms: number[];
  neighbours: string;
}

/** The reward families of the hypergrid. */
const GRID_REWARDS: Record<string, (parameters: GridParameters) => GridReward> = {
  original: ({ side, r0, r1, r2 }) => originalReward(side, r0, r1, r2),
  cosine: ({ side, r0, r1 }) => cosineReward(side, r0, r1),
  sparse: ({ side, r0, r1 }) => sparseReward(side, r0, r1),
  deceptive: ({ side, r0, r1, r2 }) => deceptiveReward(side, r0, r1, r2),
  "bitwise-xor": ({ r0, tierWeights: weights, tierBits: bits, constrainedDimensions: constrained }) =>
    bitwiseXorReward({ r0, weights, bits, constrained }),
  multiplicative: ({
    r0,
    tierWeights: weights,
    primes,
    exponentCaps: caps,
    tierLcms: lcms,
    neighbours,
    constrainedDimensions: constrained,
  }) => multiplicativeReward({ r0, weights, primes, caps, lcms, coprime: neighbours === "coprime", constrained }),
};

const numbersWhere = (members: readonly boolean[]) => members.flatMap((member, number) => (member ? [number] : []));

/** Another environment adds one entry here, and its instances to `environments.test.ts`. */
const ORACLES: Record<string, (environment: Environment) => Oracle> = {
  hypergrid: ({ parameters }): Oracle<HypergridState> => {
    const { dimensions, side, rewardFamily } = parameters as { rewardFamily: string } & Record<string, number>;
    const reference = hypergrid({ dimensions: dimensions!, side: side!, reward: GRID_REWARDS[rewardFamily]!(parameters as never) });
    // A product of float32 factors, and its logarithm by the adapter.
    return { reference, object: ({ coordinates }) => ({ coordinates }), rounding: rewardFamily === "cosine" ? 1e-6 : 0 };
  },
  "independent-set": (environment): Oracle<VertexSetState> => {
    const { graph, parameters, horizon } = environment as IndependentSet;
    const { sets: which, temperature } = parameters as { sets: string; temperature: number };
    const maximal = which === "maximal";
    const edges = graph.edges.map(({ a, b }) => [a, b] as const);
    const reference = independentSet({
      vertices: graph.names.length,
      edges,
      maximal,
      largest: maximal ? horizon : horizon - 1,
      temperature,
    });
    return { reference, object: ({ members }) => ({ vertices: numbersWhere(members) }), rounding: 1e-7 };
  },
  knapsack: (environment): Oracle<VertexSetState> => {
    const { items, capacity, parameters } = environment as Knapsack;
    const { maxItems = items.names.length, temperature } = parameters as { maxItems?: number; temperature: number };
    const { weights, values } = items;
    const reference = knapsack({ weights: [...weights], values: [...values], capacity, most: maxItems, temperature });
    return { reference, object: ({ members }) => ({ items: numbersWhere(members) }), rounding: 1e-7 };
  },
  "max-cut": (environment): Oracle<VertexSetState> => {
    const { graph, parameters } = environment as MaxCut;
    const { temperature } = parameters as { temperature: number };
    const reference = maxCut({ vertices: graph.names.length, edges: [...graph.edges], temperature });
    return { reference, object: ({ members }) => ({ vertices: numbersWhere(members) }), rounding: 2e-7 };
  },
  "perfect-binary-tree": ({ parameters, data }): Oracle<NodeState> => {
    const { depth } = parameters as { depth: number };
    return { reference: perfectBinaryTree(depth, [...data]), object: (path) => ({ path }), rounding: 0 };
  },
  ising: ({ parameters, data }): Oracle<SpinState> => {
    const { rows, columns, boundary } = parameters as { boundary: string } & Record<string, number>;
    const coupling = ([i, j]: [number, number]): number => {
      // The bond to the right is written before the one below. A bond around the edge stands at the last site.
      const isOf = (from: number, to: number, slot: number) => {
        const [row, column] = [Math.floor(from / columns!), from % columns!];
        const next = slot === 1 ? row * columns! + ((column + 1) % columns!) : ((row + 1) % rows!) * columns! + column;
        return next === to ? data[2 * from + slot]! : 0;
      };
      return isOf(i, j, 1) || isOf(i, j, 2) || isOf(j, i, 1) || isOf(j, i, 2);
    };
    const pairs = latticePairs(rows!, columns!, boundary === "periodic");
    const bonds = pairs.map((sites) => ({ sites, coupling: coupling(sites) }));
    return { reference: ising({ sites: rows! * columns!, bonds, field: data[0]! }), object: (spins) => ({ spins }), rounding: 2e-7 };
  },
  sets: ({ parameters, data }): Oracle<SetState> => {
    const { items, size } = parameters as Record<string, number>;
    const reference = sets({ items: items!, size: size!, logScores: [...data] });
    return { reference, object: (state) => ({ items: state.flatMap((member, item) => (member ? [item] : [])) }), rounding: 0 };
  },
  sequences: ({ parameters, data }): Oracle<SequenceState> => {
    const { length, minLength } = parameters as Record<string, number>;
    return ofSequences(length!, minLength!, data);
  },
  tfbind8: ({ data }) => ofSequences(8, 8, data),
  "prepend-append": ({ parameters, data }): Oracle<number[]> => {
    const { length } = parameters as Record<string, number>;
    return { reference: prependAppend({ length: length!, values: [...data] }), object: (symbols) => ({ symbols }), rounding: 0 };
  },
  "qm9-small": ({ data }): Oracle<number[]> => {
    return { reference: prependAppend({ length: 5, values: [...data] }), object: (symbols) => ({ symbols }), rounding: 0 };
  },
  "bit-sequences": (environment): Oracle<BitSequenceState> => {
    const { bits, wordBits, order, exponent } = environment.parameters as { order: string } & Record<string, number>;
    // The first object of the test set that comes from each mode is the mode itself.
    const { stateWords } = environment;
    const tested = environment.testSet!();
    const all = Array.from({ length: tested.length / stateWords / bits! }, (_, mode) => {
      const state = tested.subarray(mode * bits! * stateWords, (mode * bits! + 1) * stateWords);
      return (environment.decode(state) as { bits: number[] }).bits;
    });
    const reference = bitSequences({
      positions: bits! / wordBits!,
      wordBits: wordBits!,
      anyOrder: order === "any",
      exponent: exponent!,
      modes: all,
    });
    // Free positions hold the word 0.
    const written = (word: number) => [...Math.max(word, 0).toString(2).padStart(wordBits!, "0")].map(Number);
    return { reference, object: (state) => ({ bits: state.flatMap(written) }), rounding: 1e-7 };
  },
  dags: (environment): Oracle<DagState> => {
    const { parameters } = environment;
    const { data: file, score, variables } = parameters as { data?: DataFile; score: string; variables?: number };
    const object: Oracle<DagState>["object"] = ({ adjacency }) => ({ edges: edgesOf(adjacency) });
    if (file === undefined)
      return {
        reference: dags({ nodes: variables!, mostParents: environment.constants["MOST_PARENTS"]!, score: tabulatedScore(environment) }),
        object,
        rounding: 2e-7,
      };
    const rows = rowsOf(file);
    const { score: local, excess } = relative(GRAPH_SCORES[score]!(rows), rows[0]!.length);
    // Terms above 0 and below cancel: each is rounded, and so is their sum.
    return {
      reference: dags({ nodes: rows[0]!.length, mostParents: rows[0]!.length - 1, score: local }),
      object,
      rounding: 2e-7 + 2 ** -23 * excess,
    };
  },
  phylogenetics: (environment): Oracle => {
    if (environment.constants["BINS"]! > 0) return withBranchLengths(environment);
    const { alignment, logRewardOffset, parameters } = environment as Phylogenetics;
    const { rate, temperature } = parameters as { rate: number; temperature?: number };
    const reference = phylogenetics({
      sequences: lettersOf(environment),
      rate,
      ...(temperature !== undefined && { parsimony: { constant: -logRewardOffset * temperature, temperature } }),
    });
    // A forest is decoded as the tree that holds leaf 0.
    return { reference, object: ([first]: Forest) => ({ newick: `${written(first!, alignment.names)};` }), rounding: 0 };
  },
};

function ofSequences(length: number, least: number, data: Float32Array): Oracle<SequenceState> {
  return { reference: sequences({ length, least, values: [...data] }), object: ({ symbols }) => ({ symbols }), rounding: 0 };
}

function withBranchLengths(environment: Environment): Oracle<BranchedForest> {
  const { alignment, logRewardOffset, parameters } = environment as Phylogenetics;
  const { branchBins, binWidth, branchPrior } = parameters as Record<string, number>;
  const reference = branchedPhylogenetics({
    sequences: lettersOf(environment),
    bins: branchBins!,
    width: binWidth!,
    priorRate: branchPrior!,
  });
  const shown = (bin: number | undefined) => String(bin === undefined ? 0 : Number(((bin + 0.5) * binWidth!).toPrecision(12)));
  return {
    reference: { ...reference, logReward: (state) => reference.logReward(state) - logRewardOffset },
    object: ({ trees }) => ({ newick: `${writtenWithLengths(trees[0]!, alignment.names, shown)};` }),
    rounding: 2e-7,
  };
}

export function twin(environment: Environment): Twin {
  const oracle = ORACLES[environment.name];
  if (oracle === undefined) throw new Error(`${environment.name} has no oracle yet.`);
  return { environment, ...oracle(environment) };
}

interface PointOracle {
  /** log R. */
  logDensity(point: readonly number[]): number;
  /** The factor of each coordinate as a feature. */
  scales: readonly number[];
  logZ: number;
}

const DENSITIES: Record<string, (environment: Environment) => PointOracle> = {
  banana: () => ({ logDensity: (point) => bananaLogDensity(point as Point), scales: [1, 1], logZ: 0 }),
  funnel({ parameters, horizon }) {
    const options = parameters as unknown as FunnelOptions;
    return { logDensity: (point) => funnelLogDensity(options, point), scales: funnelFeatureScales(options, horizon), logZ: 0 };
  },
  "gaussian-mixture"({ parameters }) {
    const options = parameters as unknown as GaussianMixtureOptions;
    return { logDensity: (point) => gaussianMixtureLogDensity(options, point as Point), scales: [1, 1], logZ: 0 };
  },
  "many-well": ({ horizon }) => ({ logDensity: manyWellLogReward, scales: new Array(horizon).fill(1), logZ: manyWellLogZ(horizon) }),
};

/** The oracle of an environment whose objects are points: it has a density, and no states to enumerate. */
export interface PointTwin extends PointOracle {
  environment: Environment;
}

export function pointTwin(environment: Environment): PointTwin {
  const oracle = DENSITIES[environment.name];
  if (oracle === undefined) throw new Error(`${environment.name} has no density.`);
  return { environment, ...oracle(environment) };
}

/** Scores of graphs from their definition and the samples. */
export const GRAPH_SCORES: Record<string, (rows: number[][]) => LocalScore> = { "linear-gaussian": regressionScore, bge: bgeScore };

function rowsOf({ text }: DataFile): number[][] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
}

/**
 * Scores less those of the nodes in the best graph, as log R counts them, and the most that they add up to above 0, where every node has the
 * parents that are best for it alone. Scores are slow: each is computed once.
 */
function relative(score: LocalScore, nodes: number): { score: LocalScore; excess: number } {
  const known = new Map<string, number>();
  const once: LocalScore = (node, parents) => {
    const key = `${node}|${parents}`;
    if (!known.has(key)) known.set(key, score(node, parents));
    return known.get(key)!;
  };
  const { parents: best, highest } = bestGraph(once, nodes);
  const excess = sum(best.map((parents, node) => highest[node]! - once(node, parents)));
  return { score: (node, parents) => once(node, parents) - once(node, best[node]!), excess };
}

/**
 * The graph with the highest score. Of the best graph on a set of nodes, one has no children there: its parents are the best ones in the rest,
 * and the rest is the best graph on the rest. Sets are bits. `highest` is the best score of each node whatever the others' parents.
 */
export function bestGraph(score: LocalScore, nodes: number): { parents: number[][]; score: number; highest: number[] } {
  const numbers = Array.from({ length: nodes }, (_, node) => node);
  const members = (set: number) => numbers.filter((node) => set & (1 << node));
  const sets = Array.from({ length: 1 << nodes }, (_, set) => set);
  // [node][set]: the best parents within the set.
  const best = numbers.map((node) =>
    sets.reduce<{ set: number; score: number }[]>((found, set) => {
      if (set & (1 << node)) return push(found, { set: 0, score: Number.NaN });
      const smaller = members(set).map((left) => found[set ^ (1 << left)]!);
      const own = { set, score: score(node, members(set)) };
      return push(
        found,
        smaller.reduce((high, each) => (each.score > high.score ? each : high), own),
      );
    }, []),
  );
  const graphs = sets.reduce<{ childless: number; score: number }[]>((found, set) => {
    const ways = members(set).map((childless) => {
      const rest = set ^ (1 << childless);
      return { childless, score: found[rest]!.score + best[childless]![rest]!.score };
    });
    return push(
      found,
      ways.reduce((high, each) => (each.score > high.score ? each : high), ways[0] ?? { childless: 0, score: 0 }),
    );
  }, []);
  const parents: number[][] = [];
  for (let set = sets.length - 1; set > 0; ) {
    const { childless } = graphs[set]!;
    set ^= 1 << childless;
    parents[childless] = members(best[childless]![set]!.set);
  }
  const highest = numbers.map((node) => best[node]![(sets.length - 1) ^ (1 << node)]!.score);
  return { parents, score: graphs[sets.length - 1]!.score, highest };
}

function push<T>(list: T[], item: T): T[] {
  list.push(item);
  return list;
}

/** Letters by their set of bases, A = 1, C = 2, G = 4, T = 8. */
const LETTERS = " ACMGRSVTWYHKDBN";

/** The alignment of phylogenetic trees, a text for each leaf. */
export function lettersOf(environment: Environment): string[] {
  return (environment as Phylogenetics).alignment.sequences.map((bases) => Array.from(bases, (set) => LETTERS[set]!).join(""));
}
