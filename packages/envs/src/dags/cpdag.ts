/** A graph by its edges, as pairs of node numbers. */
export type Edges = readonly (readonly [from: number, to: number])[];

/** The graph of a Markov equivalence class: the edges that all its graphs have, and the pairs whose direction differs between its graphs. */
export interface Cpdag {
  directed: [from: number, to: number][];
  /** Pairs of nodes, the smaller node first. */
  undirected: [a: number, b: number][];
}

/**
 * The completed partially directed graph of a DAG (Chickering 1995, "A transformational characterization of equivalent Bayesian network
 * structures"): edges are visited along a topological order, and each is compelled if another direction would make or break a collider, or close a
 * cycle.
 */
export function cpdagOf(variables: number, edges: Edges): Cpdag {
  const parents: number[][] = Array.from({ length: variables }, () => []);
  for (const [from, to] of edges) (parents[to] as number[]).push(from);
  const place = topologicalPlaces(variables, parents);
  const byPlace = (a: number, b: number) => (place[a] as number) - (place[b] as number);
  const isEdge = (x: number, y: number) => (parents[y] as number[]).includes(x);
  // [to][from]: whether the edge is compelled; absent until that is known.
  const compelled = parents.map(() => new Map<number, boolean>());
  const nodes = parents.map((_, v) => v).sort(byPlace);
  for (const y of nodes) {
    const own = compelled[y] as Map<number, boolean>;
    // Among the edges into y, the one from the latest parent comes first.
    for (const x of [...(parents[y] as number[])].sort(byPlace).reverse()) {
      if (own.has(x)) continue;
      const labelled = labelFrom(x, y, own);
      if (labelled) continue;
      const others = (parents[y] as number[]).some((z) => z !== x && !isEdge(z, x));
      for (const z of parents[y] as number[]) if (!own.has(z)) own.set(z, others);
    }
  }
  const directed: Cpdag["directed"] = [];
  const undirected: Cpdag["undirected"] = [];
  for (const [from, to] of [...edges].sort(([a, b], [c, d]) => a - c || b - d)) {
    if (compelled[to]?.get(from)) directed.push([from, to]);
    else undirected.push(from < to ? [from, to] : [to, from]);
  }
  undirected.sort(([a, b], [c, d]) => a - c || b - d);
  return { directed, undirected };

  /** A compelled edge w → x compels w → y, or, if there is no w → y, all edges into y. Returns whether all edges into y are now compelled. */
  function labelFrom(x: number, y: number, own: Map<number, boolean>): boolean {
    for (const [w, isCompelled] of compelled[x] as Map<number, boolean>) {
      if (!isCompelled) continue;
      if (!isEdge(w, y)) {
        for (const z of parents[y] as number[]) own.set(z, true);
        return true;
      }
      own.set(w, true);
    }
    return false;
  }
}

/** The index of each node in a topological order. */
function topologicalPlaces(variables: number, parents: readonly (readonly number[])[]): number[] {
  const place = new Array<number>(variables).fill(-1);
  for (let placed = 0; placed < variables; ) {
    const before = placed;
    for (let v = 0; v < variables; v++) {
      if (place[v] === -1 && (parents[v] as readonly number[]).every((p) => (place[p] as number) >= 0)) place[v] = placed++;
    }
    if (placed === before) throw new RangeError("the graph has a cycle");
  }
  return place;
}

/** The structural Hamming distance: pairs of nodes that one graph joins and the other does not, or in another direction. */
export function structuralHammingDistance(a: Edges, b: Edges): number {
  const key = ([from, to]: readonly [number, number]) => `${from} ${to}`;
  const [inA, inB] = [new Set(a.map(key)), new Set(b.map(key))];
  const pairs = new Set<string>();
  const differing = [...a.filter((edge) => !inB.has(key(edge))), ...b.filter((edge) => !inA.has(key(edge)))];
  for (const [from, to] of differing) pairs.add(`${Math.min(from, to)} ${Math.max(from, to)}`);
  return pairs.size;
}

/**
 * The area under the ROC curve of edge probabilities [i][j] as scores of the ordered pairs i ≠ j, against the edges of a graph: the
 * probability that an edge has a higher score than a pair without one, ties counted half. NaN if the graph has no edge, or all edges.
 */
export function edgeAuroc(probabilities: readonly (readonly number[])[], reference: Edges): number {
  const isEdge = new Set(reference.map(([from, to]) => from * probabilities.length + to));
  const scores = probabilities.flatMap((row, i) =>
    row.flatMap((score, j) => (i === j ? [] : [{ score, positive: isEdge.has(i * probabilities.length + j) }])),
  );
  const positives = scores.filter(({ positive }) => positive);
  const negatives = scores.filter(({ positive }) => !positive);
  let wins = 0;
  for (const p of positives) for (const n of negatives) wins += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
  return wins / (positives.length * negatives.length);
}
