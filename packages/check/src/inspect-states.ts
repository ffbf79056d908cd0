import type { Environment } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor, environmentModules } from "@webgfn/sampler/internal";
import source from "@webgfn/shaders/check/inspect_states.wgsl";
import { type Device, Program } from "@webgfn/tensor";
import { disposeTensors } from "@webgfn/tensor/internal";

/** The values of the environment's WGSL functions at a state s, and the states that an action a leads to, forward and back. */
export interface InspectedState {
  terminal: boolean;
  level: number;
  /** `level(apply(s, a))` */
  levelAfter: number;
  /** `level(undo(s, a))` */
  levelBefore: number;
  parentCount: number;
  /** log R of a terminal state, otherwise 0. */
  logReward: number;
  /** `state_index(s)`; 0 if the environment does not number its states. */
  index: number;
  /** `apply(s, a)` */
  next: Uint32Array;
  /** `undo(apply(s, a), a)` */
  undone: Uint32Array;
  /** `undo(s, a)` */
  previous: Uint32Array;
  /** `apply(undo(s, a), a)` */
  redone: Uint32Array;
  /** `state_at(state_index(s))`, if the environment numbers its states. */
  numbered: Uint32Array;
}

const FACTS = 7;
const PLACES = 5;

/** Evaluates the environment's functions at given states, each with one action. */
export async function inspectStates(
  device: Device,
  environment: Environment,
  given: readonly { state: ArrayLike<number>; action: number }[],
): Promise<InspectedState[]> {
  const { stateWords, enumeration } = environment;
  const count = given.length;
  if (count === 0) return [];
  const kernel = await device.kernel({
    root: "check/inspect_states",
    modules: { ...environmentModules(environment), "check/inspect_states": source },
    constants: { ...environmentConstants(environment), ROWS: count, STATES: enumeration.available ? enumeration.value : 1 },
    conditions: { enumerable: enumeration.available },
  });
  const tensors = device.tensors({
    given: {
      shape: [count, stateWords],
      dtype: "u32",
      label: "given states",
      values: () => Uint32Array.from(given.flatMap(({ state }) => Array.from(state))),
    },
    actions: { shape: [count], dtype: "u32", label: "given actions", values: () => Uint32Array.from(given, ({ action }) => action) },
    facts: { shape: [count, FACTS], dtype: "u32", label: "facts of given states" },
    states: { shape: [count, PLACES, stateWords], dtype: "u32", label: "states beside the given" },
  });
  const data = environmentData(device, environment);
  try {
    await new Program(device, "inspection").add(kernel, { ...tensors, ...environmentDataFor(kernel, data) }, [Math.ceil(count / 64)]).run();
    const [facts, states] = (await Promise.all([tensors.facts.read(), tensors.states.read()])) as [Uint32Array, Uint32Array];
    const rewards = new Float32Array(facts.buffer);
    return given.map((_, n) => {
      const [terminal, level, levelAfter, levelBefore, parentCount, , index] = facts.subarray(FACTS * n) as unknown as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const place = (at: number) => states.slice((PLACES * n + at) * stateWords, (PLACES * n + at + 1) * stateWords);
      return {
        terminal: terminal === 1,
        level,
        levelAfter,
        levelBefore,
        parentCount,
        logReward: rewards[FACTS * n + 5] as number,
        index,
        next: place(0),
        undone: place(1),
        previous: place(2),
        redone: place(3),
        numbered: place(4),
      };
    });
  } finally {
    disposeTensors({ ...tensors, data });
  }
}
