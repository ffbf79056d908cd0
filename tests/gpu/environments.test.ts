/**
 * One suite for every environment: the WGSL module walks random trajectories beside the oracle.
 * The kernel answers everything about given states; the host chooses the actions and goes where `apply` leads.
 */
import { type Environment, hypergrid, sets } from "@webgfn/envs";
import { environmentConstants } from "@webgfn/sampler";
import { type Device, Program, type Tensor } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { logSumExp, logZ, targetDistribution, terminalStates } from "../reference/index.js";
import { testDevice } from "./device.js";
import { chiSquare, chiSquareLimit, chooser, countsOf, twin } from "./helpers.js";

const ENVIRONMENTS: Environment[] = [
  hypergrid({ dimensions: 1, side: 2 }),
  hypergrid({ dimensions: 1, side: 9, r0: 0.1 }),
  hypergrid({ dimensions: 2, side: 8, r0: 0.1 }),
  hypergrid({ dimensions: 2, side: 11, r0: 0.01, r1: 0.3, r2: 5 }),
  hypergrid({ dimensions: 3, side: 4, r0: 0.1 }),
  hypergrid({ dimensions: 4, side: 3, r0: 1 }),
  sets({ items: 1, size: 1 }),
  sets({ items: 8, size: 3 }),
  sets({ items: 32, size: 4, dataSeed: 1 }),
  sets({ items: 33, size: 5, dataSeed: 2 }),
  sets({ items: 40, size: 40, dataSeed: 3 }),
];

/** Everything that a module says about one state; the offsets are those of `FACTS`. */
const INSPECT = `
import constants::{ACTIONS, FEATURES, STATE_WORDS, FACTS};
import package::environment::{State, initial_state, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};
@if(enumerable) import package::environment::{state_at, state_index};

@group(0) @binding(0) var<storage, read> states: array<u32>;        // [state][word]
@group(0) @binding(1) var<storage, read_write> facts: array<u32>;   // [state][FACTS]

fn same(a: State, b: State) -> u32 {
  var equal = 1u;
  for (var word = 0u; word < STATE_WORDS; word++) {
    equal &= select(0u, 1u, a[word] == b[word]);
  }
  return equal;
}

@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = states[id.x * STATE_WORDS + word];
  }
  var at = id.x * FACTS;
  facts[at] = same(state, initial_state());
  facts[at + 1u] = select(0u, 1u, is_terminal(state));
  facts[at + 2u] = level(state);
  facts[at + 3u] = parent_count(state);
  facts[at + 4u] = bitcast<u32>(log_reward(state));
  facts[at + 5u] = 1u;
  @if(enumerable) { facts[at + 5u] = same(state, state_at(state_index(state))); }
  at += 6u;
  for (var action = 0u; action < ACTIONS; action++) {
    let allowed = is_allowed(state, action);
    facts[at] = select(0u, 1u, allowed);
    if (allowed && !is_terminal(state)) {
      let next = apply(state, action);
      facts[at + 1u] = same(undo(next, action), state) & select(0u, 1u, is_undoable(next, action));
      for (var word = 0u; word < STATE_WORDS; word++) {
        facts[at + 4u + word] = next[word];
      }
    }
    let undoable = is_undoable(state, action);
    facts[at + 2u] = select(0u, 1u, undoable);
    if (undoable) {
      let previous = undo(state, action);
      let back = same(apply(previous, action), state) & select(0u, 1u, is_allowed(previous, action) && !is_terminal(previous));
      facts[at + 3u] = back & select(0u, 1u, level(previous) + 1u == level(state));
    }
    at += 4u + STATE_WORDS;
  }
  for (var k = 0u; k < FEATURES; k++) {
    facts[at + k] = bitcast<u32>(feature(state, k));
  }
  at += FEATURES;
  for (var k = 0u; k <= FEATURES; k++) {
    facts[at + k] = next_feature(state, k);
  }
}`;

