/** The float64 reference: what the kernels compute, written from the mathematics alone (method.md). */
export * from "./adam.js";
export * from "./compare.js";
export * from "./environment.js";
export * from "./exact.js";
export * from "./finite-difference.js";
export * from "./hypergrid.js";
export * from "./mlp.js";
export * from "./objectives.js";
export * from "./random.js";
export * from "./sets.js";
export * from "./tiny.js";
export * from "./vectors.js";
