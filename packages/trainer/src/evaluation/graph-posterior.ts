import type { EdgePicture, Environment } from "@webgfn/envs";
import { type Cpdag, cpdagOf, type Edges, edgeAuroc, structuralHammingDistance } from "@webgfn/envs/internal";
import { largestOf } from "@webgfn/tensor/internal";
import { distinctObjects } from "./best-objects.js";
import type { PolicySamples } from "./policy-samples.js";

/** Edge marginals and best graphs of a policy's samples, next to the exact posterior R/Z if the environment knows it. */
export interface EdgeMarginals {
  /** How often each edge i → j occurs among the sampled graphs, as [i][j]. */
  sampled: number[][];
  /** The exact probability of each edge. */
  exact?: number[][];
  /** The largest difference between the two. */
  largestError?: number;
  /** The root mean square of their differences, over pairs i ≠ j. */
  rmse?: number;
  /** The mean number of edges of a sampled graph, and the expected one. */
  meanEdges: number;
  /** See `meanEdges`. */
  exactMeanEdges?: number;
  /** Like `sampled` and `exact`, for directed paths from i to j. */
  paths: { sampled: number[][]; exact?: number[][] };
  /** The best graphs among those sampled. */
  likeliest: LikelyGraph[];
  /** The Markov equivalence classes that were sampled most often. */
  classes: GraphClass[];
}

/** A sampled graph. */
export interface LikelyGraph {
  /** Its edges, by the numbers of the variables. */
  edges: [from: number, to: number][];
  /** log R */
  logReward: number;
  /** Share of the sampled graphs. */
  sampled: number;
  /** R/Z, if log Z is known. */
  exact?: number;
}

/** A Markov equivalence class of graphs, by its completed partially directed graph. */
export interface GraphClass extends Cpdag {
  /** Share of the sampled graphs. */
  sampled: number;
  /** Share among as many exact samples of R/Z, if they can be drawn. */
  target?: number;
}

/** Seed of exact samples. */
const SEED = 2;

/** How often each edge occurs in graphs, as [i][j]. */
export function edgeShares(names: readonly string[], graphs: readonly Edges[]): number[][] {
  const counts = names.map(() => names.map(() => 0));
  for (const edges of graphs) for (const [i, j] of edges) (counts[i] as number[])[j] = ((counts[i] as number[])[j] as number) + 1;
  return counts.map((row) => row.map((count) => count / graphs.length));
}

/** Differences of two matrices off the diagonal. */
export function edgeErrors(
  sampled: readonly (readonly number[])[],
  exact: readonly (readonly number[])[],
): { rmse: number; largest: number } {
  const errors = sampled.flatMap((row, i) => row.flatMap((share, j) => (i === j ? [] : [Math.abs(share - (exact[i]?.[j] as number))])));
  return { rmse: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length), largest: largestOf(errors) };
}

/** The mean structural Hamming distance of graphs to a reference, and the AUROC of their edges' shares. */
export function againstReference(names: readonly string[], graphs: readonly Edges[], reference: Edges): { shd: number; auroc: number } {
  const shd = graphs.reduce((sum, edges) => sum + structuralHammingDistance(edges, reference), 0) / graphs.length;
  return { shd, auroc: edgeAuroc(edgeShares(names, graphs), reference) };
}

/** The edges of graphs, from states one after another. */
export function graphsOf(environment: Environment, picture: EdgePicture, states: Uint32Array): Edges[] {
  const { stateWords } = environment;
  return Array.from({ length: states.length / stateWords }, (_, n) =>
    picture.edges(environment.decode(states.subarray(n * stateWords, (n + 1) * stateWords))),
  );
}

/**
 * Summarises sampled graphs and compares them with the posterior.
 *
 * @param listed how many of the best graphs, and of the commonest classes, it lists.
 * @returns `undefined` if objects are not graphs.
 */
