import type { Capability, Environment } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor, STATES_ADVICE } from "@webgfn/sampler/internal";
import listTransitions from "@webgfn/shaders/trainer/variance/list_transitions.wgsl";
import { type Device, Program } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";

/** Most states of a graph that the host goes through: it evaluates the policy at each, and goes back through it. */
const MOST_GRAPH_STATES = 2 ** 16;

/** One state that can be reached from the initial one. */
export interface GraphNode {
  /** [features] */
  features: Float32Array;
  /** Number of states that lead here in one step; p_B is uniform over them. */
  parents: number;
  /** log R(x), where the state is terminal. */
  logReward: number | undefined;
  /** Allowed actions, and where in the graph each leads. */
  actions: number[];
  children: number[];
}

/** Nodes in an order in which every state comes after all of its parents; the initial one is first. */
export type StateGraph = readonly GraphNode[];

/** Whether the host can hold an environment's graph, and how many states it has. */
export function graphSize({ enumeration, title }: Environment): Capability<number> {
  if (!enumeration.available || enumeration.value <= MOST_GRAPH_STATES) return enumeration;
  return {
    available: false,
    reason: `${title} has ${enumeration.value} states, more than the ${MOST_GRAPH_STATES} that the host goes through`,
  };
}

/** @throws WebgfnError `argument` for an environment whose graph is not to be had, with the reason. */
export async function stateGraph(device: Device, environment: Environment): Promise<StateGraph> {
  const size = graphSize(environment);
  if (!size.available) throw argumentError(`${environment.title} cannot be enumerated: ${size.reason}`);
  const states = size.value;
  const kernel = await device.kernel({
    root: "trainer/variance/list_transitions",
    modules: { environment: environment.shader, "trainer/variance/list_transitions": listTransitions },
    constants: { ...environmentConstants(environment), STATES: states },
  });
  const facts = device.tensor([states, 4], { label: "facts of states", fix: STATES_ADVICE });
  const features = device.tensor([states, environment.features], { label: "features of states", fix: STATES_ADVICE });
  const children = device.tensor([states, environment.actions], { dtype: "u32", label: "children of states", fix: STATES_ADVICE });
  const data = environmentData(device, environment);
  try {
    await new Program(device, "state graph", { fix: STATES_ADVICE })
      .add(kernel, { facts, features, children, ...environmentDataFor(kernel, data) }, [Math.ceil(states / 64)])
      .run();
    const read = (await Promise.all([facts.read(), features.read(), children.read()])) as [Float32Array, Float32Array, Uint32Array];
    return reachable(environment, ...read);
  } finally {
    for (const tensor of [facts, features, children, data]) tensor.dispose();
  }
}

/** What an action that is not allowed leads to. */
const NONE = 0xffffffff;

/** All paths to a state have the same length, so that going breadth first meets parents before their children. */
function reachable(
  { features: width, actions: count }: Environment,
  facts: Float32Array,
  features: Float32Array,
  children: Uint32Array,
): GraphNode[] {
  const states = facts.length / 4;
  const first = Array.from({ length: states }, (_, index) => index).findIndex((index) => facts[4 * index] === 1);
  const order = [first];
  const place = new Map([[first, 0]]);
  const nodes: GraphNode[] = [];
  // The list grows while it is gone through.
  for (const index of order) {
    const [, terminal, parents, logReward] = facts.subarray(4 * index, 4 * index + 4) as unknown as [number, number, number, number];
    const node: GraphNode = {
      features: features.subarray(index * width, (index + 1) * width),
      parents,
      logReward: terminal === 1 ? logReward : undefined,
      actions: [],
      children: [],
    };
    for (let action = 0; action < count; action++) {
      const child = children[index * count + action] as number;
      if (child === NONE) continue;
      if (!place.has(child)) {
        place.set(child, order.length);
        order.push(child);
      }
      node.actions.push(action);
      node.children.push(place.get(child) as number);
    }
    nodes.push(node);
  }
  return nodes;
}
