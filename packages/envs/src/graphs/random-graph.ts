import { RandomStream } from "@webgfn/tensor";
import { chosen } from "../choosing.js";
import type { Edge, Graph } from "./graph.js";

/** Kinds of random graphs. */
export const GRAPH_MODELS = ["erdos-renyi", "barabasi-albert"] as const;
export type GraphModel = (typeof GRAPH_MODELS)[number];

/** A random graph, and the seed that draws it. */
export interface RandomGraph {
  vertices: number;
  model: GraphModel;
  /** Expected edges per vertex of an Erdős–Rényi graph; edges of each new vertex of a Barabási–Albert graph. */
  edgesPerVertex: number;
  seed: number;
}

/**
 * Draws a random graph with edges of weight 1. In an Erdős–Rényi graph G(n, p) every pair is an edge with p = 2 · edgesPerVertex / (n − 1),
 * at most 1. A Barabási–Albert graph begins with a star of m + 1 vertices, m = `edgesPerVertex`; every further vertex takes m different
 * neighbours among the vertices before it, with probabilities in proportion to their numbers of edges.
 */
export function randomGraph(graph: RandomGraph): Graph {
  const random = new RandomStream(graph.seed, 0x67726170);
  const names = Array.from({ length: graph.vertices }, (_, vertex) => String(vertex));
  const pairs = graph.model === "erdos-renyi" ? erdosRenyi(random, graph) : barabasiAlbert(random, graph);
  return { names, edges: pairs.map(([a, b]): Edge => ({ a, b, weight: 1 })) };
}

function erdosRenyi(random: RandomStream, { vertices, edgesPerVertex }: RandomGraph): [number, number][] {
  const probability = (2 * edgesPerVertex) / Math.max(1, vertices - 1);
  const pairs: [number, number][] = [];
  for (let a = 0; a < vertices; a++) {
    for (let b = a + 1; b < vertices; b++) if (random.uniform() < probability) pairs.push([a, b]);
  }
  return pairs;
}

function barabasiAlbert(random: RandomStream, { vertices, edgesPerVertex: m }: RandomGraph): [number, number][] {
  const degree = new Array<number>(vertices).fill(0);
  const pairs: [number, number][] = [];
  for (let vertex = m; vertex < vertices; vertex++) {
    // Vertex m takes all vertices before it as neighbours.
    const masses = vertex === m ? new Array<number>(m).fill(1) : degree.slice(0, vertex);
    const neighbours = new Set<number>();
    while (neighbours.size < m) {
      const neighbour = chosen(masses, random.uniform() * masses.reduce((sum, mass) => sum + mass, 0));
      neighbours.add(neighbour);
      masses[neighbour] = 0;
    }
    for (const neighbour of [...neighbours].sort((a, b) => a - b)) {
      pairs.push([neighbour, vertex]);
      degree[neighbour] = (degree[neighbour] as number) + 1;
    }
    degree[vertex] = m;
  }
  return pairs.sort(([a, b], [c, d]) => a - c || b - d);
}
