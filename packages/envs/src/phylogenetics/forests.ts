import { insertJoin, joinsInto } from "./forest-state.js";

/**
 * Forests and trees by number. A forest on leaves 0 … n−1 grows leaf by leaf: leaf k either stays alone, or joins a slot i < k as the r-th, r
 * from 0 to the joins into i so far. A forest of k leaves and r trees has 1 + 2k − r such choices. Removing the largest leaf undoes the last
 * choice, so every forest arises exactly once. In a tree no leaf stays alone, which leaves 2k − 1 choices and (2n − 3)!! trees.
 */

/**
 * Forests on `taxa` leaves that grow out of one of k leaves and r trees, as [k][r]:
 * grown[k][r] = grown[k+1][r+1] + (2k − r) · grown[k+1][r].
 */
export function grownForests(taxa: number): number[][] {
  const grown = Array.from({ length: taxa + 1 }, () => new Array<number>(taxa + 1).fill(0));
  for (let k = taxa; k > 0; k--) {
    const row = grown[k] as number[];
    const after = grown[k + 1];
    for (let r = 1; r <= k; r++) row[r] = after === undefined ? 1 : (after[r + 1] as number) + (2 * k - r) * (after[r] as number);
  }
  return grown;
}

/** 1, 2, 7, 37, 266, 2,431, 27,007, 353,522, … forests of rooted binary trees on labelled leaves (OEIS A001515). */
export function forestCount(taxa: number): number {
  return grownForests(taxa)[1]?.[1] as number;
}

/** (2n − 3)!! rooted binary trees on n labelled leaves: 1, 3, 15, 105, 945, 10,395, 135,135, … */
export function treeCount(taxa: number): number {
  let count = 1;
  for (let k = 2; k < taxa; k++) count *= 2 * k - 1;
  return count;
}

/** The state of the tree with this number below {@link treeCount}. */
export function treeAt(number: number, taxa: number): Uint32Array {
  const state = new Uint32Array(taxa + 1);
  let rest = number;
  for (let leaf = 1; leaf < taxa; leaf++) {
    let choice = rest % (2 * leaf - 1);
    rest = Math.floor(rest / (2 * leaf - 1));
    let into = 0;
    for (; choice > joinsInto(state, into); into++) choice -= joinsInto(state, into) + 1;
    insertJoin(state, { into, leaf }, choice);
  }
  return state;
}
