import { RandomStream } from "@webgfn/tensor";
import { LogSums, logAdd, logSubtract } from "./log-sums.js";

/**
 * The exact posterior over all DAGs, p(G) = Π_v w(v, Pa_v)/Z, for a score that is a sum of local scores log w(v, Pa_v).
 * Graphs are given as the parents of each node, as bits: [node].
 */
export interface DagPosterior {
  /** log Z = log Σ_G Π_v w(v, Pa_v). */
  readonly logZ: number;
  /** Draws `count` graphs exactly from the posterior, [count][node] parents as bits. */
  sample(count: number, seed: number): number[][];
  /** The probability of each set of parents, [node][parents as bits]. */
  parentSets(): readonly Float64Array[];
  /** P(i → j), as [i][j]. */
  edges(): number[][];
  /** P(there is a directed path from i to j), as [i][j]; 0 on the diagonal. */
  paths(): number[][];
}

/** Most variables d: tables have 3^d entries (4 MB each at d = 12), and sums have 4^d terms, sums for paths 5^d. */
export const MOST_EXACT_VARIABLES = 12;

/**
 * Sums over all DAGs by their layers (method §6). The first layer consists of the nodes without parents. Each further layer consists of the
 * nodes whose parents are all placed, at least one of them in the layer before. So a graph has exactly one sequence of layers. With U the
 * nodes placed, K the last layer of U, and D_v(U, K) = Σ w(v, P) over the sets P ⊆ U that meet K:
 *
 *   F(L, L) = Π_{v∈L} w(v, ∅),   F(U ∪ L, L) = Σ_K F(U, K) Π_{v∈L} D_v(U, K),   Z = Σ_K F(V, K).
 *
 * Everything is a sum of positive terms, kept as logarithms: scores of 100,000 samples differ by far more than float64 can hold.
 *
 * @param scores log w(v, P) as [v][P as bits]; −∞ for sets that are not allowed. Sets with v itself are never read.
 */
export function dagPosterior(scores: readonly Float64Array[]): DagPosterior {
  const layers = new Layers(scores);
  const placed = layers.forward(0);
  const logZ = layers.total(placed, layers.all);
  let parentSets: readonly Float64Array[] | undefined;
  let paths: number[][] | undefined;
  const everyParentSet = (): readonly Float64Array[] => {
    parentSets ??= parentSetProbabilities(layers, placed, logZ);
    return parentSets;
  };
  return {
    logZ,
    sample(count, seed) {
      const random = new RandomStream(seed, 0x64616773);
      return Array.from({ length: count }, () => sampleGraph(layers, placed, random));
    },
    parentSets: everyParentSet,
    edges: () => edgeProbabilities(everyParentSet()),
    paths() {
      paths ??= pathProbabilities(layers, logZ);
      return paths;
    },
  };
}

/** Tables for all sums over layers. Sets of nodes are bits; a pair (U, K ⊆ U) is a number of d ternary digits. */
class Layers {
  readonly scores: readonly Float64Array[];
  readonly variables: number;
  /** All nodes. */
  readonly all: number;
  /** [set]: Σ_{i ∈ set} 3^i. The pair (U, K) has the number ternary[U] + ternary[K]. */
  readonly ternary: Uint32Array;
  /** [v][(U, K)]: log D_v(U, K), for U without v. */
  readonly meeting: readonly Float64Array[];
  /** [v][k][U]: log Σ w(v, P) over P ⊆ U with k ∈ P. */
  readonly containing: readonly (readonly Float64Array[])[];

  constructor(scores: readonly Float64Array[]) {
    this.scores = scores;
    this.variables = scores.length;
    this.all = 2 ** this.variables - 1;
    this.ternary = new Uint32Array(this.all + 1);
    for (let set = 1; set <= this.all; set++) this.ternary[set] = this.#ternaryOf(set & (set - 1)) + 3 ** lowest(set);
    this.containing = scores.map((own, v) => this.#sumsWithMember(own, v));
    this.meeting = scores.map((_, v) => this.#sumsThatMeet(v));
  }

  #ternaryOf(set: number): number {
    return this.ternary[set] as number;
  }

  #sumsWithMember(own: Float64Array, v: number): Float64Array[] {
    return Array.from({ length: this.variables }, (_, k) => {
      const sums = own.map((score, set) => ((set >>> k) & 1 && !((set >>> v) & 1) ? score : Number.NEGATIVE_INFINITY));
      for (let i = 0; i < this.variables; i++) {
        if (i === v || i === k) continue;
        for (let set = 0; set <= this.all; set++) {
          if ((set >>> i) & 1) sums[set] = logAdd(sums[set] as number, sums[set & ~(1 << i)] as number);
        }
      }
      return sums;
    });
  }

