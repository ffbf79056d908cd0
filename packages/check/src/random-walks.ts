import type { Environment } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor, environmentModules } from "@webgfn/sampler/internal";
import source from "@webgfn/shaders/check/random_walks.wgsl";
import { type Device, Program, RandomStream } from "@webgfn/tensor";
import { disposeTensors } from "@webgfn/tensor/internal";

/** Bits of the promises that a move breaks, as `random_walks.wgsl` writes them. */
export const BROKEN = {
  notUndoableAfter: 4,
  undoDiffers: 8,
  levelAfter: 16,
  terminalBefore: 32,
  notAllowedBefore: 64,
  applyDiffers: 128,
  levelBefore: 256,
} as const;

/** One action at a state: its masks, and the promises that it breaks. */
interface Move {
  allowed: boolean;
  undoable: boolean;
  /** Bits of {@link BROKEN}. */
  broken: number;
  /** `state_index` of `undo(s, a)`, if the action can be undone. */
  parent: number;
}

/** One state of a walk, and the values of the environment's WGSL functions there. */
export interface Visit {
  terminal: boolean;
  /** Whether it is the initial state. */
  initial: boolean;
  level: number;
  parentCount: number;
  /** log R of a terminal state, otherwise 0. */
  logReward: number;
  /** `state_index(s)`, if the environment numbers its states. */
  index: number;
  /** Whether `state_at(state_index(s))` is s. */
  numbered: boolean;
  /** The action that the walk takes; undefined at its end. */
  chosen: number | undefined;
  /** [stateWords] */
  state: Uint32Array;
  /** [features] */
  features: Float32Array;
  /** [features + 1]: `next_feature` from each start. */
  following: Uint32Array;
  /** [actions] */
  moves: Move[];
}

/** Number of words of a visit in the kernel's output. */
const VISIT = 9;
const LANES = 64;

/** Number of words that the kernel writes for one walk. */
export function wordsOfWalk({ actions, features, stateWords, horizon }: Environment): number {
  return (horizon + 1) * (VISIT + 1 + 2 * actions + 2 * features + 1 + stateWords);
}

/**
 * Runs walks of random allowed actions from the initial state, all in one dispatch. Walk 0 always takes the lowest allowed action and walk
 * 2 the highest. Odd walks never take the last allowed action, which often ends the trajectory.
 *
 * @returns the visits of each walk, from the initial state to its last state, at most `horizon` actions later.
 * @throws WebgfnError `shader` if the environment's module does not compile; `limit` if the walks exceed the adapter's limits.
 */
export async function randomWalks(device: Device, environment: Environment, walks: number, seed = 1): Promise<Visit[][]> {
  const { actions, features, stateWords, horizon, enumeration } = environment;
  const times = horizon + 1;
  const kernel = await device.kernel({
    root: "check/random_walks",
    modules: { ...environmentModules(environment), "check/random_walks": source },
    constants: { ...environmentConstants(environment), LANES, STATES: enumeration.available ? enumeration.value : 1 },
    conditions: { enumerable: enumeration.available },
  });
  const random = new RandomStream(seed);
  const fraction = (walk: number) => (walk === 0 ? 0 : walk === 2 ? 1 : random.uniform());
  const fractions = () => Float32Array.from({ length: walks * times }, (_, visit) => fraction(Math.floor(visit / times)));
  const tensors = device.tensors({
    fractions: { shape: [walks, times], label: "fractions of walks", values: fractions },
    visits: { shape: [walks, times, VISIT], dtype: "u32", label: "visits of walks" },
    moves: { shape: [walks, times, actions, 2], dtype: "u32", label: "moves of walks" },
    features: { shape: [walks, times, features], label: "features of walks" },
    following: { shape: [walks, times, features + 1], dtype: "u32", label: "next features of walks" },
    states: { shape: [walks, times, stateWords], dtype: "u32", label: "states of walks" },
  });
  const data = environmentData(device, environment);
  try {
    await new Program(device, "random walks").add(kernel, { ...tensors, ...environmentDataFor(kernel, data) }, [walks]).run();
    const { visits, moves, following, states } = tensors;
    const [visitWords, moveWords, values, next, words] = (await Promise.all(
      [visits, moves, tensors.features, following, states].map((tensor) => tensor.read()),
    )) as [Uint32Array, Uint32Array, Float32Array, Uint32Array, Uint32Array];
    const rewards = new Float32Array(visitWords.buffer);
    const visitAt = (visit: number): Visit | undefined => {
      const [reached, terminal, initial, level, parentCount, , index, numbered, chosen] = visitWords.subarray(
        visit * VISIT,
        (visit + 1) * VISIT,
      ) as unknown as [number, number, number, number, number, number, number, number, number];
      if (reached === 0) return undefined;
      return {
        terminal: terminal === 1,
        initial: initial === 1,
        level,
        parentCount,
        logReward: rewards[visit * VISIT + 5] as number,
        index,
        numbered: numbered === 1,
        chosen: chosen === actions ? undefined : chosen,
        state: words.subarray(visit * stateWords, (visit + 1) * stateWords),
        features: values.subarray(visit * features, (visit + 1) * features),
        following: next.subarray(visit * (features + 1), (visit + 1) * (features + 1)),
        moves: Array.from({ length: actions }, (_, action) => {
          const [bits, parent] = moveWords.subarray(2 * (visit * actions + action)) as unknown as [number, number];
          return { allowed: (bits & 1) !== 0, undoable: (bits & 2) !== 0, broken: bits & ~3, parent };
        }),
      };
    };
    return Array.from({ length: walks }, (_, walk) => {
      const path: Visit[] = [];
      for (let time = 0; time < times; time++) {
        const visit = visitAt(walk * times + time);
        if (visit === undefined) break;
        path.push(visit);
      }
      return path;
    });
  } finally {
    disposeTensors({ ...tensors, data });
  }
}
