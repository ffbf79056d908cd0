import type { Environment } from "@webgfn/envs";
import { counted, largestOf } from "@webgfn/tensor/internal";
import type { ListedGraph } from "@webgfn/trainer/internal";
import type { EqualFeatures } from "./features.js";
import type { ObjectCheck } from "./objects.js";
import { type Findings, stateText } from "./report.js";
import { checkMayStop, checkStep } from "./stop-findings.js";

/** Largest difference between log Σ R and `exactLogZ`: log R is a float32, so its rounding error grows with its size. */
const rounding = (logZ: number) => 1e-3 + 2 ** -20 * Math.abs(logZ);

/** An action that leads to a state. */
interface Edge {
  parent: number;
  action: number;
}

/** The result of a breadth-first search from the initial state. States are identified by their index. */
interface Search {
  /** Reached states, in the order of the search. */
  order: number[];
  /** Number of actions from the initial state to each reached state. */
  depths: Map<number, number>;
  /** Number of actions that lead to each state, and the first few of them. */
  parents: Map<number, { count: number; first: Edge[] }>;
}

/** Largest number of edges to a state in one message. */
const SHOWN_PARENTS = 4;

/**
 * Checks the graph of all states: their indices, depths (`level`) and parents against a breadth-first search, and log Z against the sum
 * of the rewards.
 *
 * @returns a function that says whether a trajectory reaches the state with an index.
 */
export function checkGraph(
  environment: Environment,
  states: ListedGraph,
  findings: Findings,
  objects: ObjectCheck,
  equal: EqualFeatures,
): (index: number) => boolean {
  if (states.initial >= states.count) {
    findings.problem("state_index", `it is ${states.initial} for the initial state, but enumeration names ${states.count} states`);
    return () => false;
  }
  const search = searchStates(environment, states, findings);
  const reached = (index: number) => search.depths.has(index);
  checkIndices(states, reached, findings);
  for (const i of search.order) {
    const depth = search.depths.get(i) as number;
    const state = Array.from(states.state(i));
    if (states.level(i) !== depth) {
      findings.problem("level", `level is ${states.level(i)} at state ${stateText(state)}, but ${counted(depth, "action")} led there`, {
        state,
      });
    }
    if (!states.isTerminal(i)) equal.add(findings, state, states.features(i));
    checkParents(states, i, search, findings);
    const [edge] = search.parents.get(i)?.first ?? [];
    if (states.isTerminal(i)) {
      const way = edge === undefined ? "" : `; action ${edge.action} leads there from state ${stateText(states.state(edge.parent))}`;
      objects.add(states.state(i), states.logReward(i), way, edge?.action);
    }
  }
  checkLogZ(environment, states, search, findings);
  noteUnreached(states, reached, findings);
  findings.note(`${counted(search.order.length, "state")} of ${states.count} can be reached; each was checked`);
  return reached;
}

