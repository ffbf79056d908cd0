import { inBrief } from "@webgfn/tensor/internal";
import { listIn, unreachable } from "../encoding.js";
import { descendantsOf } from "./enumeration.js";
import type { GraphObject } from "./graph-display.js";

/** The terminal state of an acyclic graph by the children of each node, as bits; see `shaders/envs/dags.wgsl`. */
export function stateOfGraph(children: readonly number[]): Uint32Array {
  const descendants = descendantsOf(children);
  return Uint32Array.of(...children.map((bits, node) => bits | ((descendants[node] as number) << 16)), 1);
}

/**
 * The terminal state of a graph over named variables.
 *
 * @throws WebgfnError `argument` for edges that are no pairs of variables, an edge twice, or a cycle.
 */
export function encodeGraph(object: GraphObject, names: readonly string[]): Uint32Array {
  const variables = names.length;
  const title = `DAGs on ${variables} variables`;
  const children = new Array<number>(variables).fill(0);
  const isVariable = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < variables;
  for (const edge of listIn(title, object, "edges", { edges: [[0, 1]] })) {
    if (!Array.isArray(edge) || edge.length !== 2 || !edge.every(isVariable)) {
      throw unreachable(title, object, `an edge is two numbers of variables from 0 to ${variables - 1}, not ${inBrief(edge)}`);
    }
    const [from, to] = edge as [number, number];
    if ((((children[from] as number) >>> to) & 1) === 1) throw unreachable(title, object, `the edge [${from}, ${to}] is in it twice`);
    children[from] = (children[from] as number) | (1 << to);
  }
  const onCycle = descendantsOf(children).findIndex((bits, node) => ((bits >>> node) & 1) === 1);
  if (onCycle >= 0) throw unreachable(title, object, `it has a cycle through variable ${onCycle} (${inBrief(names[onCycle])})`);
  return stateOfGraph(children);
}
