/**
 * Random trajectories chosen on the GPU, with everything that the WGSL module says on the way, and the oracle beside them.
 * All walks run in one dispatch, so that hundreds of states are checked in a second.
 */
import type { Environment, SampledObject } from "@webgfn/envs";
import { environmentConstants } from "@webgfn/sampler";
import { Program } from "@webgfn/tensor";
import { expect } from "vitest";
import { mulberry32, type ReferenceEnvironment } from "../reference/index.js";
import { testDevice } from "./device.js";

/** Facts of a visit: 7 numbers, then per action (allowed, undoable, index of the parent), per feature (value, listed), then the state. */
const WALK = `
import constants::{ACTIONS, FEATURES, STATE_WORDS, HORIZON, VISIT};
import package::environment::{State, initial_state, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};
@if(enumerable) import package::environment::{state_at, state_index};

@group(0) @binding(0) var<storage, read> choices: array<u32>;       // [walk][time]
@group(0) @binding(1) var<storage, read_write> visits: array<u32>;  // [walk][time][VISIT]

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

fn comes_back(state: State) -> bool {
  @if(enumerable) { return same(state, state_at(state_index(state))); }
  @else { return true; }
}

@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = initial_state();
  for (var time = 0u; time <= HORIZON; time++) {
    let start = (id.x * (HORIZON + 1u) + time) * VISIT;
    let terminal = is_terminal(state);
    var allowed_count = 0u;
    var consistent = comes_back(state);
    for (var action = 0u; action < ACTIONS; action++) {
      let at = start + 7u + 3u * action;
      let allowed = !terminal && is_allowed(state, action);
      allowed_count += select(0u, 1u, allowed);
      visits[at] = select(0u, 1u, allowed);
      if (allowed) {
        let next = apply(state, action);
        consistent = consistent && is_undoable(next, action) && same(state, undo(next, action));
      }
      let undoable = is_undoable(state, action);
      visits[at + 1u] = select(0u, 1u, undoable);
      if (undoable) {
        let previous = undo(state, action);
        visits[at + 2u] = index_of(previous);
        consistent = consistent && !is_terminal(previous) && is_allowed(previous, action) && same(state, apply(previous, action));
      }
    }
    let features = start + 7u + 3u * ACTIONS;
    for (var k = 0u; k < FEATURES; k++) {
      visits[features + 2u * k] = bitcast<u32>(feature(state, k));
    }
    for (var k = next_feature(state, 0u); k < FEATURES; k = next_feature(state, k + 1u)) {
      visits[features + 2u * k + 1u] = 1u;
    }
    for (var word = 0u; word < STATE_WORDS; word++) {
      visits[features + 2u * FEATURES + word] = state[word];
    }
    var chosen = 0u;
    if (!terminal) {
      var left = choices[id.x * (HORIZON + 1u) + time] % allowed_count;
      // Odd walks go on for as long as they can.
      if (id.x % 2u == 1u && allowed_count > 1u) {
        left = choices[id.x * (HORIZON + 1u) + time] % (allowed_count - 1u);
      }
      for (var action = 0u; action < ACTIONS; action++) {
        if (is_allowed(state, action)) {
          if (left == 0u) {
            chosen = action;
            break;
          }
          left -= 1u;
        }
      }
    }
    visits[start] = select(1u, 2u, terminal);
    visits[start + 1u] = level(state);
    visits[start + 2u] = parent_count(state);
    visits[start + 3u] = index_of(state);
    visits[start + 4u] = bitcast<u32>(log_reward(state));
    visits[start + 5u] = select(0u, 1u, consistent);
    visits[start + 6u] = chosen;
    if (terminal) {
      break;
    }
    state = apply(state, chosen);
  }
}`;

export interface WalkOptions<S> {
  environment: Environment;
  reference: ReferenceEnvironment<S>;
  /** What `decode` gives for an oracle's state. */
  object(state: S): SampledObject;
  walks?: number;
  seed?: number;
  /** Of log R, relative to 1 + |log R|. Default 1e-6. */
  tolerance?: number;
}

