import type { Capability, Environment } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { type ListedGraph, listGraph } from "../listed-states.js";

/** Most states of a graph that the host visits. At each state it evaluates the policy forward and backward. */
const MOST_GRAPH_STATES = 2 ** 16;

/** One state that can be reached from the initial one. */
export interface GraphNode {
  /** [features] */
  features: Float32Array;
  /** Number of states that lead here in one step; p_B is uniform over them. */
  parents: number;
  /** log R(x) of a terminal state. */
  logReward: number | undefined;
  /** Allowed actions, and for each the index in the graph of the state that it leads to. */
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

/**
 * The states that can be reached, with their edges.
 *
 * @throws WebgfnError `argument` if the environment is not enumerable, or has more states than the host visits.
 */
export async function stateGraph(device: Device, environment: Environment): Promise<StateGraph> {
  const size = graphSize(environment);
  if (!size.available) throw argumentError(`${environment.title} cannot be enumerated: ${size.reason}`);
  return reachable(environment, await listGraph(device, environment));
}

/**
 * The nodes reachable from the initial state. All paths to a state have the same length, so breadth-first search meets parents before their
 * children.
 */
function reachable({ actions }: Environment, states: ListedGraph): GraphNode[] {
  const order = [states.initial];
  const place = new Map([[states.initial, 0]]);
  const nodes: GraphNode[] = [];
  // The loop appends to the list that it iterates over.
  for (const index of order) {
    const node: GraphNode = {
      features: states.features(index),
      parents: states.parentCount(index),
      logReward: states.isTerminal(index) ? states.logReward(index) : undefined,
      actions: [],
      children: [],
    };
    for (let action = 0; action < actions; action++) {
      const child = states.child(index, action);
      if (child === undefined) continue;
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
