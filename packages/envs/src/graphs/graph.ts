import { setBit } from "../bit-set.js";

/** An undirected edge between two vertices, a < b. */
export interface Edge {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
}

/** An undirected graph without loops and double edges. */
export interface Graph {
  /** The vertices' names, in the order of their numbers. */
  readonly names: readonly string[];
  readonly edges: readonly Edge[];
}

/** Most vertices of a graph. */
export const MOST_VERTICES = 1024;

/** The neighbours of each vertex as bits, 32 to a word: word w of vertex v is entry v · words + w. */
export function adjacencyBits({ names, edges }: Graph): { words: number; bits: Uint32Array } {
  const words = Math.ceil(names.length / 32);
  const bits = new Uint32Array(names.length * words);
  for (const { a, b } of edges) {
    setBit(bits, a * words * 32 + b);
    setBit(bits, b * words * 32 + a);
  }
  return { words, bits };
}
