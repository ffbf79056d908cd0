export { type Checkpoint, decodeCheckpoint, encodeCheckpoint, slice, stackLayers, unstackLayers } from "./checkpoint.js";
export { environmentDataFor } from "./environment-data.js";
export { type BackwardPolicy, type Layer, type MlpOptions, mlp, type Network, network, networkConstants, type Policy } from "./mlp.js";
export { environmentConstants, policyConstants, policyModules } from "./modules.js";
export { type ReplicaSettings, Replicas } from "./replicas.js";
export {
  environmentData,
  type RolloutBuffers,
  type RolloutShape,
  recordBackwardRollout,
  recordRollout,
  trajectoryBuffers,
} from "./rollout.js";
export { decodeSafetensors, encodeSafetensors, type FileTensor, type TensorFile } from "./safetensors.js";
export { type Sample, Sampler, type SamplerOptions } from "./sampler.js";
export { type Tiling, tiling } from "./tiling.js";
export { initialWeights, type LinearWeights, packWeights, unpackWeights } from "./weights.js";
