export { environment, environmentNames } from "./by-name.js";
export { available, type Capability, type Environment, type SampledObject, unavailable } from "./environment.js";
export { type HypergridParameters, hypergrid } from "./hypergrid.js";
export { type SetsParameters, sets } from "./sets.js";
