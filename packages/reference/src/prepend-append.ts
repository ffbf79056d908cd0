/** Sequences of N symbols that grow at both ends; log R(x) = sum over i of f(x_i) i, positions counted from 1. */
import type { ReferenceEnvironment } from "./environment.js";
import { sum } from "./vectors.js";

export interface PrependAppendOptions {
  length: number;
  /** f, one value for each symbol. */
  values: number[];
}

/** Action v < D puts symbol v first, action D + v puts it last. */
export function prependAppend({ length, values }: PrependAppendOptions): ReferenceEnvironment<number[]> {
  const symbols = values.length;
  return {
    name: `sequences of ${length} of ${symbols} symbols that grow at both ends`,
    actions: 2 * symbols,
    features: length * symbols,
    horizon: length,
    initial: () => [],
    isTerminal: (state) => state.length === length,
    allowed: (state) => Array<boolean>(2 * symbols).fill(state.length < length),
    apply: (state, action) => (action < symbols ? [action, ...state] : [...state, action - symbols]),
    // Always two parents, even if both are the same state.
    parents: (state) =>
      state.length === 0
        ? []
        : [
            { state: state.slice(1), action: state[0]! },
            { state: state.slice(0, -1), action: symbols + state.at(-1)! },
          ],
    featuresOf: (state) => {
      const features = Array<number>(length * symbols).fill(0);
      state.forEach((symbol, i) => {
        features[i * symbols + symbol] = 1;
      });
      return features;
    },
    logReward: (state) => sum(state.map((symbol, i) => values[symbol]! * (i + 1))),
    key: (state) => state.join(","),
  };
}