/** index → state_index(state_at(index)), for every state of an enumerable environment. */
const INDICES = `
import constants::STATES;
import package::environment::{state_at, state_index};
@group(0) @binding(0) var<storage, read_write> indices: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < STATES) { indices[id.x] = state_index(state_at(id.x)); }
}`;

interface Facts {
  isInitial: boolean;
  isTerminal: boolean;
  level: number;
  parentCount: number;
  logReward: number;
  /** state_at(state_index(s)) is s, where the environment is enumerable. */
  indexed: boolean;
  actions: { allowed: boolean; undone: boolean; undoable: boolean; redone: boolean; next: Uint32Array }[];
  features: number[];
  nextFeature: number[];
}

async function inspector(device: Device, environment: Environment, data: Tensor, count: number) {
  const { actions, features, stateWords } = environment;
  const size = 6 + actions * (4 + stateWords) + 2 * features + 1;
  const kernel = await device.kernel({
    root: "inspect",
    modules: { inspect: INSPECT, environment: environment.shader },
    constants: { ...environmentConstants(environment), FACTS: size },
    conditions: { enumerable: environment.enumeration.available },
  });
  const states = device.tensor([count, stateWords], { dtype: "u32" });
  const facts = device.tensor([count, size], { dtype: "u32" });
  const program = new Program(device, "inspect").add(kernel, { states, facts, environment_data: data }, [count]);
  return async (given: readonly Uint32Array[]): Promise<Facts[]> => {
    for (const [i, state] of given.entries()) states.write(state, i * stateWords);
    await program.run();
    const words = (await facts.read()) as Uint32Array;
    const floats = new Float32Array(words.buffer);
    return given.map((_, i) => {
      const start = i * size;
      const [isInitial, isTerminal, level, parentCount, , indexed] = words.subarray(start, start + 6);
      const featuresAt = start + 6 + actions * (4 + stateWords);
      return {
        isInitial: isInitial === 1,
        isTerminal: isTerminal === 1,
        level: level!,
        parentCount: parentCount!,
        logReward: floats[start + 4]!,
        indexed: indexed === 1,
        actions: Array.from({ length: actions }, (_, action) => {
          const at = start + 6 + action * (4 + stateWords);
          const [allowed, undone, undoable, redone] = words.subarray(at, at + 4);
          return {
            allowed: allowed === 1,
            undone: undone === 1,
            undoable: undoable === 1,
            redone: redone === 1,
            next: words.slice(at + 4, at + 4 + stateWords),
          };
        }),
        features: [...floats.subarray(featuresAt, featuresAt + features)],
        nextFeature: [...words.subarray(featuresAt + features, featuresAt + 2 * features + 1)],
      };
    });
  };
}

function positions<T>(values: readonly T[], wanted: (value: T) => boolean): number[] {
  return values.flatMap((value, i) => (wanted(value) ? [i] : []));
}

/**
 * Walks at once. Walk 0 always takes the lowest action (actions that stop come last, so that it is as long as a walk can
 * be), walk 2 the highest; every other one avoids the highest where it can.
 */
const WALKS = 24;

