import { inBrief } from "@webgfn/tensor/internal";
import { hasBit, setBit } from "../bit-set.js";
import { listIn, unreachable } from "../encoding.js";
import type { GraphObject } from "./graph-display.js";

/** Up to this number of variables, a node's children and its descendants share a word. */
const MOST_PACKED = 16;

/**
 * The layout of a graph in the words of a state, as in `shaders/envs/dags.wgsl`: for each node a row of bits, its children first and then its
 * descendants; if parents are limited, a bit for each node that has the most parents allowed; and the stop flag.
 */
export class GraphLayout {
  readonly names: readonly string[];
  readonly mostParents: number;
  readonly stateWords: number;
  /** Words of a node's row, and the bit at which its descendants begin. */
  readonly #row: number;
  readonly #descendants: number;
  readonly #limited: boolean;

  constructor(names: readonly string[], mostParents: number) {
    this.names = names;
    this.mostParents = mostParents;
    const variables = names.length;
    const words = Math.ceil(variables / 32);
    const packed = variables <= MOST_PACKED;
    this.#row = packed ? 1 : 2 * words;
    this.#descendants = packed ? MOST_PACKED : 32 * words;
    this.#limited = mostParents < variables - 1;
    this.stateWords = variables * this.#row + (this.#limited ? words : 0) + 1;
  }

  /** The edges of a state, ordered by their first node, then by their second. */
  decode(state: Uint32Array): [from: number, to: number][] {
    const { names } = this;
    return names.flatMap((_, i) => names.flatMap((_, j): [number, number][] => (this.#has(state, i, j) ? [[i, j]] : [])));
  }

  /** The terminal state of an acyclic graph. */
  terminal(edges: readonly (readonly [from: number, to: number])[]): Uint32Array {
    const state = new Uint32Array(this.stateWords);
    for (const [from, to] of edges) {
      this.#set(state, from, to);
      this.#set(state, from, this.#descendants + to);
    }
    this.#close(state);
    if (this.#limited) {
      this.names.forEach((_, child) => {
        const parents = this.names.reduce((sum, _, i) => sum + (this.#has(state, i, child) ? 1 : 0), 0);
        if (parents === this.mostParents) this.#set(state, this.names.length, child);
      });
    }
    state[this.stateWords - 1] = 1;
    return state;
  }

  /**
   * The terminal state of a graph over the variables.
   *
   * @throws WebgfnError `argument` for edges that are not pairs of variables, a repeated edge, too many parents, or a cycle.
   */
  encode(object: GraphObject): Uint32Array {
    const { names, mostParents } = this;
    const variables = names.length;
    const title = `DAGs on ${variables} variables`;
    const edges: [number, number][] = [];
    const parents = new Array<number>(variables).fill(0);
    const seen = new Set<number>();
    const isVariable = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < variables;
    for (const edge of listIn(title, object, "edges", { edges: [[0, 1]] })) {
      if (!Array.isArray(edge) || edge.length !== 2 || !edge.every(isVariable)) {
        throw unreachable(title, object, `an edge is two numbers of variables from 0 to ${variables - 1}, not ${inBrief(edge)}`);
      }
      const [from, to] = edge as [number, number];
      if (seen.has(from * variables + to)) throw unreachable(title, object, `the edge [${from}, ${to}] is in it twice`);
      seen.add(from * variables + to);
      edges.push([from, to]);
      parents[to] = (parents[to] as number) + 1;
    }
    const crowded = parents.findIndex((count) => count > mostParents);
    if (crowded >= 0) {
      throw unreachable(
        title,
        object,
        `variable ${crowded} (${inBrief(names[crowded])}) has ${parents[crowded]} parents, and at most ${mostParents} are allowed`,
      );
    }
    const state = this.terminal(edges);
    const onCycle = names.findIndex((_, node) => this.#has(state, node, this.#descendants + node));
    if (onCycle >= 0) throw unreachable(title, object, `it has a cycle through variable ${onCycle} (${inBrief(names[onCycle])})`);
    return state;
  }

  #has(state: Uint32Array, node: number, bit: number): boolean {
    return hasBit(state, bit, node * this.#row);
  }

  #set(state: Uint32Array, node: number, bit: number): void {
    setBit(state, bit, node * this.#row);
  }

  /** Completes the descendants from the children, by Warshall's algorithm. */
  #close(state: Uint32Array): void {
    const variables = this.names.length;
    for (let through = 0; through < variables; through++) {
      for (let node = 0; node < variables; node++) {
        if (!this.#has(state, node, this.#descendants + through)) continue;
        for (let j = 0; j < variables; j++) {
          if (this.#has(state, through, this.#descendants + j)) this.#set(state, node, this.#descendants + j);
        }
      }
    }
  }
}
