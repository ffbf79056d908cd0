/**
 * Phylogenetic trees with branch lengths (method.md section 4): actions choose two lengths from bins, then the two trees that these branches
 * join. R(x) is the likelihood of an alignment under JC69, times the prior probability of the lengths. Before the last join, actions choose
 * only one length.
 */
import type { ReferenceEnvironment } from "./environment.js";
import { BASES } from "./phylogenetics.js";
import { sum } from "./vectors.js";

/** A leaf, or a root: two subtrees, the one with the smallest leaf first, and the bin of the branch to each, from 0. */
type BranchedTree = number | { children: readonly [BranchedTree, BranchedTree]; bins: readonly number[] };

/** The trees in the order of their smallest leaves, and the bins chosen for the next join. */
export interface BranchedForest {
  trees: readonly BranchedTree[];
  chosen: readonly number[];
}

interface BranchOptions {
  /** One sequence for each leaf, all of the same length; letters as in `BASES`. */
  sequences: readonly string[];
  bins: number;
  /** Width of a bin, in expected substitutions per site. */
  width: number;
  /** Rate of the exponential prior over lengths. */
  priorRate: number;
}

function smallest(tree: BranchedTree): number {
  return typeof tree === "number" ? tree : smallest(tree.children[0]);
}

function inOrder(trees: BranchedTree[]): BranchedTree[] {
  return trees.sort((a, b) => smallest(a) - smallest(b));
}

function roots(trees: readonly BranchedTree[]): Exclude<BranchedTree, number>[] {
  return trees.flatMap((tree) => (typeof tree === "number" ? [] : [tree]));
}

/** Every node that is not a leaf. */
function nodes(trees: readonly BranchedTree[]): Exclude<BranchedTree, number>[] {
  return roots(trees).flatMap((tree) => [tree, ...nodes(tree.children)]);
}

function joinsAbove(tree: BranchedTree): number {
  return typeof tree === "number" ? 0 : 1 + joinsAbove(tree.children[0]);
}

/** log-likelihood of the sequences and log prior of the bins. At the root the branch to the second subtree has length 0. */
export function branchedLogReward(root: BranchedTree, { sequences, bins, width, priorRate }: BranchOptions): number {
  const length = (bin: number): number => (bin + 0.5) * width;
  const along = (child: number[], bin: number | undefined, base: number): number => {
    if (bin === undefined) return child[base]!;
    const kept = Math.exp((-4 / 3) * length(bin));
    return sum(child.map((value, other) => ((other === base ? kept : 0) + (1 - kept) / 4) * value));
  };
  const below = (tree: BranchedTree, site: number): number[] => {
    if (typeof tree === "number") return [...BASES[sequences[tree]![site]!]!];
    const [left, right] = tree.children.map((child) => below(child, site));
    return [0, 1, 2, 3].map((base) => along(left!, tree.bins[0], base) * along(right!, tree.bins[1], base));
  };
  const density = (bin: number): number => Math.exp(-priorRate * length(bin));
  const total = sum(Array.from({ length: bins }, (_, bin) => density(bin)));
  const logPrior = sum(nodes([root]).flatMap((node) => node.bins.map((bin) => Math.log(density(bin) / total))));
  return logPrior + sum(Array.from(sequences[0]!, (_, site) => Math.log(sum(below(root, site)) / 4)));
}

/** The tree in Newick format, with the leaves' names and the lengths formatted by `shown`. */
export function writtenWithLengths(tree: BranchedTree, names: readonly string[], shown: (bin: number | undefined) => string): string {
  if (typeof tree === "number") return names[tree]!;
  const [left, right] = tree.children.map((child) => writtenWithLengths(child, names, shown));
  return `(${left}:${shown(tree.bins[0])},${right}:${shown(tree.bins[1])})`;
}

/** Action j(j-1)/2 + i joins the trees of smallest leaves i < j; the actions after those choose a bin. */
export function branchedPhylogenetics(options: BranchOptions): ReferenceEnvironment<BranchedForest> {
  const taxa = options.sequences.length;
  const pairs = Array.from({ length: taxa }, (_, j) => Array.from({ length: j }, (_, i) => ({ i, j }))).flat();
  const actionOf = (i: number, j: number): number => pairs.findIndex((pair) => pair.i === i && pair.j === j);
  const bins = Array.from({ length: options.bins }, (_, bin) => bin);
  const isChosen = ({ trees, chosen }: BranchedForest): boolean => chosen.length === (trees.length === 2 ? 1 : 2);

  return {
    name: `phylogenetics ${taxa} with branch lengths`,
    actions: pairs.length + options.bins,
    features: pairs.length + (taxa - 1) ** 2 + 2 * (taxa - 1) + 2 * options.bins,
    horizon: 3 * taxa - 4,
    initial: () => ({ trees: Array.from({ length: taxa }, (_, leaf) => leaf), chosen: [] }),
    isTerminal: ({ trees }) => trees.length === 1,
    allowed: (state) => {
      const slots = state.trees.map(smallest);
      const isReady = isChosen(state);
      return [
        ...pairs.map(({ i, j }) => isReady && slots.includes(i) && slots.includes(j)),
        ...bins.map(() => !isReady && state.trees.length > 1),
      ];
    },
    apply: ({ trees, chosen }, action) => {
      if (action >= pairs.length) return { trees, chosen: [...chosen, action - pairs.length] };
      const { i, j } = pairs[action]!;
      const [a, b] = [i, j].map((leaf) => trees.find((tree) => smallest(tree) === leaf)!);
      const joined = { children: [a!, b!] as const, bins: chosen };
      return { trees: inOrder([...trees.filter((tree) => tree !== a && tree !== b), joined]), chosen: [] };
    },
    parents: ({ trees, chosen }) => {
      if (chosen.length > 0) return [{ state: { trees, chosen: chosen.slice(0, -1) }, action: pairs.length + chosen.at(-1)! }];
      return roots(trees).map((root) => ({
        state: { trees: inOrder([...trees.filter((other) => other !== root), ...root.children]), chosen: root.bins },
        action: actionOf(smallest(root.children[0]), smallest(root.children[1])),
      }));
    },
    featuresOf: ({ trees, chosen }) => {
      const slots = pairs.map(() => 0);
      const ranks = Array<number>((taxa - 1) ** 2).fill(0);
      const lengths = Array<number>(2 * (taxa - 1)).fill(0);
      for (const { children, bins: own } of nodes(trees)) {
        const leaf = smallest(children[1]);
        slots[actionOf(smallest(children[0]), leaf)] = 1;
        ranks[(leaf - 1) * (taxa - 1) + joinsAbove(children[0])] = 1;
        own.forEach((bin, side) => {
          lengths[2 * (leaf - 1) + side] = (bin + 1) / 64;
        });
      }
      const next = [0, 1].flatMap((which) => bins.map((bin) => (chosen[which] === bin ? 1 : 0)));
      return [...slots, ...ranks, ...lengths, ...next];
    },
    logReward: ({ trees }) => branchedLogReward(trees[0]!, options),
    key: (state) => JSON.stringify(state),
  };
}
