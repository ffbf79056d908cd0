export { environment, environmentNames } from "./by-name.js";
export { type Capability, available, type Environment, type SampledObject, unavailable } from "./environment.js";
export { type HypergridParameters, hypergrid } from "./hypergrid.js";
export { type SetsParameters, sets } from "./sets.js";
