// A knapsack as a reward: sets of 4 of 10 items, of which some are too heavy together.
// npx webgfn check ./knapsack.mjs#knapsack --environment sets --env.items 10 --env.size 4
// npx webgfn train sets --env.items 10 --env.size 4 --reward ./knapsack.mjs#knapsack --out runs/knapsack

export const VALUES = [4, 2, 9, 1, 3, 7, 8, 3, 6, 5];
export const WEIGHTS = [12, 2, 14, 1, 3, 8, 10, 4, 7, 6];
export const CAPACITY = 31;

/** log R of a set that is too heavy. R must be above 0, so it is a low one: all of them together get a millionth of the mass. */
const TOO_HEAVY = -5;

export const total = (items, of) => items.reduce((sum, item) => sum + of[item], 0);

/** log R of each set of a batch. A set that is worth 1 more is sampled e^0.5 = 1.65 times as often. */
export function knapsack(sets) {
  return sets.map(({ items }) => (total(items, WEIGHTS) <= CAPACITY ? 0.5 * total(items, VALUES) : TOO_HEAVY));
}
