import { RandomStream } from "@webgfn/tensor";
import { NOISE_VARIANCE } from "./linear-gaussian.js";
import type { Samples } from "./local-score.js";

/** Kinds of random graphs. */
export const GRAPHS = ["erdos-renyi", "scale-free"] as const;
export type GraphKind = (typeof GRAPHS)[number];

/** A random graph and how its samples are drawn. */
export interface Simulation {
  variables: number;
  samples: number;
  seed: number;
  graph: GraphKind;
  /** Edges per node: the expected number in an Erdős–Rényi graph, the edges of each new node in a scale-free graph. */
  edges: number;
}

/** Samples of a random model, and the edges of its graph. */
export type SimulatedSamples = Samples & { readonly edges: readonly [from: number, to: number][] };

/** A node and its parents, each with the weight of a linear model. */
interface Node {
  child: number;
  parents: { parent: number; weight: number }[];
}

/**
 * A random DAG, with its nodes in topological order. In an Erdős–Rényi graph every edge along the order exists with the same probability; in
 * a scale-free graph (Barabási and Albert) every node takes its parents among those before it, with probabilities in proportion to their
 * numbers of edges plus one. Weights are N(0, 1).
 */
function randomGraph(random: RandomStream, { variables, graph, edges }: Simulation): Node[] {
  const order = Array.from({ length: variables }, (_, i) => i);
  for (let i = variables - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
  if (graph === "scale-free") return scaleFree(random, order, Math.max(1, Math.round(edges)));
  const edgeProbability = (2 * edges) / (variables - 1);
  return order.map((child, position) => ({
    child,
    parents: order.slice(0, position).flatMap((parent) => {
      const present = random.uniform() < edgeProbability;
      const weight = random.normal();
      return present ? [{ parent, weight }] : [];
    }),
  }));
}

function scaleFree(random: RandomStream, order: readonly number[], edges: number): Node[] {
  const degree = new Array<number>(order.length).fill(0);
  return order.map((child, position) => {
    const parents: Node["parents"] = [];
    const left = order.slice(0, position);
    while (parents.length < edges && left.length > 0) {
      let rest = random.uniform() * left.reduce((sum, node) => sum + (degree[node] as number) + 1, 0);
      const at = left.findIndex((node) => {
        rest -= (degree[node] as number) + 1;
        return rest < 0;
      });
      const [parent] = left.splice(at < 0 ? left.length - 1 : at, 1) as [number];
      parents.push({ parent, weight: random.normal() });
    }
    for (const { parent } of parents) degree[parent] = (degree[parent] as number) + 1;
    degree[child] = (degree[child] as number) + parents.length;
    return { child, parents };
  });
}

function simulated(
  simulation: Simulation,
  key: number,
  draw: (random: RandomStream, nodes: readonly Node[]) => Float64Array[],
): SimulatedSamples {
  const random = new RandomStream(simulation.seed, key);
  const nodes = randomGraph(random, simulation);
  return {
    names: nodes.map((_, i) => `x${i}`),
    rows: draw(random, nodes),
    edges: nodes
      .flatMap(({ child, parents }) => parents.map(({ parent }): [number, number] => [parent, child]))
      .sort(([a, b], [c, d]) => a - c || b - d),
  };
}

/**
 * Samples of a random linear-Gaussian structural equation model, x_j = Σ_{i → j} w_ij x_i + ε_j with w_ij ~ N(0, 1) and ε_j ~ N(0, 0.1), as in
 * Deleu et al. (2022, "Bayesian structure learning with generative flow networks").
 */
export function simulateLinearGaussian(simulation: Simulation): SimulatedSamples {
  return simulated(simulation, 0x6c676173, (random, nodes) =>
    Array.from({ length: simulation.samples }, () => {
      const row = new Float64Array(simulation.variables);
      for (const { child, parents } of nodes) {
        row[child] = Math.sqrt(NOISE_VARIANCE) * random.normal();
        for (const { parent, weight } of parents) row[child] = (row[child] as number) + weight * (row[parent] as number);
      }
      return row;
    }),
  );
}

/**
 * Samples of a random discrete model: for every configuration of its parents, a node's levels have probabilities from a Dirichlet
 * distribution with parameters ½. Levels that never occur still count as levels.
 */
export function simulateDiscrete(simulation: Simulation, levels: number): Required<Pick<Samples, "levels">> & SimulatedSamples {
  const samples = simulated(simulation, 0x64697363, (random, nodes) => {
    // [node][configuration of its parents]: cumulative probabilities, drawn when a configuration first occurs.
    const tables = nodes.map(() => new Map<number, Float64Array>());
    return Array.from({ length: simulation.samples }, () => {
      const row = new Float64Array(simulation.variables);
      for (const [n, { child, parents }] of nodes.entries()) {
        const configuration = parents.reduce((sum, { parent }) => sum * levels + (row[parent] as number), 0);
        const table = tables[n] as Map<number, Float64Array>;
        let ends = table.get(configuration);
        if (ends === undefined) {
          let sum = 0;
          ends = Float64Array.from({ length: levels }, () => {
            sum += random.normal() ** 2;
            return sum;
          });
          table.set(configuration, ends);
        }
        const at = random.uniform() * (ends[levels - 1] as number);
        row[child] = Math.min(levels - 1, ends.findIndex((end) => at < end) >>> 0);
      }
      return row;
    });
  });
  const names = Array.from({ length: levels }, (_, k) => String(k));
  return { ...samples, levels: samples.names.map(() => names) };
}