function searchStates({ actions, stop }: Environment, states: ListedGraph, findings: Findings): Search {
  const order = [states.initial];
  const depths = new Map([[states.initial, 0]]);
  const parents: Search["parents"] = new Map();
  // The loop appends to the list that it iterates over.
  for (const parent of order) {
    const depth = (depths.get(parent) as number) + 1;
    let allowed = 0;
    for (let action = 0; action < actions; action++) {
      const child = states.child(parent, action);
      if (child === undefined) continue;
      allowed++;
      const state = Array.from(states.state(parent));
      if (child >= states.count) {
        const message = `it is ${child} for the state that action ${action} leads to from ${stateText(state)}, but enumeration names ${states.count} states`;
        findings.problem("state_index", message, { state, action });
        continue;
      }
      const known = depths.get(child);
      if (known === undefined) {
        depths.set(child, depth);
        order.push(child);
      } else if (known !== depth) {
        const message = `paths of different lengths lead to state ${stateText(states.state(child))}: one of ${counted(known, "action")}, and one of ${depth} through action ${action} at state ${stateText(state)}`;
        findings.problem("level", message, { state, action });
      }
      if (stop !== undefined) {
        checkStep(stop, { state, action, next: states.state(child), ends: states.isTerminal(child) }, findings);
      }
      const edges = parents.get(child) ?? { count: 0, first: [] };
      edges.count++;
      if (edges.first.length < SHOWN_PARENTS) edges.first.push({ parent, action });
      parents.set(child, edges);
    }
    if (stop !== undefined && !states.isTerminal(parent)) {
      checkMayStop(stop, states.state(parent), states.child(parent, stop) !== undefined, findings);
    }
    if (allowed === 0 && !states.isTerminal(parent)) {
      const state = Array.from(states.state(parent));
      const [edge] = parents.get(parent)?.first ?? [];
      const way = edge === undefined ? "" : `; action ${edge.action} leads there from state ${stateText(states.state(edge.parent))}`;
      findings.problem("is_allowed", `state ${stateText(state)} is not terminal and allows no action${way}`, {
        state,
        ...(edge === undefined ? {} : { action: edge.action }),
      });
    }
  }
  return { order, depths, parents };
}

/** Checks that `state_index(state_at(i))` is i. Otherwise sums over indices would count a state twice, if a trajectory reaches it. */
function checkIndices(states: ListedGraph, reached: (index: number) => boolean, findings: Findings): void {
  for (let i = 0; i < states.count; i++) {
    const index = states.index(i);
    if (index === i || !(reached(i) || reached(index))) continue;
    const state = Array.from(states.state(i));
    const message = `state_index(state_at(${i})) is ${index}, not ${i}; state_at(${i}) is ${stateText(state)}`;
    findings.problem("state_at/state_index", message, { state });
  }
}

function checkParents(states: ListedGraph, i: number, { parents }: Search, findings: Findings): void {
  const { count, first } = parents.get(i) ?? { count: 0, first: [] };
  if (count === states.parentCount(i)) return;
  const state = Array.from(states.state(i));
  const list = first.map(({ parent, action }) => `action ${action} from ${stateText(states.state(parent))}`).join(", ");
  const leads = count === 1 ? "leads" : "lead";
  const shown = count === 0 ? "" : `: ${list}${count > first.length ? ", …" : ""}`;
  const message = `it is ${states.parentCount(i)} at state ${stateText(state)}, but ${counted(count, "allowed action")} ${leads} there${shown}`;
  findings.problem("parent_count", message, { state });
}

function checkLogZ({ exactLogZ }: Environment, states: ListedGraph, { order }: Search, findings: Findings): void {
  const rewards = order.filter((i) => states.isTerminal(i)).map((i) => states.logReward(i));
  const largest = largestOf(rewards);
  const logZ = largest + Math.log(rewards.reduce((sum, reward) => sum + Math.exp(reward - largest), 0));
  // ObjectCheck reports each reward that is not finite.
  if (!Number.isFinite(logZ)) return;
  if (!exactLogZ.available) {
    findings.note(`the rewards of the ${counted(rewards.length, "object")} that can be reached sum to log Z = ${logZ.toPrecision(8)}`);
  } else if (!(Math.abs(exactLogZ.value - logZ) <= rounding(logZ))) {
    const message = `it is ${exactLogZ.value.toPrecision(8)}, but the rewards of the ${counted(rewards.length, "object")} that can be reached sum to log Z = ${logZ.toPrecision(8)}`;
    findings.problem("exactLogZ", message);
  }
}

function noteUnreached(states: ListedGraph, reached: (index: number) => boolean, findings: Findings): void {
  let count = 0;
  let first: Uint32Array | undefined;
  for (let i = 0; i < states.count; i++) {
    if (reached(i) || !states.isTerminal(i)) continue;
    first ??= states.state(i);
    count++;
  }
  if (first === undefined) return;
  findings.note(
    `state_at lists ${counted(count, "terminal state")} that no trajectory reaches, such as ${stateText(first)}; they do not count as objects`,
  );
}
