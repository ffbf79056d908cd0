/**
 * Random trajectories chosen on the GPU, with everything that the WGSL module says on the way, and the oracle beside them;
 * and every state by its index. All walks run in one dispatch, so that hundreds of states are checked in a second.
 */
import type { Environment } from "@webgfn/envs";
import { environmentConstants } from "@webgfn/sampler";
import { Program } from "@webgfn/tensor";
import { expect } from "vitest";
import { allStates, mulberry32 } from "../reference/index.js";
import { testDevice } from "./device.js";
import type { Twin } from "./twins.js";

const WALK = `
import constants::{ACTIONS, FEATURES, STATE_WORDS, HORIZON};
import package::environment::{State, initial_state, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};
@if(enumerable) import package::environment::{state_at, state_index};

struct Visit {
  reached: u32,
  terminal: u32,
  initial: u32,
  level: u32,
  parent_count: u32,
  log_reward: f32,
  index: u32,
  numbered: u32,    // whether state_at(state_index(s)) is s
  chosen: u32,
}

@group(0) @binding(0) var<storage, read> fractions: array<f32>;        // [walk][time]: 0 takes the lowest action, 1 the highest
@group(0) @binding(1) var<storage, read_write> visits: array<Visit>;   // [walk][time]
@group(0) @binding(2) var<storage, read_write> moves: array<vec4u>;    // [walk][time][action]: allowed, undoable, reversible, index of the parent
@group(0) @binding(3) var<storage, read_write> features: array<f32>;   // [walk][time][feature]
@group(0) @binding(4) var<storage, read_write> following: array<u32>;  // [walk][time][start]: next_feature(state, start)
@group(0) @binding(5) var<storage, read_write> states: array<u32>;     // [walk][time][word]

fn same(a: State, b: State) -> bool {
  var equal = true;
  for (var word = 0u; word < STATE_WORDS; word++) {
    equal = equal && a[word] == b[word];
  }
  return equal;
}

fn index_of(state: State) -> u32 {
  @if(enumerable) { return state_index(state); }
  @else { return 0u; }
}

fn is_numbered(state: State) -> bool {
  @if(enumerable) { return same(state, state_at(state_index(state))); }
  @else { return true; }
}

fn facts_of(state: State, action: u32) -> vec4u {
  let allowed = !is_terminal(state) && is_allowed(state, action);
  let undoable = is_undoable(state, action);
  var reversible = true;
  var parent = 0u;
  if (allowed) {
    let next = apply(state, action);
    reversible = is_undoable(next, action) && same(undo(next, action), state) && level(next) == level(state) + 1u;
  }
  if (undoable) {
    let previous = undo(state, action);
    reversible = reversible && !is_terminal(previous) && is_allowed(previous, action) && same(apply(previous, action), state)
      && level(previous) + 1u == level(state);
    parent = index_of(previous);
  }
  return vec4u(vec3u(vec3<bool>(allowed, undoable, reversible)), parent);
}

@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = initial_state();
  for (var time = 0u; time <= HORIZON; time++) {
    let visit = id.x * (HORIZON + 1u) + time;
    var allowed = 0u;
    for (var action = 0u; action < ACTIONS; action++) {
      let facts = facts_of(state, action);
      allowed += facts.x;
      moves[visit * ACTIONS + action] = facts;
    }
    for (var k = 0u; k < FEATURES; k++) {
      features[visit * FEATURES + k] = feature(state, k);
    }
    for (var start = 0u; start <= FEATURES; start++) {
      following[visit * (FEATURES + 1u) + start] = next_feature(state, start);
    }
    for (var word = 0u; word < STATE_WORDS; word++) {
      states[visit * STATE_WORDS + word] = state[word];
    }
    var chosen = 0u;
    if (allowed > 0u) {
      // Actions that stop come last: odd walks go on for as long as they can.
      let choices = select(allowed, allowed - 1u, id.x % 2u == 1u && allowed > 1u);
      var left = min(u32(fractions[visit] * f32(choices)), choices - 1u);
      while (moves[visit * ACTIONS + chosen].x == 0u || left > 0u) {
        left -= moves[visit * ACTIONS + chosen].x;
        chosen += 1u;
      }
    }
    let terminal = is_terminal(state);
    visits[visit] = Visit(
      1u, u32(terminal), u32(same(state, initial_state())), level(state), parent_count(state), log_reward(state), index_of(state),
      u32(is_numbered(state)), chosen);
    if (terminal || allowed == 0u) {
      break;
    }
    state = apply(state, chosen);
  }
}`;

/** Words of `Visit`. */
const VISIT = 9;
const MOVE = 4;

