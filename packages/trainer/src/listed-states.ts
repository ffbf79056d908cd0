import type { Environment } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor, environmentModules, STATES_ADVICE } from "@webgfn/sampler/internal";
import source from "@webgfn/shaders/trainer/list_states.wgsl";
import { type Device, Program, type TypedArray } from "@webgfn/tensor";
import { disposeTensors, Struct, type TensorPlans } from "@webgfn/tensor/internal";
import { foldedWorkgroups } from "./evaluation/folded-workgroups.js";
import { required } from "./evaluation/required.js";

/** Every state of an enumerable environment, by its index. */
export interface ListedStates {
  count: number;
  /** The state's words, [stateWords]. */
  state(i: number): Uint32Array;
  isTerminal(i: number): boolean;
  /** log R of a terminal state, otherwise 0. */
  logReward(i: number): number;
}

/** Every state of an enumerable environment with its children: the state graph. */
export interface ListedGraph extends ListedStates {
  /** `state_index` of the initial state. */
  initial: number;
  /** `state_index(state_at(i))`, which must be i. */
  index(i: number): number;
  level(i: number): number;
  parentCount(i: number): number;
  /** [features] */
  features(i: number): Float32Array;
  /** `state_index` of the state that an action leads to; undefined if the action is not allowed. */
  child(i: number, action: number): number | undefined;
}

const value = new Struct<"terminal" | "log_reward">(source, "Value");
const node = new Struct<"index" | "initial" | "level" | "parent_count">(source, "Node");

/** What the kernel writes for the child of an action that is not allowed. */
const NONE = 0xffffffff;

/** 32-bit words that {@link listGraph} reads for this many states. */
export function wordsOfGraph({ actions, features, stateWords }: Environment, states: number): number {
  return states * (value.words + stateWords + node.words + actions + features);
}

/**
 * Lists every state that an environment numbers.
 *
 * @throws WebgfnError `argument` if the environment is not enumerable, with its reason; `limit` if the list does not fit.
 */
export async function listStates(device: Device, environment: Environment): Promise<ListedStates> {
  return statesOf(environment, await readLists(device, environment, false));
}

/**
 * Lists every state that an environment numbers, with its children, level, parents and features.
 *
 * @throws WebgfnError `argument` if the environment is not enumerable, with its reason; `limit` if the list does not fit.
 */
export async function listGraph(device: Device, environment: Environment): Promise<ListedGraph> {
  const lists = await readLists(device, environment, true);
  const { nodes, children, features } = lists as { nodes: Uint32Array; children: Uint32Array; features: Float32Array };
  const { actions, features: width } = environment;
  return {
    ...statesOf(environment, lists),
    initial: node.get(nodes, 0, "initial"),
    index: (i) => node.get(nodes, i, "index"),
    level: (i) => node.get(nodes, i, "level"),
    parentCount: (i) => node.get(nodes, i, "parent_count"),
    features: (i) => features.subarray(i * width, (i + 1) * width),
    child(i, action) {
      const child = children[i * actions + action] as number;
      return child === NONE ? undefined : child;
    },
  };
}

/** What the kernel wrote, by the names of its variables. */
type Lists = Readonly<Record<string, TypedArray>>;

function statesOf({ stateWords }: Environment, lists: Lists): ListedStates {
  const { values, words } = lists as { values: Uint32Array; words: Uint32Array };
  return {
    count: values.length / value.words,
    state: (i) => words.subarray(i * stateWords, (i + 1) * stateWords),
    isTerminal: (i) => value.get(values, i, "terminal") === 1,
    logReward: (i) => value.get(values, i, "log_reward"),
  };
}

async function readLists(device: Device, environment: Environment, graph: boolean): Promise<Lists> {
  const { actions, features, stateWords } = environment;
  const count = required(environment, "enumeration");
  const kernel = await device.kernel({
    root: "trainer/list_states",
    modules: { ...environmentModules(environment), "trainer/list_states": source },
    constants: { ...environmentConstants(environment), STATES: count },
    conditions: { graph },
  });
  const plans: TensorPlans = {
    values: { shape: [count, value.words], dtype: "u32", label: "terminal states and rewards" },
    words: { shape: [count, stateWords], dtype: "u32", label: "states" },
    ...(graph && {
      nodes: { shape: [count, node.words], dtype: "u32", label: "nodes of the state graph" },
      children: { shape: [count, actions], dtype: "u32", label: "children of states" },
      features: { shape: [count, features], label: "features of states" },
    }),
  };
  const tensors = device.tensors(plans, STATES_ADVICE);
  const data = environmentData(device, environment);
  try {
    await new Program(device, "list of states", { fix: STATES_ADVICE })
      .add(kernel, { ...tensors, ...environmentDataFor(kernel, data) }, foldedWorkgroups(Math.ceil(count / 64)))
      .run();
    const lists = Object.entries(tensors).map(async ([name, tensor]) => [name, await tensor.read()] as const);
    return Object.fromEntries(await Promise.all(lists));
  } finally {
    disposeTensors({ ...tensors, data });
  }
}
