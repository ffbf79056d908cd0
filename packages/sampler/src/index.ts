export { makePolicy, type PolicyName, policyNames } from "./by-name.js";
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
export { definePolicy, type PolicyDescription } from "./define-policy.js";
export type { DownloadProgress } from "./download.js";
export type { Fault, Quantity } from "./fault.js";
export { type GinOptions, gin } from "./gin.js";
export type { LayerSize } from "./layout.js";
export { type CheckpointSource, type LoadOptions, loadSampler } from "./load-sampler.js";
export { type MlpOptions, mlp } from "./mlp.js";
export type { BackwardPass, BackwardPolicy, Fit, Head, Layer, Network, Policy } from "./network.js";
export type { EvaluationPath } from "./path.js";
export type { FileTensor } from "./safetensors.js";
export { type Sample, Sampler, type SamplerOptions } from "./sampler.js";
export { type SamplingCheckpointOptions, samplingCheckpoint } from "./sampling-checkpoint.js";
export type { Tiling, Tilings } from "./tiling.js";
export {
  type EnvironmentMaker,
  type EnvironmentMakers,
  type ObjectOf,
  type OwnPolicies,
  type TrainedModel,
  trainedModel,
} from "./trained-model.js";
export type { LinearWeights } from "./weights.js";