/**
 * Walks, and compares every visit with the oracle. Walk 0 always takes the lowest action (which stops as late as can be),
 * walk 2 the highest. Returns how many actions each walk took.
 */
export async function walkBeside<S>({ environment, reference, object, rounding }: Twin<S>, walks: number): Promise<number[]> {
  const { actions, features, stateWords, horizon } = environment;
  expect({ actions, features, horizon }).toEqual({ actions: reference.actions, features: reference.features, horizon: reference.horizon });
  const device = await testDevice();
  const enumerable = environment.enumeration.available;
  const kernel = await device.kernel({
    root: "walk",
    modules: { walk: WALK, environment: environment.shader },
    constants: environmentConstants(environment),
    conditions: { enumerable },
  });
  const times = horizon + 1;
  const random = mulberry32(1);
  const fractions = Float32Array.from({ length: walks * times }, (_, visit) => {
    const walk = Math.floor(visit / times);
    return walk === 0 ? 0 : walk === 2 ? 1 : random();
  });
  const tensors = {
    fractions: device.tensorFrom(fractions),
    visits: device.tensor([walks, times, VISIT], { dtype: "u32" }),
    moves: device.tensor([walks, times, actions, MOVE], { dtype: "u32" }),
    features: device.tensor([walks, times, features]),
    following: device.tensor([walks, times, features + 1], { dtype: "u32" }),
    states: device.tensor([walks, times, stateWords], { dtype: "u32" }),
    environment_data: device.tensorFrom(environment.data),
  };
  await new Program(device, "walk").add(kernel, tensors, [walks]).run();
  const [visits, moves, values, following, states] = (await Promise.all([
    tensors.visits.read(),
    tensors.moves.read(),
    tensors.features.read(),
    tensors.following.read(),
    tensors.states.read(),
  ])) as [Uint32Array, Uint32Array, Float32Array, Uint32Array, Uint32Array];
  for (const tensor of Object.values(tensors)) tensor.dispose();
  const rewards = new Float32Array(visits.buffer);

  const indexOf = new Map<string, number>();
  const parentIndices: { key: string; index: number }[] = [];
  const lengths: number[] = [];
  for (let walk = 0; walk < walks; walk++) {
    let state = reference.initial();
    for (let time = 0; ; time++) {
      const at = `walk ${walk}, step ${time}, ${reference.key(state)}`;
      expect(time, `every trajectory ends within the horizon: ${at}`).toBeLessThanOrEqual(horizon);
      const visit = walk * times + time;
      const of = <T extends Uint32Array | Float32Array>(all: T, size: number) => all.subarray(visit * size, (visit + 1) * size) as T;
      const [reached, terminal, initial, level, parentCount, , index, numbered, chosen] = of(visits, VISIT) as unknown as number[];
      const flags = (flag: number) => Array.from({ length: actions }, (_, action) => moves[(visit * actions + action) * MOVE + flag]!);
      const parents = reference.parents(state);
      const isTerminal = reference.isTerminal(state);

      expect(reached, at).toBe(1);
      expect(terminal, at).toBe(Number(isTerminal));
      expect(initial, at).toBe(Number(time === 0));
      expect(level, at).toBe(time);
      expect(parentCount, at).toBe(parents.length);
      expect(numbered, `state_at undoes state_index: ${at}`).toBe(1);
      expect(
        flags(0).map((flag) => flag === 1),
        `allowed: ${at}`,
      ).toEqual(reference.allowed(state));
      expect(listed(flags(1)), `undoable: ${at}`).toEqual(parents.map(({ action }) => action).sort((a, b) => a - b));
      expect(listed(flags(2).map((flag) => 1 - flag)), `apply and undo are inverse: ${at}`).toEqual([]);
      expect([...of(values, features)], at).toEqual(reference.featuresOf(state));
      expect([...of(following, features + 1)], `next_feature: ${at}`).toEqual(nextNonZero(of(values, features)));
      expect(environment.decode(of(states, stateWords)), at).toEqual(object(state));
      if (enumerable) {
        indexOf.set(reference.key(state), index!);
        const indices = flags(3);
        for (const { state: parent, action } of parents) parentIndices.push({ key: reference.key(parent), index: indices[action]! });
      }
      if (isTerminal) {
        const logR = rewards[visit * VISIT + 5]!;
        const expected = reference.logReward(state);
        expect(Math.abs(logR - expected), `log R ${logR} and ${expected}: ${at}`).toBeLessThan(
          (1e-6 + rounding) * (1 + Math.abs(expected)),
        );
        lengths.push(time);
        break;
      }
      expect(reference.allowed(state)[chosen!], at).toBe(true);
      state = reference.apply(state, chosen!);
    }
  }
  // The same state has the same index wherever it is met, and no two share one.
  for (const { key, index } of parentIndices) if (indexOf.has(key)) expect(index, key).toBe(indexOf.get(key));
  expect(new Set(indexOf.values()).size).toBe(indexOf.size);
  return lengths;
}