/** Walks, compares every visit, and returns how many states were visited and how many actions the walks took. */
export async function walkBeside<S>(options: WalkOptions<S>): Promise<{ states: number; lengths: number[] }> {
  const { environment, reference, object, walks = 32, seed = 1, tolerance = 1e-6 } = options;
  const { actions, features, stateWords, horizon } = environment;
  expect({ actions, features, horizon }).toEqual({ actions: reference.actions, features: reference.features, horizon: reference.horizon });
  const device = await testDevice();
  const enumerable = environment.enumeration.available;
  const visit = 7 + 3 * actions + 2 * features + stateWords;
  const kernel = await device.kernel({
    root: "walk",
    modules: { walk: WALK, environment: environment.shader },
    constants: { ...environmentConstants(environment), VISIT: visit },
    conditions: { enumerable },
  });
  const random = mulberry32(seed);
  const choices = device.tensorFrom(Uint32Array.from({ length: walks * (horizon + 1) }, () => Math.floor(random() * 2 ** 32)));
  const visits = device.tensor([walks, horizon + 1, visit], { dtype: "u32" });
  const data = device.tensorFrom(environment.data);
  await new Program(device, "walk").add(kernel, { choices, visits, environment_data: data }, [walks]).run();
  const words = (await visits.read()) as Uint32Array;
  for (const tensor of [choices, visits, data]) tensor.dispose();
  const floats = new Float32Array(words.buffer);

  const indexOf = new Map<string, number>();
  const parentIndices: { key: string; index: number }[] = [];
  const lengths: number[] = [];
  for (let walk = 0; walk < walks; walk++) {
    let state = reference.initial();
    for (let time = 0; ; time++) {
      const start = (walk * (horizon + 1) + time) * visit;
      const at = `walk ${walk}, step ${time}, ${reference.key(state)}`;
      const [kind, level, parentCount, index, , consistent, chosen] = words.subarray(start, start + 7) as unknown as number[];
      const perAction = Array.from({ length: actions }, (_, a) => words.subarray(start + 7 + 3 * a, start + 10 + 3 * a));
      const featuresAt = start + 7 + 3 * actions;
      const values = Array.from({ length: features }, (_, k) => floats[featuresAt + 2 * k]!);
      const listed = Array.from({ length: features }, (_, k) => words[featuresAt + 2 * k + 1]!);
      const own = words.slice(featuresAt + 2 * features, start + visit);
      const parents = reference.parents(state);

      expect(kind, at).toBe(reference.isTerminal(state) ? 2 : 1);
      expect(level, at).toBe(time);
      expect(consistent, `apply, undo and enumeration agree: ${at}`).toBe(1);
      if (time > 0) expect(parentCount, at).toBe(parents.length);
      expect(
        perAction.map(([allowed]) => allowed === 1),
        at,
      ).toEqual(reference.allowed(state));
      const undoable = perAction.flatMap(([, flag], action) => (flag === 1 ? [action] : []));
      expect(undoable, at).toEqual(parents.map(({ action }) => action).sort((a, b) => a - b));
      expect(listed, at).toEqual(values.map((value) => (value === 0 ? 0 : 1)));
      expect(environment.decode(own), at).toEqual(object(state));
      if (enumerable) {
        indexOf.set(reference.key(state), index!);
        for (const parent of parents) parentIndices.push({ key: reference.key(parent.state), index: perAction[parent.action]![2]! });
      }
      if (reference.isTerminal(state)) {
        const expected = reference.logReward(state);
        expect(Math.abs(floats[start + 4]! - expected), `log R ${floats[start + 4]} and ${expected}: ${at}`).toBeLessThan(
          tolerance * (1 + Math.abs(expected)),
        );
        lengths.push(time);
        break;
      }
      expect(values, at).toEqual(reference.featuresOf(state));
      expect(reference.allowed(state)[chosen!], at).toBe(true);
      state = reference.apply(state, chosen!);
    }
  }
  // The same state has the same index wherever it is met, and no two share one.
  for (const { key, index } of parentIndices) if (indexOf.has(key)) expect(index, key).toBe(indexOf.get(key));
  expect(new Set(indexOf.values()).size).toBe(indexOf.size);
  return { states: indexOf.size, lengths };
}

const ENUMERATE = `
import constants::STATES;
import package::environment::{state_at, state_index, level, is_terminal};
@group(0) @binding(0) var<storage, read_write> listed: array<vec4u>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x * 64u + lane;
  if (index < STATES) {
    let state = state_at(index);
    listed[index] = vec4u(state_index(state), level(state), select(0u, 1u, is_terminal(state)), 0u);
  }
}`;

/**
 * Lists every state by its index and checks that `state_index` undoes `state_at`. Returns how many states each level has,
 * terminal ones apart.
 */
export async function enumerated(environment: Environment): Promise<{ open: number[]; terminal: number[] }> {
  const { enumeration } = environment;
  if (!enumeration.available) throw new Error(enumeration.reason);
  const device = await testDevice();
  const kernel = await device.kernel({
    root: "enumerate",
    modules: { enumerate: ENUMERATE, environment: environment.shader },
    constants: { ...environmentConstants(environment), STATES: enumeration.value },
  });
  const listed = device.tensor([enumeration.value, 4], { dtype: "u32" });
  const data = device.tensorFrom(environment.data);
  const withData = kernel.bindings.some(({ name }) => name === "environment_data") ? { environment_data: data } : {};
  await new Program(device, "enumerate").add(kernel, { listed, ...withData }, [Math.ceil(enumeration.value / 64)]).run();
  const words = (await listed.read()) as Uint32Array;
  listed.dispose();
  data.dispose();
  const counts = { open: Array<number>(environment.horizon + 1).fill(0), terminal: Array<number>(environment.horizon + 1).fill(0) };
  let wrong = 0;
  for (let index = 0; index < enumeration.value; index++) {
    if (words[4 * index] !== index) wrong++;
    const level = words[4 * index + 1]!;
    (words[4 * index + 2] === 1 ? counts.terminal : counts.open)[level]! += 1;
  }
  expect(wrong, "states whose index is not the one they were made from").toBe(0);
  return counts;
}