  /** D_v(U, K) = Σ over P with k + D_v(U∖k, K∖k), k the lowest node of K: a sum, because the difference A_v(U) − A_v(U∖K) could cancel. */
  #sumsThatMeet(v: number): Float64Array {
    const sums = new Float64Array(3 ** this.variables).fill(Number.NEGATIVE_INFINITY);
    for (let placed = 1; placed <= this.all; placed++) {
      if ((placed >>> v) & 1) continue;
      for (let last = placed; last !== 0; last = (last - 1) & placed) {
        const k = lowest(last);
        const rest = this.#ternaryOf(placed & ~(1 << k)) + this.#ternaryOf(last & ~(1 << k));
        sums[this.#ternaryOf(placed) + this.#ternaryOf(last)] = logAdd(this.containing[v]?.[k]?.[placed] as number, sums[rest] as number);
      }
    }
    return sums;
  }

  /**
   * log Π_{v∈L} D_v(U, K) for every L outside of U, into `products` by L. If K is empty, all of U was given from outside, and the first layer
   * may have any parents in U.
   */
  products(products: Float64Array, placed: number, last: number): void {
    const outside = this.all & ~placed;
    const pair = this.#ternaryOf(placed) + this.#ternaryOf(last);
    products[0] = 0;
    for (let layer = outside & -outside; layer !== 0; layer = (layer - outside) & outside) {
      const v = lowest(layer);
      const factor = last === 0 ? this.anyParents(v, placed) : (this.meeting[v]?.[pair] as number);
      products[layer] = (products[layer & (layer - 1)] as number) + factor;
    }
  }

