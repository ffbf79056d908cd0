import type { RandomStream } from "@webgfn/tensor";

/** A finite automaton that reads coordinates one by one. Its states are numbers. */
export interface Automaton {
  readonly start: number;
  /** The coordinates that it reads. */
  readonly values: readonly number[];
  /** The state after a coordinate; undefined if it rejects. */
  next(state: number, value: number): number | undefined;
  accepts(state: number): boolean;
}

/** The cells whose coordinates an automaton accepts. */
export interface AcceptedCells {
  readonly count: number;
  /** Draws one of them uniformly. */
  draw(random: RandomStream, cell: Uint32Array): void;
}

/**
 * Counts the lists of `length` coordinates that an automaton accepts, by dynamic programming over its states and the coordinates left.
 * Counts above 2^53 are rounded.
 */
export function acceptedCells(automaton: Automaton, length: number): AcceptedCells {
  const { values, accepts } = automaton;
  const { states, moves } = transitions(automaton);
  // ways[left][state]: number of lists of `left` further coordinates that are accepted from this state.
  const ways = [Float64Array.from(states, (state) => (accepts(state) ? 1 : 0))];
  for (let left = 1; left <= length; left++) {
    const fewer = ways[left - 1] as Float64Array;
    ways.push(
      Float64Array.from(moves, (after) => after.reduce((sum, state) => sum + (state === REJECTED ? 0 : (fewer[state] as number)), 0)),
    );
  }
  const waysFrom = (state: number, left: number) => (state === REJECTED ? 0 : ((ways[left] as Float64Array)[state] as number));
  return {
    count: waysFrom(0, length),
    draw(random, cell) {
      let state = 0;
      for (let i = 0; i < length; i++) {
        const left = length - i - 1;
        const after = moves[state] as Int32Array;
        let rest = random.uniform() * waysFrom(state, left + 1);
        let last = 0;
        for (let v = 0; v < values.length && rest >= 0; v++) {
          const count = waysFrom(after[v] as number, left);
          if (count === 0) continue;
          // If rounding leaves a remainder, take the last value.
          last = v;
          rest -= count;
        }
        cell[i] = values[last] as number;
        state = after[last] as number;
      }
    },
  };
}

/** Stands for rejection: not the number of a state. */
const REJECTED = -1;

/** The reachable states, the start first, and for each state the index of the state after each value. */
function transitions({ start, values, next }: Automaton): { states: number[]; moves: Int32Array[] } {
  const states = [start];
  const numbers = new Map([[start, 0]]);
  const moves: Int32Array[] = [];
  // The loop appends to the list that it iterates over.
  for (const state of states) {
    const after = Int32Array.from(values, (value) => {
      const reached = next(state, value);
      if (reached === undefined) return REJECTED;
      const known = numbers.get(reached);
      if (known !== undefined) return known;
      numbers.set(reached, states.length);
      return states.push(reached) - 1;
    });
    moves.push(after);
  }
  return { states, moves };
}