/** Positions of what is not 0. */
function listed(values: readonly number[]): number[] {
  return values.flatMap((value, i) => (value === 0 ? [] : [i]));
}

/** For each start from 0 to the length: the first position from there on of what is not 0, or the length. */
function nextNonZero(values: Float32Array): number[] {
  const next = Array<number>(values.length + 1).fill(values.length);
  for (let k = values.length - 1; k >= 0; k--) next[k] = values[k] === 0 ? next[k + 1]! : k;
  return next;
}

const ENUMERATE = `
import constants::{STATES, FEATURES};
import package::environment::{state_at, state_index, level, is_terminal, feature};
@group(0) @binding(0) var<storage, read_write> states: array<vec3u>;   // index, level, whether terminal
@if(with_features) @group(0) @binding(1) var<storage, read_write> features: array<f32>;   // [STATES][FEATURES]
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x * 64u + lane;
  if (index < STATES) {
    let state = state_at(index);
    states[index] = vec3u(state_index(state), level(state), u32(is_terminal(state)));
    @if(with_features) {
      for (var k = 0u; k < FEATURES; k++) {
        features[index * FEATURES + k] = feature(state, k);
      }
    }
  }
}`;

/** A `vec3u` takes as much room as four words. */
const LISTED = 4;

export interface EnumeratedStates {
  /** Number of states of each level up to the horizon, those apart at which trajectories end. */
  open: number[];
  terminal: number[];
  /** `stateKey` of every state, where asked for. */
  keys: string[];
}

/** What every environment knows of a state; different for different states, where features are. */
function stateKey(level: number, terminal: boolean, features: Iterable<number>): string {
  return `${level} ${terminal} ${[...features]}`;
}

/**
 * Lists every state by its index, and checks that `state_index` undoes `state_at`. States beyond the horizon, which have an
 * index but are never reached, are not counted.
 */
export async function enumerated(environment: Environment, { withFeatures = false } = {}): Promise<EnumeratedStates> {
  const { enumeration, features, horizon } = environment;
  if (!enumeration.available) throw new Error(enumeration.reason);
  const count = enumeration.value;
  const device = await testDevice();
  const kernel = await device.kernel({
    root: "enumerate",
    modules: { enumerate: ENUMERATE, environment: environment.shader },
    constants: { ...environmentConstants(environment), STATES: count },
    conditions: { with_features: withFeatures },
  });
  const tensors = {
    states: device.tensor([count, LISTED], { dtype: "u32" }),
    features: device.tensor(withFeatures ? [count, features] : [1]),
    environment_data: device.tensorFrom(environment.data),
  };
  // Linking drops a binding that nothing reads or writes.
  const bound = Object.entries(tensors).filter(([name]) => kernel.bindings.some((binding) => binding.name === name));
  await new Program(device, "enumerate").add(kernel, Object.fromEntries(bound), [Math.ceil(count / 64)]).run();
  const [states, values] = (await Promise.all([tensors.states.read(), tensors.features.read()])) as [Uint32Array, Float32Array];
  for (const tensor of Object.values(tensors)) tensor.dispose();

  const none = () => Array<number>(horizon + 1).fill(0);
  const listing: EnumeratedStates = { open: none(), terminal: none(), keys: [] };
  let misnumbered = 0;
  for (let n = 0; n < count; n++) {
    const [index, level, terminal] = states.subarray(LISTED * n, LISTED * n + 3) as unknown as [number, number, number];
    if (index !== n) misnumbered++;
    if (level > horizon) continue;
    (terminal === 1 ? listing.terminal : listing.open)[level]! += 1;
    if (withFeatures) listing.keys.push(stateKey(level, terminal === 1, values.subarray(n * features, (n + 1) * features)));
  }
  expect(misnumbered, "states whose index is not the one they were made from").toBe(0);
  return listing;
}

/** `stateKey` of every state that the oracle reaches. */
export function reachableKeys<S>({ reference }: Twin<S>): string[] {
  const levels = new Map<string, number>();
  return allStates(reference).map((state) => {
    const [parent] = reference.parents(state);
    const level = parent === undefined ? 0 : levels.get(reference.key(parent.state))! + 1;
    levels.set(reference.key(state), level);
    return stateKey(level, reference.isTerminal(state), reference.featuresOf(state));
  });
}
