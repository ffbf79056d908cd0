/**
 * A small environment of one's own, to be broken: a knapsack. Items are put in one at a time, as long as they fit, and the
 * trajectory may stop at any time. `state_at` numbers every set of items, so that many terminal states are never reached.
 */
import { available, defineEnvironment, type Environment, type EnvironmentDescription } from "@webgfn/envs";

const WEIGHTS = [3, 5, 4, 6];
const VALUES = [1, 2.5, 1.5, 0.5];
const CAPACITY = 9;
const ITEMS = WEIGHTS.length;

const SHADER = `
// State: one bit for each item, then the bit of the stop action.
import constants::{ACTIONS, FEATURES, STATE_WORDS, CAPACITY, ITEMS};

// [weights, values]
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

fn stop_bit() -> u32 { return 1u << u32(ITEMS); }
fn has(state: State, item: u32) -> bool { return ((state[0] >> item) & 1u) == 1u; }

fn weight(state: State) -> f32 {
  var sum = 0.0;
  for (var item = 0u; item < u32(ITEMS); item++) { sum += select(0.0, environment_data[item], has(state, item)); }
  return sum;
}

fn initial_state() -> State { return State(0u); }
fn is_terminal(state: State) -> bool { return (state[0] & stop_bit()) != 0u; }

fn is_allowed(state: State, action: u32) -> bool {
  if (action == u32(ITEMS)) { return true; }
  return !has(state, action) && weight(state) + environment_data[action] <= f32(CAPACITY);
}

fn apply(state: State, action: u32) -> State { return State(state[0] | (1u << action)); }

fn is_undoable(state: State, action: u32) -> bool {
  if (is_terminal(state)) { return action == u32(ITEMS); }
  return has(state, action);
}

fn undo(state: State, action: u32) -> State { return State(state[0] & ~(1u << action)); }
fn parent_count(state: State) -> u32 { return select(countOneBits(state[0]), 1u, is_terminal(state)); }
fn level(state: State) -> u32 { return countOneBits(state[0]); }
fn feature(state: State, k: u32) -> f32 { return select(0.0, 1.0, has(state, k)); }

fn next_feature(state: State, start: u32) -> u32 {
  for (var k = start; k < FEATURES; k++) {
    if (has(state, k)) { return k; }
  }
  return FEATURES;
}

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var item = 0u; item < u32(ITEMS); item++) { sum += select(0.0, environment_data[u32(ITEMS) + item], has(state, item)); }
  return sum;
}

fn state_at(index: u32) -> State { return State(index); }
fn state_index(state: State) -> u32 { return state[0]; }
`;

const itemsOf = (word: number) => WEIGHTS.flatMap((_, item) => ((word >> item) & 1 ? [item] : []));
const total = (items: readonly number[], of: readonly number[]) => items.reduce((sum, item) => sum + of[item]!, 0);

/** Every set of items that fits. */
export const FEASIBLE = Array.from({ length: 2 ** ITEMS }, (_, word) => itemsOf(word)).filter((items) => total(items, WEIGHTS) <= CAPACITY);
export const logRewardOf = (items: readonly number[]) => total(items, VALUES);

/** Whether an object fits, as a constraint. */
export function fits(object: unknown): true | string {
  const weight = total((object as { items: number[] }).items, WEIGHTS);
  return weight <= CAPACITY || `${weight} is more than ${CAPACITY}`;
}

/** The knapsack, with its module's text changed where `changes` says so. */
export function knapsack(
  changes: readonly (readonly [from: string, to: string])[] = [],
  more: Partial<EnvironmentDescription<{ items: number[] }>> = {},
): Environment {
  let shader = SHADER;
  for (const [from, to] of changes) {
    if (!shader.includes(from)) throw new Error(`the module has no ${from}`);
    shader = shader.replaceAll(from, to);
  }
  return defineEnvironment({
    name: "knapsack",
    title: "a knapsack of 4 items",
    shader,
    constants: { ITEMS, CAPACITY },
    data: Float32Array.from([...WEIGHTS, ...VALUES]),
    stateWords: 1,
    actions: ITEMS + 1,
    horizon: ITEMS + 1,
    features: ITEMS,
    enumeration: available(2 ** (ITEMS + 1)),
    exactLogZ: available(Math.log(FEASIBLE.reduce((sum, items) => sum + Math.exp(logRewardOf(items)), 0))),
    exactSampling: available((count: number, seed: number) =>
      Uint32Array.from({ length: count }, (_, n) => 2 ** ITEMS + total(FEASIBLE[(seed + n) % FEASIBLE.length]!, [1, 2, 4, 8])),
    ),
    decode: (state: Uint32Array) => ({ items: itemsOf(state[0]!) }),
    ...more,
  });
}