  /** log Σ w(v, P) over all P ⊆ U. */
  anyParents(v: number, within: number): number {
    const none = this.scores[v]?.[0] as number;
    return within === 0 ? none : logAdd(none, this.meeting[v]?.[2 * this.#ternaryOf(within)] as number);
  }

  /**
   * log F(U, K) for all pairs. The nodes of `given` are placed from the start, and their parents are not chosen here. The number of a pair
   * counts U without `given`, so that the pairs of all U ⊇ `given` have a place.
   */
  forward(given: number): LogSums {
    const sums = new LogSums(3 ** this.variables);
    const products = new Float64Array(this.all + 1);
    const outside = this.all & ~given;
    // All subsets of `outside`, the smaller numbers first, so that a pair is complete before it is read.
    for (let own = 0; ; own = (own - outside) & outside) {
      const placed = own | given;
      const rest = this.all & ~placed;
      for (let last = own; ; last = (last - 1) & own) {
        const before = own === 0 ? 0 : sums.value(this.#ternaryOf(own) + this.#ternaryOf(last));
        if (before !== Number.NEGATIVE_INFINITY && (last !== 0 || own === 0)) {
          this.products(products, placed, last);
          for (let layer = rest; layer !== 0; layer = (layer - 1) & rest) {
            sums.add(this.#ternaryOf(own | layer) + this.#ternaryOf(layer), before + (products[layer] as number));
          }
        }
        if (last === 0) break;
      }
      if (own === outside) return sums;
    }
  }

  /** log of the total weight of all DAGs on `nodes` with parents among `nodes` and the nodes given to `forward`: Σ_K F(nodes, K). */
  total(sums: LogSums, nodes: number): number {
    if (nodes === 0) return 0;
    const result = new LogSums(1);
    for (let last = nodes; last !== 0; last = (last - 1) & nodes) result.add(0, sums.value(this.#ternaryOf(nodes) + this.#ternaryOf(last)));
    return result.value(0);
  }
}

/** Walks the layers back from the last one, and draws the parents of each layer's nodes. */
function sampleGraph(layers: Layers, placed: LogSums, random: RandomStream): number[] {
  const { all, ternary, meeting, containing, scores } = layers;
  const parents = new Array<number>(layers.variables).fill(0);
  let within = all;
  let layer = chosen(random, within, (last) => placed.value((ternary[within] as number) + (ternary[last] as number)));
  while (within !== 0) {
    const before = within & ~layer;
    if (before === 0) return parents;
    const [top, base] = [layer, ternary[before] as number];
    const last = chosen(random, before, (candidate) => {
      const pair = base + (ternary[candidate] as number);
      let value = placed.value(pair);
      for (let rest = top; rest !== 0; rest &= rest - 1) value += meeting[lowest(rest)]?.[pair] as number;
      return value;
    });
    for (let rest = layer; rest !== 0; rest &= rest - 1) {
      const v = lowest(rest);
      parents[v] = parentsThatMeet(v, before, last);
    }
    [within, layer] = [before, last];
  }
  return parents;

  /** A set P ⊆ U that meets K, with probability w(v, P)/D_v(U, K): first the lowest node of K that is in P, then the others. */
  function parentsThatMeet(v: number, from: number, last: number): number {
    let [inside, meet] = [from, last];
    for (;;) {
      const k = lowest(meet);
      const total = meeting[v]?.[(ternary[inside] as number) + (ternary[meet] as number)] as number;
      const withK = containing[v]?.[k]?.[inside] as number;
      const others = inside & ~(1 << k);
      if ((meet & (meet - 1)) === 0 || random.uniform() < Math.exp(withK - total)) {
        return chosen(random, others, (set) => scores[v]?.[set | (1 << k)] as number, true) | (1 << k);
      }
      [inside, meet] = [others, meet & ~(1 << k)];
    }
  }
}

/** Draws a subset of `of` with probability in proportion to e^{logWeight}; the empty set only if `emptyToo`. */
function chosen(random: RandomStream, of: number, logWeight: (set: number) => number, emptyToo = false): number {
  const total = new LogSums(1);
  const each = (visit: (set: number, value: number) => boolean): number => {
    for (let set = of; set !== 0; set = (set - 1) & of) if (visit(set, logWeight(set))) return set;
    if (emptyToo) visit(0, logWeight(0));
    return 0;
  };
  each((_, value) => {
    total.add(0, value);
    return false;
  });
  const logTotal = total.value(0);
  let left = random.uniform();
  let likely = 0;
  const found = each((set, value) => {
    if (value === Number.NEGATIVE_INFINITY) return false;
    likely = set;
    left -= Math.exp(value - logTotal);
    return left < 0;
  });
  // If rounding leaves a remainder, take the last set with a weight.
  return left < 0 ? found : likely;
}

/** Pairs (U, K) whose graphs together have a probability below e^this are lost in float64 rounding. */
const NEGLIGIBLE = -60;

/**
 * The derivative of log Z by log w(v, P), which is the probability of the parents P. A backward pass computes the probability that v is
 * placed right after (U, K). Divided by D_v(U, K), this probability is distributed to all sets that meet K, by the sums of `sumsThatMeet` and
 * `sumsWithMember` in reverse.
 */
function parentSetProbabilities(layers: Layers, placed: LogSums, logZ: number): Float64Array[] {
  const { variables, all, ternary, meeting, scores } = layers;
  const nextTo = placedNext(layers, placed, logZ);
  return scores.map((own, v) => {
    const probability = new Float64Array(all + 1);
    probability[0] = nextTo.first[v] as number;
    // [(U, K)]: log of the share, per weight, of each set P ⊆ U that meets K; [k][U]: the same for each P ⊆ U with k.
    const pairs = new LogSums(3 ** variables);
    const members = Array.from({ length: variables }, () => new LogSums(all + 1));
    for (let within = all; within > 0; within--) {
      if ((within >>> v) & 1) continue;
      for (let last = within; last !== 0; last = (last - 1) & within) {
        const pair = (ternary[within] as number) + (ternary[last] as number);
        const share = nextTo.behind[v]?.[pair] as number;
        if (share > 0) pairs.add(pair, Math.log(share) - (meeting[v]?.[pair] as number));
      }
    }
    for (let within = all; within > 0; within--) {
      if ((within >>> v) & 1) continue;
      // Larger K first: they pass shares only to smaller K of smaller U, which come later.
      for (let last = within; last !== 0; last = (last - 1) & within) {
        const value = pairs.value((ternary[within] as number) + (ternary[last] as number));
        if (value === Number.NEGATIVE_INFINITY) continue;
        const k = lowest(last);
        members[k]?.add(within, value);
        const [others, meet] = [within & ~(1 << k), last & ~(1 << k)];
        if (meet !== 0) pairs.add((ternary[others] as number) + (ternary[meet] as number), value);
      }
    }
    for (const [k, sums] of members.entries()) {
      const values = sums.values();
      for (let i = 0; i < variables; i++) {
        if (i === v || i === k) continue;
        for (let set = 0; set <= all; set++) {
          if (((set >>> i) & 1) === 0) values[set] = logAdd(values[set] as number, values[set | (1 << i)] as number);
        }
      }
      for (let set = 0; set <= all; set++) {
        if ((set >>> k) & 1 && !((set >>> v) & 1)) {
          probability[set] = (probability[set] as number) + Math.exp((values[set] as number) + (own[set] as number));
        }
      }
    }
    return probability;
  });
}

/** The probability that v is in the first layer, and, as [v][(U, K)], that it is in the layer right after (U, K). */
function placedNext(layers: Layers, placed: LogSums, logZ: number): { first: Float64Array; behind: Float64Array[] } {
  const { variables, all, ternary } = layers;
  const pairs = 3 ** variables;
  const first = new Float64Array(variables);
  const behind = Array.from({ length: variables }, () => new Float64Array(pairs));
  // [(U, K)]: log of the total weight of all layers that can follow.
  const following = new Float64Array(pairs);
  const products = new Float64Array(all + 1);
  for (let within = all - 1; within >= 0; within--) {
    const outside = all & ~within;
    for (let last = within; ; last = (last - 1) & within) {
      if (last !== 0 || within === 0) {
        const pair = (ternary[within] as number) + (ternary[last] as number);
        layers.products(products, within, last);
        const sum = new LogSums(1);
        for (let layer = outside; layer !== 0; layer = (layer - 1) & outside) {
          products[layer] =
            (products[layer] as number) + (following[(ternary[within | layer] as number) + (ternary[layer] as number)] as number);
          sum.add(0, products[layer] as number);
        }
        following[pair] = sum.value(0);
        const before = (within === 0 ? 0 : placed.value(pair)) - logZ;
        if (before + (following[pair] as number) > NEGLIGIBLE) {
          for (let layer = outside; layer !== 0; layer = (layer - 1) & outside) {
            const probability = Math.exp(before + (products[layer] as number));
            if (probability === 0) continue;
            for (let rest = layer; rest !== 0; rest &= rest - 1) {
              const target = within === 0 ? first : (behind[lowest(rest)] as Float64Array);
              const at = within === 0 ? lowest(rest) : pair;
              target[at] = (target[at] as number) + probability;
            }
          }
        }
      }
      if (last === 0) break;
    }
  }
  return { first, behind };
}

function edgeProbabilities(parentSets: readonly Float64Array[]): number[][] {
  return parentSets.map((_, i) =>
    parentSets.map((probability) =>
      Math.min(
        1,
        probability.reduce((sum, p, set) => ((set >>> i) & 1 ? sum + p : sum), 0),
      ),
    ),
  );
}

/**
 * P(i ⇝ j) = Σ of P(the descendants of i are D) over the D with j. Let N be the nodes that are neither i nor in D. N has parents in N alone,
 * i has parents in N, and D any, such that i reaches all of D: weight T(N; ∅) · A_i(N) · H_i(D), where T(X; E) is the total weight of all
 * DAGs on X with further parents in E. Subtract from T(D; V∖D) the graphs in which i reaches only a smaller set D′:
 *
 *   H_i(D) = T(D; V∖D) − Σ_{D′ ⊊ D} T(D∖D′; N) · H_i(D′).
 *
 * The difference may cancel, but the product is at most Z times the probability that no node of N descends from i. So the absolute error of a
 * probability is that of float64 near 1.
 */
function pathProbabilities(layers: Layers, logZ: number): number[][] {
  const { variables, all, ternary } = layers;
  // [(E ∪ X, X)]: log T(X; E).
  const totals = new Float64Array(3 ** variables);
  for (let given = 0; given <= all; given++) {
    const outside = all & ~given;
    const sums = layers.forward(given);
    for (let nodes = outside; nodes !== 0; nodes = (nodes - 1) & outside) {
      totals[(ternary[given | nodes] as number) + (ternary[nodes] as number)] = layers.total(sums, nodes);
    }
  }
  const total = (nodes: number, given: number): number =>
    nodes === 0 ? 0 : (totals[(ternary[given | nodes] as number) + (ternary[nodes] as number)] as number);
  return Array.from({ length: variables }, (_, i) => {
    const others = all & ~(1 << i);
    const reached = new Float64Array(all + 1);
    const row = new Array<number>(variables).fill(0);
    for (let descendants = 0; ; descendants = (descendants - others) & others) {
      const rest = others & ~descendants;
      const fewer = new LogSums(1);
      if (descendants !== 0) {
        for (let some = (descendants - 1) & descendants; ; some = (some - 1) & descendants) {
          fewer.add(0, total(descendants & ~some, rest) + (reached[some] as number));
          if (some === 0) break;
        }
      }
      reached[descendants] = descendants === 0 ? 0 : logSubtract(total(descendants, all & ~descendants), fewer.value(0));
      const probability = Math.exp(total(rest, 0) + layers.anyParents(i, rest) + (reached[descendants] as number) - logZ);
      for (let bits = descendants; bits !== 0; bits &= bits - 1) row[lowest(bits)] = (row[lowest(bits)] as number) + probability;
      if (descendants === others) break;
    }
    return row.map((probability) => Math.min(1, probability));
  });
}

/** The position of the lowest 1 of a set that is not empty. */
function lowest(set: number): number {
  return 31 - Math.clz32(set & -set);
}
