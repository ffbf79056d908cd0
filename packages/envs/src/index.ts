export { banana } from "./banana.js";
export { environment, environmentNames } from "./by-name.js";
export { type Dags, type DagsParameters, dags } from "./dags.js";
export type { DataFile } from "./data-file.js";
export { defineEnvironment, type EnvironmentDescription } from "./define-environment.js";
export {
  available,
  type Capability,
  type Environment,
  type ParameterValue,
  type SampledObject,
  unavailable,
} from "./environment.js";
export { type GaussianMixtureParameters, gaussianMixture } from "./gaussian-mixture.js";
export { type HypergridParameters, hypergrid } from "./hypergrid.js";
export type { Alignment } from "./phylogenetics/alignment.js";
export { type Phylogenetics, type PhylogeneticsParameters, phylogenetics } from "./phylogenetics.js";
export { type SequencesParameters, sequences } from "./sequences.js";
export { type SetsParameters, sets } from "./sets.js";
