import type { Environment } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor } from "@webgfn/sampler/internal";
import source from "@webgfn/shaders/check/list_states.wgsl";
import { type Device, Program } from "@webgfn/tensor";
import { disposeTensors } from "@webgfn/tensor/internal";

/** Every state of an enumerable environment, by its index. */
export interface ListedStates {
  count: number;
  /** `state_index` of the initial state. */
  initial: number;
  /** `state_index(state_at(i))` */
  index(i: number): number;
  level(i: number): number;
  isTerminal(i: number): boolean;
  parentCount(i: number): number;
  /** log R of a terminal state, otherwise 0. */
  logReward(i: number): number;
  state(i: number): Uint32Array;
  features(i: number): Float32Array;
  /** `state_index` of the state that an action leads to; undefined where it is not allowed. */
  child(i: number, action: number): number | undefined;
}

const FACTS = 6;
const NONE = 0xffffffff;
/** Workgroups along x; more are folded into z. */
const WIDEST = 32768;

/** Words that the list takes. */
export function wordsOfList({ actions, features, stateWords }: Environment, states: number): number {
  return states * (FACTS + actions + features + stateWords);
}

/**
 * Lists every state of an environment that numbers them.
 *
 * @throws WebgfnError `limit` where the list does not fit.
 */
export async function listStates(device: Device, environment: Environment, count: number): Promise<ListedStates> {
  const { actions, features: width, stateWords } = environment;
  const kernel = await device.kernel({
    root: "check/list_states",
    modules: { environment: environment.shader, "check/list_states": source },
    constants: { ...environmentConstants(environment), STATES: count },
  });
  const tensors = device.tensors({
    facts: { shape: [count, FACTS], dtype: "u32", label: "facts of states" },
    words: { shape: [count, stateWords], dtype: "u32", label: "states" },
    children: { shape: [count, actions], dtype: "u32", label: "children of states" },
    features: { shape: [count, width], label: "features of states" },
  });
  const data = environmentData(device, environment);
  try {
    const groups = Math.ceil(count / 64);
    const x = Math.min(groups, WIDEST);
    await new Program(device, "list of states")
      .add(kernel, { ...tensors, ...environmentDataFor(kernel, data) }, [x, 1, Math.ceil(groups / x)])
      .run();
    const [facts, words, children, features] = (await Promise.all(
      [tensors.facts, tensors.words, tensors.children, tensors.features].map((tensor) => tensor.read()),
    )) as [Uint32Array, Uint32Array, Uint32Array, Float32Array];
    const rewards = new Float32Array(facts.buffer);
    const fact = (i: number, place: number) => facts[FACTS * i + place] as number;
    return {
      count,
      initial: fact(0, 1),
      index: (i) => fact(i, 0),
      level: (i) => fact(i, 2),
      isTerminal: (i) => fact(i, 3) === 1,
      parentCount: (i) => fact(i, 4),
      logReward: (i) => rewards[FACTS * i + 5] as number,
      state: (i) => words.subarray(i * stateWords, (i + 1) * stateWords),
      features: (i) => features.subarray(i * width, (i + 1) * width),
      child(i, action) {
        const child = children[i * actions + action] as number;
        return child === NONE ? undefined : child;
      },
    };
  } finally {
    disposeTensors({ ...tensors, data });
  }
}
