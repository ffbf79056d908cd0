/**
 * Phylogenetic trees (method.md section 4): from single leaves join two trees until one is left.
 * R(x) is the likelihood of an alignment under JC69 with every branch of length 1, by Felsenstein's pruning.
 */
import type { ReferenceEnvironment } from "./environment.js";
import { sum } from "./vectors.js";

/** A leaf, or two subtrees, the one with the smallest leaf first. */
export type Tree = number | readonly [Tree, Tree];

/** The trees in the order of their smallest leaves. */
export type Forest = readonly Tree[];

export interface PhylogeneticsOptions {
  /** One sequence for each leaf, all of the same length; letters as in `BASES`. */
  sequences: readonly string[];
  /** lambda of JC69 */
  rate: number;
  /** log R = (constant - changes) / temperature in place of the log-likelihood. */
  parsimony?: { constant: number; temperature: number };
}

/** The bases that a letter may stand for, in the order A, C, G, T. */
export const BASES: Record<string, readonly [number, number, number, number]> = {
  A: [1, 0, 0, 0],
  C: [0, 1, 0, 0],
  G: [0, 0, 1, 0],
  T: [0, 0, 0, 1],
  M: [1, 1, 0, 0],
  R: [1, 0, 1, 0],
  W: [1, 0, 0, 1],
  S: [0, 1, 1, 0],
  Y: [0, 1, 0, 1],
  K: [0, 0, 1, 1],
  V: [1, 1, 1, 0],
  H: [1, 1, 0, 1],
  D: [1, 0, 1, 1],
  B: [0, 1, 1, 1],
  N: [1, 1, 1, 1],
};

export function smallestLeaf(tree: Tree): number {
  return typeof tree === "number" ? tree : Math.min(smallestLeaf(tree[0]), smallestLeaf(tree[1]));
}

/** Two trees under a new root. */
export function joined(a: Tree, b: Tree): Tree {
  return smallestLeaf(a) < smallestLeaf(b) ? [a, b] : [b, a];
}

function inOrder(trees: Tree[]): Forest {
  return trees.sort((a, b) => smallestLeaf(a) - smallestLeaf(b));
}

/** Every node of the forest that is not a leaf. */
function innerNodes(forest: Forest): (readonly [Tree, Tree])[] {
  return forest.flatMap((tree) => (typeof tree === "number" ? [] : [tree, ...innerNodes(tree)]));
}

/** Number of joins into the slot of the tree's smallest leaf: the depth of this leaf in the tree. */
function joinsAbove(tree: Tree): number {
  return typeof tree === "number" ? 0 : 1 + joinsAbove(tree[0]);
}

/** log-likelihood by the definition: for each node and each of its bases, the probability of everything below it. */
export function treeLogLikelihood(tree: Tree, { sequences, rate }: PhylogeneticsOptions): number {
  const same = 1 / 4 + (3 / 4) * Math.exp(-4 * rate);
  const different = 1 / 4 - (1 / 4) * Math.exp(-4 * rate);
  const below = (node: Tree, site: number): number[] => {
    if (typeof node === "number") return [...BASES[sequences[node]![site]!]!];
    const [left, right] = node.map((child) => below(child, site));
    const along = (child: number[], base: number): number => sum(child.map((value, other) => (other === base ? same : different) * value));
    return [0, 1, 2, 3].map((base) => along(left!, base) * along(right!, base));
  };
  return sum(Array.from(sequences[0]!, (_, site) => Math.log(sum(below(tree, site)) / 4)));
}

/** The smallest number of changes along the branches: for each node and each of its bases, the smallest number below it (Sankoff 1975). */
export function fewestChanges(tree: Tree, sequences: readonly string[]): number {
  const least = (costs: number[]): number => costs.reduce((low, cost) => Math.min(low, cost));
  const below = (node: Tree, site: number): number[] => {
    if (typeof node === "number") return BASES[sequences[node]![site]!]!.map((possible) => (possible ? 0 : Number.POSITIVE_INFINITY));
    const children = node.map((child) => below(child, site));
    const along = (costs: number[], base: number): number => least(costs.map((cost, other) => cost + (other === base ? 0 : 1)));
    return [0, 1, 2, 3].map((base) => sum(children.map((costs) => along(costs, base))));
  };
  return sum(Array.from(sequences[0]!, (_, site) => least(below(tree, site))));
}

/** The tree in Newick format, with the leaves' names. */
export function written(tree: Tree, names: readonly string[]): string {
  return typeof tree === "number" ? names[tree]! : `(${written(tree[0], names)},${written(tree[1], names)})`;
}

/** Action j(j-1)/2 + i joins the trees of smallest leaves i < j; the backward policy undoes the join of any root. */
export function phylogenetics(options: PhylogeneticsOptions): ReferenceEnvironment<Forest> {
  const taxa = options.sequences.length;
  const pairs = Array.from({ length: taxa }, (_, j) => Array.from({ length: j }, (_, i) => ({ i, j }))).flat();
  const actionOf = (i: number, j: number): number => pairs.findIndex((pair) => pair.i === i && pair.j === j);

  return {
    name: `phylogenetics ${taxa}`,
    actions: pairs.length,
    features: pairs.length + (taxa - 1) ** 2,
    horizon: taxa - 1,
    initial: () => Array.from({ length: taxa }, (_, leaf) => leaf),
    isTerminal: (forest) => forest.length === 1,
    allowed: (forest) => {
      const roots = forest.map(smallestLeaf);
      return pairs.map(({ i, j }) => roots.includes(i) && roots.includes(j));
    },
    apply: (forest, action) => {
      const { i, j } = pairs[action]!;
      const [a, b] = [i, j].map((leaf) => forest.find((tree) => smallestLeaf(tree) === leaf)!);
      return inOrder([...forest.filter((tree) => tree !== a && tree !== b), joined(a!, b!)]);
    },
    parents: (forest) =>
      forest.flatMap((tree) => {
        if (typeof tree === "number") return [];
        const state = inOrder([...forest.filter((other) => other !== tree), ...tree]);
        return [{ state, action: actionOf(smallestLeaf(tree[0]), smallestLeaf(tree[1])) }];
      }),
    featuresOf: (forest) => {
      const slots = pairs.map(() => 0);
      const ranks = Array<number>((taxa - 1) ** 2).fill(0);
      for (const [left, right] of innerNodes(forest)) {
        const leaf = smallestLeaf(right);
        slots[actionOf(smallestLeaf(left), leaf)] = 1;
        ranks[(leaf - 1) * (taxa - 1) + joinsAbove(left)] = 1;
      }
      return [...slots, ...ranks];
    },
    logReward: (forest) => {
      if (options.parsimony === undefined) return treeLogLikelihood(forest[0]!, options);
      return (options.parsimony.constant - fewestChanges(forest[0]!, options.sequences)) / options.parsimony.temperature;
    },
    key: (forest) => JSON.stringify(forest),
  };
}
