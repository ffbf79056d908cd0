import { joinsOf } from "./forest-state.js";
import { treeAt, treeCount } from "./forests.js";
import type { BranchProbabilities } from "./jukes-cantor.js";
import type { SitePatterns } from "./site-patterns.js";

/** Site patterns whose partials are in memory at a time: 30 MB for 8 species. */
const BLOCK = 8;

/**
 * log-likelihoods of all trees with equal branches, by number (`treeAt`), equal to those of `pruning`. Trees share most of their subtrees,
 * and the partials of each subtree are computed once: two joins per tree in place of one per species. No rescaling is needed: trees have at
 * most 8 species, and a join takes at most 12 of float64's 308 decimal places.
 */
export function logLikelihoodsOfTrees(
  taxa: number,
  { bases, weights }: SitePatterns,
  { same, different }: BranchProbabilities,
): Float64Array {
  const { left, right, roots } = subtreesOfTrees(taxa);
  const stays = same - different;
  const total = new Float64Array(roots.length / 2);
  const partials = new Float64Array(4 * BLOCK * left.length);
  const joined = new Float64Array(4);
  // The partials of two subtrees under a new root. Unrolled for four bases, because most of the time is spent here.
  const join = (a: number, b: number, into: Float64Array, start: number): void => {
    const a0 = partials[a] as number;
    const a1 = partials[a + 1] as number;
    const a2 = partials[a + 2] as number;
    const a3 = partials[a + 3] as number;
    const b0 = partials[b] as number;
    const b1 = partials[b + 1] as number;
    const b2 = partials[b + 2] as number;
    const b3 = partials[b + 3] as number;
    const changedA = different * (a0 + a1 + a2 + a3);
    const changedB = different * (b0 + b1 + b2 + b3);
    into[start] = (changedA + stays * a0) * (changedB + stays * b0);
    into[start + 1] = (changedA + stays * a1) * (changedB + stays * b1);
    into[start + 2] = (changedA + stays * a2) * (changedB + stays * b2);
    into[start + 3] = (changedA + stays * a3) * (changedB + stays * b3);
  };
  for (let first = 0; first < bases.length; first += BLOCK) {
    const width = Math.min(BLOCK, bases.length - first);
    for (let leaf = 0; leaf < taxa; leaf++) {
      for (let n = 0; n < width; n++) {
        const possible = bases[first + n]?.[leaf] as number;
        for (let base = 0; base < 4; base++) partials[4 * (leaf * BLOCK + n) + base] = (possible >>> base) & 1;
      }
    }
    for (let tree = taxa; tree < left.length; tree++) {
      const [a, b] = [4 * BLOCK * (left[tree] as number), 4 * BLOCK * (right[tree] as number)];
      for (let n = 0; n < 4 * width; n += 4) join(a + n, b + n, partials, 4 * BLOCK * tree + n);
    }
    for (let number = 0; number < total.length; number++) {
      const [a, b] = [4 * BLOCK * (roots[2 * number] as number), 4 * BLOCK * (roots[2 * number + 1] as number)];
      for (let n = 0; n < width; n++) {
        join(a + 4 * n, b + 4 * n, joined, 0);
        const likelihood = 0.25 * ((joined[0] as number) + (joined[1] as number) + (joined[2] as number) + (joined[3] as number));
        total[number] = (total[number] as number) + (weights[first + n] as number) * Math.log(likelihood);
      }
    }
  }
  return total;
}

/**
 * The subtrees of all trees by number, the leaves first and each subtree after its two children; and the two subtrees below the root of each
 * tree.
 */
function subtreesOfTrees(taxa: number): { left: number[]; right: number[]; roots: Uint32Array } {
  const left = new Array<number>(taxa).fill(0);
  const right = new Array<number>(taxa).fill(0);
  const roots = new Uint32Array(2 * treeCount(taxa));
  const known = new Map<number, number>();
  const inSlot = new Uint32Array(taxa);
  for (let number = 0; number < roots.length / 2; number++) {
    const joins = joinsOf(treeAt(number, taxa));
    for (let leaf = 0; leaf < taxa; leaf++) inSlot[leaf] = leaf;
    for (let n = 0; n < joins.length; n += 2) {
      const [slot, leaf] = [joins[n] as number, joins[n + 1] as number];
      const [a, b] = [inSlot[slot] as number, inSlot[leaf] as number];
      if (n === joins.length - 2) {
        roots[2 * number] = a;
        roots[2 * number + 1] = b;
        continue;
      }
      const key = a * 2 ** 24 + b;
      let subtree = known.get(key);
      if (subtree === undefined) {
        subtree = left.push(a) - 1;
        right.push(b);
        known.set(key, subtree);
      }
      inSlot[slot] = subtree;
    }
  }
  return { left, right, roots };
}
