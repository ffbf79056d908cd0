import { hasBit } from "../bit-set.js";
import { type ListedSets, listSets, MOST_LISTED_SETS } from "../listed-sets.js";
import { adjacencyBits, type Graph } from "./graph.js";

/** Lists the independent sets of a graph, with their sizes as loads; undefined if there are more than 2^20. */
export function listIndependentSets(graph: Graph): ListedSets | undefined {
  // An independent set of k vertices has 2^k subsets, all of them independent.
  if (2 ** greedySet(graph) > MOST_LISTED_SETS) return undefined;
  const { words, bits: neighbours } = adjacencyBits(graph);
  return listSets(graph.names.length, (vertex, size, bits, start) => {
    for (let w = 0; w < words; w++) if (((bits[start + w] as number) & (neighbours[vertex * words + w] as number)) !== 0) return undefined;
    return size + 1;
  });
}

/** The size of a greedy independent set: it repeatedly takes a vertex with the fewest neighbours left. */
function greedySet({ names, edges }: Graph): number {
  const neighbours = names.map(() => new Set<number>());
  for (const { a, b } of edges) {
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  const of = (vertex: number): Set<number> => neighbours[vertex] as Set<number>;
  const left = new Set(names.keys());
  let size = 0;
  for (; left.size > 0; size++) {
    let best: number | undefined;
    for (const vertex of left) if (best === undefined || of(vertex).size < of(best).size) best = vertex;
    for (const gone of [best as number, ...of(best as number)]) {
      left.delete(gone);
      for (const other of of(gone)) of(other).delete(gone);
    }
  }
  return size;
}

/**
 * An upper bound on the size of an independent set: the number of cliques of a greedy cover, because the set has at most one vertex of each
 * clique.
 */
export function cliqueCover(graph: Graph): number {
  const { words, bits } = adjacencyBits(graph);
  const cliques: number[][] = [];
  for (const vertex of graph.names.keys()) {
    const clique = cliques.find((members) => members.every((member) => hasBit(bits, member, vertex * words)));
    if (clique === undefined) cliques.push([vertex]);
    else clique.push(vertex);
  }
  return cliques.length;
}
