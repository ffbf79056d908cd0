export {
  available,
  banana,
  dags,
  defineEnvironment,
  type Environment,
  environmentNames,
  gaussianMixture,
  hypergrid,
  makeEnvironment,
  phylogenetics,
  type SampledObject,
  sequences,
  sets,
  unavailable,
} from "@webgfn/envs";
export {
  defineEstimator,
  defineObjective,
  detailedBalance,
  type Estimator,
  forwardKl,
  makeObjective,
  type Objective,
  objectiveNames,
  renyi,
  reverseKl,
  subtrajectoryBalance,
  trajectoryBalance,
  tsallis,
  varGrad,
} from "@webgfn/objectives";
export { decodeCheckpoint, definePolicy, encodeCheckpoint, gin, makePolicy, mlp, type Policy, type Sample, Sampler } from "@webgfn/sampler";
export { Device, Kernel, openDevice, Program, rules, WebgfnError } from "@webgfn/tensor";
export {
  checkpoint,
  columnValue,
  defineMetric,
  distinctObjects,
  enumerateObjects,
  evaluateModel,
  fullEvaluation,
  gradientVariance,
  type Metric,
  type Progress,
  restoreCheckpoint,
  spreadOf,
  Trainer,
  type TrainerOptions,
  tune,
} from "@webgfn/trainer";
export { completeConfiguration, trainerOptions } from "./complete-configuration.js";
export { type Configuration, type PartialConfiguration, parseConfiguration } from "./configuration.js";
export type { FileReference } from "./file-reference.js";
export { type AnyObject, loadSampler } from "./load-sampler.js";
export type { Parts } from "./parts.js";
