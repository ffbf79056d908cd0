import { joinsOf } from "./forest-state.js";
import { label } from "./newick.js";

/** A group of species that a rooted tree separates from all others, by the numbers of its leaves in ascending order. */
export type Clade = readonly number[];

/** A clade and its probability. */
export interface SupportedClade {
  leaves: Clade;
  /** The clade's probability, from 0 to 1. */
  support: number;
}

/** The clades of a tree, from its terminal state: those with at least two leaves, but not all. */
export function cladesOfState(state: Uint32Array): Clade[] {
  const taxa = state.length - 1;
  const below: number[][] = Array.from({ length: taxa }, (_, leaf) => [leaf]);
  const joins = joinsOf(state);
  const clades: number[][] = [];
  for (let n = 0; n < joins.length; n += 2) {
    const [into, leaf] = [joins[n] as number, joins[n + 1] as number];
    below[into] = [...(below[into] as number[]), ...(below[leaf] as number[])].sort((a, b) => a - b);
    if ((below[into] as number[]).length < taxa) clades.push(below[into] as number[]);
  }
  return clades;
}

/** The share of each clade: the sum of the weights of the trees that have it, the most probable clade first. */
export function cladeShares(trees: Iterable<{ clades: readonly Clade[]; weight: number }>): SupportedClade[] {
  const shares = new Map<string, { leaves: Clade; support: number }>();
  for (const { clades, weight } of trees) {
    for (const leaves of clades) {
      const key = leaves.join();
      const known = shares.get(key);
      if (known === undefined) shares.set(key, { leaves, support: weight });
      else known.support += weight;
    }
  }
  return [...shares.values()].sort(
    (a, b) => b.support - a.support || a.leaves.length - b.leaves.length || (a.leaves.join() < b.leaves.join() ? -1 : 1),
  );
}

/** A node of a tree that need not be binary: a leaf by its number, or subtrees with the probability of their clade. */
export type ConsensusNode = number | { children: ConsensusNode[]; support: number };

/** The majority-rule consensus tree: all clades with a support of more than ½, which never contradict each other. */
export function consensusOf(taxa: number, clades: readonly SupportedClade[]): ConsensusNode {
  const majority = clades.filter(({ support }) => support > 0.5).sort((a, b) => a.leaves.length - b.leaves.length);
  // The subtrees that are not yet part of a clade, by their smallest leaf. Smaller clades come before clades that contain them.
  let subtrees = Array.from({ length: taxa }, (_, leaf): { smallest: number; node: ConsensusNode } => ({ smallest: leaf, node: leaf }));
  for (const { leaves, support } of majority) {
    const inside = subtrees.filter(({ smallest }) => leaves.includes(smallest));
    subtrees = subtrees.filter((tree) => !inside.includes(tree));
    subtrees.push({ smallest: leaves[0] as number, node: { children: inside.map(({ node }) => node), support } });
    subtrees.sort((a, b) => a.smallest - b.smallest);
  }
  return { children: subtrees.map(({ node }) => node), support: 1 };
}

/** A consensus tree in Newick format, with the support of each clade as the name of its node: `((A,B)0.93,C,D);`. */
export function consensusText(names: readonly string[], root: ConsensusNode): string {
  const text = (node: ConsensusNode): string =>
    typeof node === "number"
      ? label(names[node] as string)
      : `(${node.children.map(text).join(",")})${node === root ? "" : node.support.toFixed(2)}`;
  return `${text(root)};`;
}
