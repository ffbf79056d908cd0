/** What the packages and tests of this project need of this one. It may change in any release: import the package itself instead. */
export { backwardModules, recordBackwardRollout } from "./backward-rollout.js";
export { policies } from "./by-name.js";
export { checkpointPieces, decodeCheckpointFrom, replicasOf, requireSavable, stackLayers, unstackLayers } from "./checkpoint.js";
export { FIRST_BATCH } from "./counters.js";
export { environmentDataFor } from "./environment-data.js";
export { adviceOn, describeFault, faultsOf, quantities } from "./fault.js";
export { requireFiniteWeights } from "./finite.js";
export { HEAD_PARAMETERS, makeHead } from "./head.js";
export { layeredModules, layeredProducts } from "./layered.js";
export { networkConstants } from "./layout.js";
export { environmentConstants, environmentModules, policyConstants, policyModules } from "./modules.js";
export { evaluationPath, fitsWorkgroup, layeredFrom } from "./path.js";
export { fitPolicy, hasFlow } from "./policy.js";
export { type TrajectoryColumns, trajectoryColumns, trajectoryRecord, transitionRecord } from "./records.js";
export { type ReplicaSettings, Replicas } from "./replicas.js";
export {
  dataTensor,
  disposeBuffers,
  environmentData,
  policyMemory,
  type RolloutOptions,
  recordingTensors,
  recordRollout,
  samplingBuffers,
  samplingTensors,
  trajectoryTensors,
  workgroupsWithMemory,
} from "./rollout.js";
export type { LayeredBuffers, RolloutBuffers, RolloutShape } from "./rollout-shape.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  LONGEST_HEADER,
  readSafetensors,
  type StoredTensor,
  sourceOf,
  type TensorFile,
} from "./safetensors.js";
export { type Records, type Section, sectionShape, sectionsOf, sectionTable } from "./sections.js";
export { SIZE_ADVICE, STATES_ADVICE } from "./size-advice.js";
export { wholeSubgroups } from "./subgroups.js";
export { requireWorkgroupMemory, tiling, tilingCandidates, tilingsRule } from "./tiling.js";
export { uniformTable } from "./uniform-table.js";
export { initialWeights, packWeights, unpackWeights, weightsTensor } from "./weights.js";
