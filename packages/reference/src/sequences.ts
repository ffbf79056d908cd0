/**
 * Sequences (method.md section 4): append a symbol or stop; at `length` symbols only stop. Each state has one parent.
 * log R(x) = sum over i of f(x_i) g(i), positions counted from 1.
 */
import type { ReferenceEnvironment } from "./environment.js";
import { sum } from "./vectors.js";

export interface SequenceState {
  symbols: number[];
  stopped: boolean;
}

export interface SequencesOptions {
  /** N, the most symbols of a sequence. */
  length: number;
  /** Fewest symbols of a sequence. Default 0. */
  least?: number;
  /** f, one value for each symbol. */
  values: number[];
  /** g. Default g(i) = i. */
  weight?: (position: number) => number;
}

/** Action v < D appends symbol v; action D stops. */
export function sequences({
  length,
  least = 0,
  values,
  weight = (position) => position,
}: SequencesOptions): ReferenceEnvironment<SequenceState> {
  const symbols = values.length;
  const stop = symbols;
  return {
    name: `sequences of up to ${length} of ${symbols} symbols`,
    actions: symbols + 1,
    ...(least === 0 && { stop: symbols }),
    features: length * symbols,
    horizon: length + 1,
    initial: () => ({ symbols: [], stopped: false }),
    isTerminal: (state) => state.stopped,
    allowed: (state) => [
      ...values.map(() => !state.stopped && state.symbols.length < length),
      !state.stopped && state.symbols.length >= least,
    ],
    apply: (state, action) =>
      action === stop ? { ...state, stopped: true } : { symbols: [...state.symbols, action], stopped: state.stopped },
    parents: (state) => {
      if (state.stopped) return [{ state: { ...state, stopped: false }, action: stop }];
      const last = state.symbols.at(-1);
      return last === undefined ? [] : [{ state: { symbols: state.symbols.slice(0, -1), stopped: false }, action: last }];
    },
    // One-hot per position; positions not yet filled are all zero.
    featuresOf: (state) => {
      const features = Array<number>(length * symbols).fill(0);
      state.symbols.forEach((symbol, i) => {
        features[i * symbols + symbol] = 1;
      });
      return features;
    },
    logReward: (state) => sum(state.symbols.map((symbol, i) => values[symbol]! * weight(i + 1))),
    key: (state) => state.symbols.join(",") + (state.stopped ? " stopped" : ""),
  };
}
