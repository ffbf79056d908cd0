/**
 * Sets (method.md section 4): from the empty set add items until there are `size`.
 * log R(x) = sum of the scores of the members; Z is the elementary symmetric polynomial e_size(exp scores).
 */
import type { ReferenceEnvironment } from "./environment.js";
import { logSumExp, sum } from "./vectors.js";

/** Membership of each item. */
export type SetState = boolean[];

export interface SetsOptions {
  items: number;
  size: number;
  /** One for each item. */
  logScores: number[];
}

/** Action i adds item i; the backward policy removes any member. */
export function sets(options: SetsOptions): ReferenceEnvironment<SetState> {
  const { items, size, logScores } = options;
  if (logScores.length !== items) throw new Error(`${items} items need ${items} scores, not ${logScores.length}.`);
  if (size > items) throw new Error(`A set of ${size} cannot be drawn from ${items} items.`);

  const isTerminal = (state: SetState): boolean => state.filter(Boolean).length === size;
  const withMember = (state: SetState, item: number, member: boolean): SetState =>
    state.map((present, i) => (i === item ? member : present));

  return {
    name: `sets ${size} of ${items}`,
    actions: items,
    features: items,
    horizon: size,
    initial: () => Array<boolean>(items).fill(false),
    isTerminal,
    allowed: (state) => state.map((present) => !present && !isTerminal(state)),
    apply: (state, action) => withMember(state, action, true),
    parents: (state) => state.flatMap((present, item) => (present ? [{ state: withMember(state, item, false), action: item }] : [])),
    featuresOf: (state) => state.map(Number),
    logReward: (state) => sum(logScores.filter((_, item) => state[item])),
    key: (state) => state.map(Number).join(""),
  };
}

/**
 * log Z = log e_size(exp f), by adding one item after another: e_k <- e_k + exp(f) e_{k-1}, in the log domain.
 * k runs downwards, because e_{k-1} must still be without this item.
 */
export function setsLogZ(logScores: number[], size: number): number {
  const logE = [0, ...Array<number>(size).fill(-Infinity)];
  for (const score of logScores) {
    for (let k = size; k >= 1; k--) logE[k] = logSumExp([logE[k]!, score + logE[k - 1]!]);
  }
  return logE[size]!;
}