describe.each(ENVIRONMENTS.map((environment) => ({ title: `${environment.title}`, environment })))("$title", ({ environment }) => {
  const { reference, object } = twin(environment);

  it("walks as the oracle does", async () => {
    const device = await testDevice();
    const data = device.tensorFrom(environment.data);
    const inspect = await inspector(device, environment, data, WALKS);
    const choose = chooser(7);
    let states: Uint32Array[] = Array.from({ length: WALKS }, () => new Uint32Array(environment.stateWords));
    const oracle = states.map(() => reference.initial());
    const ended = states.map(() => false);
    const lengths: number[] = [];

    for (let step = 0; ended.includes(false); step++) {
      expect(step, "every trajectory ends within the horizon").toBeLessThanOrEqual(environment.horizon);
      const facts = await inspect(states);
      const next = facts.map((fact, walk) => {
        const state = oracle[walk]!;
        const at = `${reference.name}, state ${reference.key(state)}`;
        if (ended[walk]) return states[walk]!;
        expect(fact.isInitial, at).toBe(step === 0);
        expect(fact.level, at).toBe(step);
        expect(fact.isTerminal, at).toBe(reference.isTerminal(state));
        expect(fact.indexed, at).toBe(true);
        expect(
          positions(fact.actions, (a) => a.undoable),
          at,
        ).toEqual(
          reference
            .parents(state)
            .map(({ action }) => action)
            .sort((a, b) => a - b),
        );
        expect(
          positions(fact.actions, (a) => a.undoable && !a.redone),
          at,
        ).toEqual([]);
        if (step > 0) expect(fact.parentCount, at).toBe(reference.parents(state).length);
        const nonZero = positions(fact.features, (x) => x !== 0);
        fact.nextFeature.forEach((k, from) => {
          expect(k, at).toBe(nonZero.find((candidate) => candidate >= from) ?? environment.features);
        });
        if (fact.isTerminal) {
          ended[walk] = true;
          lengths.push(step);
          expect(Math.abs(fact.logReward - reference.logReward(state)), at).toBeLessThan(1e-6 * (1 + Math.abs(reference.logReward(state))));
          expect(environment.decode(states[walk]!), at).toEqual(object(state));
          return states[walk]!;
        }
        expect(fact.features, at).toEqual(reference.featuresOf(state));
        const allowed = positions(fact.actions, (a) => a.allowed);
        expect(allowed, at).toEqual(positions(reference.allowed(state), Boolean));
        expect(allowed, at).not.toEqual([]);
        expect(
          positions(fact.actions, (a) => a.allowed && !a.undone),
          at,
        ).toEqual([]);
        const choices = walk % 2 === 1 && allowed.length > 1 ? allowed.slice(0, -1) : allowed;
        const action = walk === 0 ? allowed[0]! : walk === 2 ? allowed.at(-1)! : choose(choices);
        oracle[walk] = reference.apply(state, action);
        return fact.actions[action]!.next;
      });
      states = next;
    }
    expect(Math.max(...lengths), "walk 0 takes all the horizon allows").toBe(environment.horizon);
    data.dispose();
  });

  it("numbers its states, or says why not", async () => {
    const { enumeration } = environment;
    if (!enumeration.available) {
      expect(enumeration.reason).toMatch(/more than/);
      return;
    }
    const device = await testDevice();
    const modules = { indices: INDICES, environment: environment.shader };
    const kernel = await device.kernel({
      root: "indices",
      modules,
      constants: { ...environmentConstants(environment), STATES: enumeration.value },
    });
    const indices = device.tensor([enumeration.value], { dtype: "u32" });
    await new Program(device, "indices").add(kernel, { indices }, [Math.ceil(enumeration.value / 64)]).run();
    expect((await indices.read()).every((index, i) => index === i)).toBe(true);
    indices.dispose();
  });

  it("knows log Z", () => {
    if (!environment.enumeration.available) return;
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(logZ(reference), 6) });
  });
});

