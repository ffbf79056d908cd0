/** A set of vertices by their numbers, in ascending order. */
export type VertexSetObject = { vertices: number[] };
