export { makePolicy, type PolicyName, policies, policyNames } from "./by-name.js";
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint, replicaOf, stackLayers, unstackLayers } from "./checkpoint.js";
export { definePolicy, type PolicyDescription } from "./define-policy.js";
export { environmentDataFor } from "./environment-data.js";
export { type GinOptions, gin } from "./gin.js";
export { HEAD_PARAMETERS, makeHead } from "./head.js";
export { layeredModules, layeredProducts } from "./layered.js";
export { type LayerSize, networkConstants } from "./layout.js";
export { type CheckpointSource, type LoadOptions, loadSampler } from "./load-sampler.js";
export { type MlpOptions, mlp } from "./mlp.js";
export { environmentConstants, policyConstants, policyModules } from "./modules.js";
export type { BackwardPass, BackwardPolicy, Fit, Head, Layer, Network, Policy } from "./network.js";
export { type EvaluationPath, evaluationPath, fitsWorkgroup, layeredFrom } from "./path.js";
export { fitPolicy, hasFlow } from "./policy.js";
export { type TrajectoryColumns, trajectoryColumns, trajectoryRecord, transitionRecord } from "./records.js";
export { type ReplicaSettings, Replicas } from "./replicas.js";
export {
  dataTensor,
  disposeBuffers,
  environmentData,
  policyMemory,
  recordBackwardRollout,
  recordingTensors,
  recordRollout,
  samplingBuffers,
  samplingTensors,
  trajectoryTensors,
  workgroupsWithMemory,
} from "./rollout.js";
export type { LayeredBuffers, RolloutBuffers, RolloutShape } from "./rollout-shape.js";
export { decodeSafetensors, encodeSafetensors, type FileTensor, type TensorFile } from "./safetensors.js";
export { type Sample, Sampler, type SamplerOptions } from "./sampler.js";
export { type Records, type Section, sectionShape, sectionsOf, sectionTable } from "./sections.js";
export { SIZE_ADVICE, STATES_ADVICE } from "./size-advice.js";
export { wholeSubgroups } from "./subgroups.js";
export { requireWorkgroupMemory, type Tiling, type Tilings, tiling, tilingCandidates, tilingsRule } from "./tiling.js";
export {
  type EnvironmentMaker,
  type EnvironmentMakers,
  type ObjectOf,
  type OwnPolicies,
  type TrainedModel,
  trainedModel,
} from "./trained-model.js";
export { uniformTable } from "./uniform-table.js";
export { initialWeights, type LinearWeights, packWeights, unpackWeights } from "./weights.js";