describe("exact targets", () => {
  it.each([
    { grid: { side: 8, r0: 0.1 }, z: 22.4 },
    { grid: { side: 12 }, z: 26.144 },
    { grid: { dimensions: 4, side: 16, r0: 0.1 }, z: 8633.6 },
    { grid: { dimensions: 4, side: 20 }, z: 5672 },
  ])("Z of the hypergrid $grid is $z", ({ grid, z }) => {
    const { exactLogZ } = hypergrid(grid);
    expect(exactLogZ.available && Math.exp(exactLogZ.value)).toBeCloseTo(z, 8);
  });

  it("log Z of sets is the oracle's polynomial, also where sets cannot be listed", () => {
    // All sets of one size in 40/40 are one set; in 33/1 they are the items.
    const whole = sets({ items: 40, size: 40 });
    const single = sets({ items: 33, size: 1 });
    expect(whole.exactLogZ).toEqual({
      available: true,
      value: expect.closeTo(
        [...whole.data].reduce((sum, score) => sum + score, 0),
        9,
      ),
    });
    expect(single.exactLogZ).toEqual({ available: true, value: expect.closeTo(logSumExp([...single.data]), 9) });
  });

  it.each([
    sets({ items: 6, size: 3 }),
    sets({ items: 33, size: 1 }),
    hypergrid({ side: 8, r0: 0.1 }),
    hypergrid({ dimensions: 1, side: 3, r0: 1 }),
  ])("samples of $title follow R/Z", (environment) => {
    const { reference, object } = twin(environment);
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const count = 20_000;
    const words = environment.exactSampling.value(count, 5);
    const objects = Array.from({ length: count }, (_, n) =>
      environment.decode(words.subarray(n * environment.stateWords, (n + 1) * environment.stateWords)),
    );
    const terminals = terminalStates(reference);
    const keys = terminals.map((state) => JSON.stringify(object(state)));
    const probabilities = terminals.map((state) => targetDistribution(reference).get(reference.key(state))!);
    const counts = countsOf(
      objects.map((drawn) => JSON.stringify(drawn)),
      keys,
    );
    expect(chiSquare(counts, probabilities)).toBeLessThan(chiSquareLimit(keys.length - 1));
    // The statistic can tell: the target is not uniform.
    const uniform = keys.map(() => 1 / keys.length);
    expect(chiSquare(counts, uniform)).toBeGreaterThan(chiSquareLimit(keys.length - 1));
    // Terminal states, complete with what is not part of the object.
    expect(environment.exactSampling.value(3, 5)).toEqual(words.slice(0, 3 * environment.stateWords));
    expect(environment.exactSampling.value(3, 6)).not.toEqual(words.slice(0, 3 * environment.stateWords));
  });

  it("samples of sets have the right size in every word", () => {
    const environment = sets({ items: 70, size: 20 });
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const words = environment.exactSampling.value(200, 1);
    for (let n = 0; n < 200; n++) {
      const state = words.subarray(4 * n, 4 * n + 4);
      expect((environment.decode(state) as { items: number[] }).items).toHaveLength(20);
      expect(state[3]).toBe(20);
    }
  });

  it("is enumerated up to a limit", () => {
    expect(sets({ items: 20, size: 2 }).enumeration).toEqual({ available: true, value: 2 ** 20 });
    expect(sets({ items: 21, size: 2 }).enumeration).toEqual({ available: false, reason: expect.stringContaining("21 items") });
    expect(hypergrid({ dimensions: 4, side: 20 }).enumeration).toEqual({ available: true, value: 320_000 });
    expect(hypergrid({ dimensions: 8, side: 20 }).enumeration.available).toBe(false);
  });
});

describe("parameters", () => {
  it.each([
    ["size above items", () => sets({ items: 3, size: 4 }), /size/],
    ["no items", () => sets({ items: 0 }), /items/],
    ["half an item", () => sets({ items: 2.5 }), /items/],
    ["NaN as a size", () => sets({ size: Number.NaN }), /size/],
    ["a negative seed", () => sets({ dataSeed: -1 }), /dataSeed/],
    ["an unknown parameter of sets", () => sets({ item: 3 } as never), /"item"/],
    ["side 1", () => hypergrid({ side: 1 }), /side/],
    ["no dimensions", () => hypergrid({ dimensions: 0 }), /dimensions/],
    ["r0 = 0", () => hypergrid({ r0: 0 }), /r0/],
    ["a negative r1", () => hypergrid({ r1: -1 }), /r1/],
    ["NaN as a reward", () => hypergrid({ r2: Number.NaN }), /r2/],
    ["a reward that is a string", () => hypergrid({ r2: "2" as never }), /r2/],
    ["an unknown parameter of the hypergrid", () => hypergrid({ height: 8 } as never), /"height"/],
  ])("rejects %s", (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "argument" }));
  });
});