export function edgeMarginals(
  environment: Environment,
  samples: Pick<PolicySamples, "states" | "logRewards">,
  listed: number,
): EdgeMarginals | undefined {
  const { picture } = environment.objects;
  if (picture.kind !== "edges") return undefined;
  const { names } = picture;
  const graphs = graphsOf(environment, picture, samples.states);
  const sampled = edgeShares(names, graphs);
  const exact = picture.exactMarginals.available ? picture.exactMarginals.value() : undefined;
  const errors = exact && edgeErrors(sampled, exact);
  return {
    sampled,
    ...(exact && errors && { exact, largestError: errors.largest, rmse: errors.rmse, exactMeanEdges: total(exact) }),
    meanEdges: total(sampled),
    paths: {
      sampled: edgeShares(
        names,
        graphs.map((edges) => pathsOf(names.length, edges)),
      ),
      ...(picture.exactPaths?.available && { exact: picture.exactPaths.value() }),
    },
    likeliest: likeliestGraphs(environment, picture, samples, listed),
    classes: commonClasses(environment, picture, graphs, listed),
  };
}

function total(matrix: readonly (readonly number[])[]): number {
  return matrix.reduce((sum, row) => sum + row.reduce((rest, value) => rest + value, 0), 0);
}

/** Pairs of nodes with a directed path from the first to the second. */
function pathsOf(variables: number, edges: Edges): Edges {
  const children: number[][] = Array.from({ length: variables }, () => []);
  for (const [from, to] of edges) (children[from] as number[]).push(to);
  return children.flatMap((_, from) => {
    const reached = new Set<number>();
    const left = [from];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      for (const child of children[node] as number[]) {
        if (reached.has(child)) continue;
        reached.add(child);
        left.push(child);
      }
    }
    return [...reached].map((to): [number, number] => [from, to]);
  });
}

function likeliestGraphs(
  environment: Environment,
  picture: EdgePicture,
  { states, logRewards }: Pick<PolicySamples, "states" | "logRewards">,
  listed: number,
): LikelyGraph[] {
  const { exactLogZ, stateWords } = environment;
  const count = states.length / stateWords;
  const key = (state: Uint32Array) => state.join();
  const counts = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const own = key(states.subarray(n * stateWords, (n + 1) * stateWords));
    counts.set(own, (counts.get(own) ?? 0) + 1);
  }
  return distinctObjects(states, logRewards)
    .slice(0, listed)
    .map(({ state, logReward }) => ({
      edges: picture.edges(environment.decode(state)).map(([from, to]): [number, number] => [from, to]),
      logReward,
      sampled: (counts.get(key(state)) ?? 0) / count,
      ...(exactLogZ.available && { exact: Math.exp(logReward - exactLogZ.value) }),
    }));
}

function commonClasses(environment: Environment, picture: EdgePicture, graphs: readonly Edges[], listed: number): GraphClass[] {
  const { exactSampling } = environment;
  const variables = picture.names.length;
  const sampled = classShares(variables, graphs);
  const target = exactSampling.available
    ? classShares(variables, graphsOf(environment, picture, exactSampling.value(graphs.length, SEED)))
    : undefined;
  return [...sampled]
    .sort(([, a], [, b]) => b.share - a.share)
    .slice(0, listed)
    .map(([key, { cpdag, share }]) => ({ ...cpdag, sampled: share, ...(target && { target: target.get(key)?.share ?? 0 }) }));
}

/** The equivalence classes of graphs, and the share of each. */
function classShares(variables: number, graphs: readonly Edges[]): Map<string, { cpdag: Cpdag; share: number }> {
  const classes = new Map<string, { cpdag: Cpdag; share: number }>();
  for (const edges of graphs) {
    const cpdag = cpdagOf(variables, edges);
    const key = JSON.stringify(cpdag);
    const known = classes.get(key) ?? { cpdag, share: 0 };
    known.share += 1 / graphs.length;
    classes.set(key, known);
  }
  return classes;
}
