/**
 * The random trajectories and the list of states of `checkEnvironment`, with an oracle beside them: what the WGSL module says is
 * compared with float64 TypeScript that knows nothing of it.
 */
import { randomWalks } from "@webgfn/check/internal";
import type { Environment } from "@webgfn/envs";
import { allStates } from "@webgfn/reference";
import { listGraph } from "@webgfn/trainer/internal";
import { expect } from "vitest";
import { testDevice } from "./device.js";
import type { Twin } from "./twins.js";

/**
 * Walks, and compares every visit with the oracle. Walk 0 always takes the lowest action (which stops as late as can be),
 * walk 2 the highest. Returns how many actions each walk took.
 */
export async function walkBeside<S>({ environment, reference, object, rounding }: Twin<S>, walks: number): Promise<number[]> {
  const { actions, features, horizon } = environment;
  expect({ actions, features, horizon }).toEqual({ actions: reference.actions, features: reference.features, horizon: reference.horizon });
  const enumerable = environment.enumeration.available;
  const paths = await randomWalks(await testDevice(), environment, walks);
  expect(paths).toHaveLength(walks);

  const indexOf = new Map<string, number>();
  const parentIndices: { key: string; index: number }[] = [];
  const lengths: number[] = [];
  paths.forEach((path, walk) => {
    let state = reference.initial();
    for (let time = 0; ; time++) {
      const at = `walk ${walk}, step ${time}, ${reference.key(state)}`;
      expect(time, `every trajectory ends within the horizon: ${at}`).toBeLessThanOrEqual(horizon);
      const visit = path[time]!;
      expect(visit, at).toBeDefined();
      const parents = reference.parents(state);
      const isTerminal = reference.isTerminal(state);
      const actionsWhere = (holds: (move: (typeof visit.moves)[number]) => boolean) =>
        visit.moves.flatMap((move, action) => (holds(move) ? [action] : []));

      expect(visit.terminal, at).toBe(isTerminal);
      expect(visit.initial, at).toBe(time === 0);
      expect(visit.level, at).toBe(time);
      expect(visit.parentCount, at).toBe(parents.length);
      expect(visit.numbered, `state_at undoes state_index: ${at}`).toBe(true);
      expect(
        visit.moves.map(({ allowed }) => allowed),
        `allowed: ${at}`,
      ).toEqual(reference.allowed(state));
      expect(
        actionsWhere(({ undoable }) => undoable),
        `undoable: ${at}`,
      ).toEqual(parents.map(({ action }) => action).sort((a, b) => a - b));
      expect(
        actionsWhere(({ broken }) => broken !== 0),
        `apply and undo are inverse: ${at}`,
      ).toEqual([]);
      expect([...visit.features], at).toEqual(reference.featuresOf(state));
      expect([...visit.following], `next_feature: ${at}`).toEqual(nextNonZero(visit.features));
      expect(environment.decode(visit.state), at).toEqual(object(state));
      if (enumerable) {
        indexOf.set(reference.key(state), visit.index);
        for (const { state: parent, action } of parents) {
          parentIndices.push({ key: reference.key(parent), index: visit.moves[action]!.parent });
        }
      }
      if (isTerminal) {
        const expected = reference.logReward(state);
        expect(Math.abs(visit.logReward - expected), `log R ${visit.logReward} and ${expected}: ${at}`).toBeLessThan(
          (1e-6 + rounding) * (1 + Math.abs(expected)),
        );
        if (environment.encode !== undefined)
          expect(environment.encode(environment.decode(visit.state)), `encode undoes decode: ${at}`).toEqual(visit.state);
        expect(path, at).toHaveLength(time + 1);
        lengths.push(time);
        break;
      }
      expect(reference.allowed(state)[visit.chosen!], at).toBe(true);
      state = reference.apply(state, visit.chosen!);
    }
  });
  // The same state has the same index wherever it is met, and no two share one.
  for (const { key, index } of parentIndices) if (indexOf.has(key)) expect(index, key).toBe(indexOf.get(key));
  expect(new Set(indexOf.values()).size).toBe(indexOf.size);
  return lengths;
}

/** For each start from 0 to the length: the first position from there on of what is not 0, or the length. */
function nextNonZero(values: Float32Array): number[] {
  const next = Array<number>(values.length + 1).fill(values.length);
  for (let k = values.length - 1; k >= 0; k--) next[k] = values[k] === 0 ? next[k + 1]! : k;
  return next;
}

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
  const { enumeration, horizon } = environment;
  if (!enumeration.available) throw new Error(enumeration.reason);
  const states = await listGraph(await testDevice(), environment);

  const none = () => Array<number>(horizon + 1).fill(0);
  const listing: EnumeratedStates = { open: none(), terminal: none(), keys: [] };
  let misnumbered = 0;
  for (let n = 0; n < states.count; n++) {
    const level = states.level(n);
    const terminal = states.isTerminal(n);
    if (states.index(n) !== n) misnumbered++;
    if (level > horizon) continue;
    (terminal ? listing.terminal : listing.open)[level]! += 1;
    if (withFeatures) listing.keys.push(stateKey(level, terminal, states.features(n)));
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
