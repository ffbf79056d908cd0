/**
 * Forests as the GPU keeps them (`shaders/envs/phylogenetics.wgsl`). A tree sits in the slot of its smallest leaf, so that joining the trees
 * in slots i < j empties slot j for good. Every leaf except 0 is joined into a smaller slot at most once. A forest is defined by the slot
 * that each leaf was joined into, and by the order of the joins into each slot.
 *
 * Word j: joins into slot j (6 bits), then, once leaf j's tree has been joined into another, its rank among the joins into that slot (6
 * bits), the slot (6 bits), a flag, and the lengths of the two branches under the new root (6 bits each): that to slot `into`'s subtree, and
 * that to `leaf`'s. The last word counts all joins (6 bits), then has the lengths chosen for the next join (6 bits each). A length is the
 * number of its bin from 1 on, or 0 if no length is chosen.
 */

/** The tree of `leaf`'s slot is joined into that of slot `into` < `leaf`, under a new root. */
export interface Join {
  into: number;
  leaf: number;
}

const SIX_BITS = 63;
const RANK = 6;
const SLOT = 12;
const JOINED = 1 << 18;
const LENGTHS = 19;
const CHOSEN = 6;
/** Largest number of bins of branch lengths. */
export const MOST_BINS = SIX_BITS;

const word = (state: Uint32Array, at: number): number => state[at] as number;

function isJoined(state: Uint32Array, leaf: number): boolean {
  return (word(state, leaf) & JOINED) !== 0;
}

/** The slot that a leaf was joined into. */
function slotOf(state: Uint32Array, leaf: number): number {
  return (word(state, leaf) >>> SLOT) & SIX_BITS;
}

function rankOf(state: Uint32Array, leaf: number): number {
  return (word(state, leaf) >>> RANK) & SIX_BITS;
}

/** Joins into a slot. */
export function joinsInto(state: Uint32Array, slot: number): number {
  return word(state, slot) & SIX_BITS;
}

/** The bins of the two branches under a join's root, to the subtree in its slot and to its leaf's. */
export type JoinLengths = readonly [into: number, leaf: number];

/** Makes a leaf that is not joined the `rank`-th to join a slot; later joins move up by one. */
export function insertJoin(state: Uint32Array, { into, leaf }: Join, rank: number, [a, b]: JoinLengths = [0, 0]): void {
  const taxa = state.length - 1;
  for (let other = into + 1; other < taxa; other++) {
    if (isJoined(state, other) && slotOf(state, other) === into && rankOf(state, other) >= rank)
      state[other] = word(state, other) + (1 << RANK);
  }
  state[leaf] = word(state, leaf) | JOINED | (into << SLOT) | (rank << RANK) | ((a | (b << CHOSEN)) << LENGTHS);
  state[into] = word(state, into) + 1;
  state[taxa] = word(state, taxa) + 1;
}

/**
 * The joins that make a forest, as slot and leaf in turn, with the joins of a tree before the joins that use it. Slots are in descending
 * order, because a tree that was joined into a slot has a larger smallest leaf; within a slot, joins are in the order of rank.
 */
export function joinsOf(state: Uint32Array): Uint8Array {
  const taxa = state.length - 1;
  const start = new Uint8Array(taxa);
  let total = 0;
  for (let slot = taxa - 1; slot >= 0; slot--) {
    start[slot] = total;
    total += joinsInto(state, slot);
  }
  const joins = new Uint8Array(2 * total);
  for (let leaf = 1; leaf < taxa; leaf++) {
    if (!isJoined(state, leaf)) continue;
    const slot = slotOf(state, leaf);
    const at = 2 * ((start[slot] as number) + rankOf(state, leaf));
    joins[at] = slot;
    joins[at + 1] = leaf;
  }
  return joins;
}

/** The bins of the branches of a forest, two for each of its joins in the order of {@link joinsOf}. */
export function lengthsOf(state: Uint32Array): Uint8Array {
  const joins = joinsOf(state);
  return Uint8Array.from(joins, (_, at) => {
    const lengths = word(state, joins[at | 1] as number) >>> LENGTHS;
    return (at % 2 === 0 ? lengths : lengths >>> CHOSEN) & SIX_BITS;
  });
}
