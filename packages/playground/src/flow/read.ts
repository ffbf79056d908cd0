import type { Environment } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { type ExactEvaluator, type LearnedBackward, type ListedGraph, listGraph } from "@webgfn/trainer/internal";
import { forestText } from "./forests.js";
import type { StateGraph } from "./state-graph.js";

/** Most states of an environment whose flow is shown. */
const MOST_STATES = 4096;

/** Reads the flow of policies on one environment from the GPU. */
export interface FlowReader {
  readonly graph: StateGraph;
  /** p_F of each edge of the graph, as of the evaluator's latest measurement. */
  policy(evaluator: ExactEvaluator): Promise<Float32Array>;
  /** The learned p_B of each edge of the graph now. */
  backward(learned: LearnedBackward): Promise<Float32Array>;
}

/** Lists an environment's states. Undefined if they cannot be listed, or are too many to be shown. */
export async function flowReader(device: Device, environment: Environment): Promise<FlowReader | undefined> {
  const { enumeration, actions } = environment;
  if (!enumeration.available || enumeration.value > MOST_STATES) return undefined;
  const listed = await listGraph(device, environment);
  const { graph, entries } = reachableGraph(environment, listed);
  return {
    graph,
    async policy(evaluator) {
      const table = await evaluator.policy(0);
      return Float32Array.from(entries, ({ state, action }) => table[state * actions + action] as number);
    },
    async backward(learned) {
      const table = await learned.read(0);
      return Float32Array.from(entries, ({ child, action }) => table[child * actions + action] as number);
    },
  };
}

/** The indices of an edge's states, and its action. */
interface Entry {
  readonly state: number;
  readonly action: number;
  readonly child: number;
}

/** The states that trajectories reach, and the place of each edge in a table over states and actions. */
function reachableGraph(environment: Environment, listed: ListedGraph): { graph: StateGraph; entries: Entry[] } {
  const order = [listed.initial];
  const places = new Map([[listed.initial, 0]]);
  /** The actions of the path that reached each state first. */
  const paths: number[][] = [[]];
  const entries: Entry[] = [];
  const from: number[] = [];
  const to: number[] = [];
  // The loop appends to the list that it iterates over. All paths to a state have the same length, so parents come before their children.
  for (const [u, state] of order.entries()) {
    for (let action = 0; action < environment.actions; action++) {
      const child = listed.child(state, action);
      if (child === undefined) continue;
      let v = places.get(child);
      if (v === undefined) {
        v = order.push(child) - 1;
        places.set(child, v);
        paths.push([...(paths[u] as number[]), action]);
      }
      from.push(u);
      to.push(v);
      entries.push({ state, action, child });
    }
  }
  const { picture } = environment.objects;
  const cellOf = (actions: readonly number[]) => (picture.kind === "cells" ? picture.path?.(actions).at(-1) : undefined);
  const cells = paths.map(cellOf).filter((cell) => cell !== undefined);
  const graph = {
    names: order.map((state, u) => nameOf(environment, listed.state(state), paths[u] as number[])),
    levels: Uint16Array.from(order, (state) => listed.level(state)),
    parents: Uint32Array.from(order, (state) => listed.parentCount(state)),
    logReward: Float64Array.from(order, (state) => (listed.isTerminal(state) ? listed.logReward(state) : Number.NaN)),
    from: Uint32Array.from(from),
    to: Uint32Array.from(to),
    ...(cells.length === order.length && { cells }),
  };
  return { graph, entries };
}

/** The name of a state: that of its object, as if it were complete, or for a forest the names of its trees. */
function nameOf({ objects, decode, leaves }: Environment, state: Uint32Array, actions: readonly number[]): string {
  const { picture } = objects;
  if (picture.kind === "trees" && leaves !== undefined) return forestText(picture.names ?? [], leaves, actions);
  return objects.text(decode(state));
}
