export { checkpoint, faultsOf, restoreCheckpoint } from "./checkpoint.js";
export { type DistinctObject, distinctObjects } from "./evaluation/best-objects.js";
export { DensityEvaluator } from "./evaluation/density.js";
export type { EdgeMarginals } from "./evaluation/edge-marginals.js";
export type { EvaluatorInputs } from "./evaluation/evaluator.js";
export { ExactEvaluator } from "./evaluation/exact.js";
export { type HeldOutEstimates, heldOutEstimates } from "./evaluation/held-out.js";
export { type PolicySamples, policySamples } from "./evaluation/policy-samples.js";
export {
  type EvaluatedModel,
  evaluateModel,
  type FullEvaluation,
  type FullEvaluationOptions,
  fullEvaluation,
  type ReplicaReport,
} from "./evaluation/report.js";
export { SampledEvaluator } from "./evaluation/sampled.js";
export { type EnumeratedObject, enumerateObjects } from "./evaluation/states.js";
export { adviceOn, describeFault, type Fault, type Quantity, requireSound } from "./fault.js";
export { briefColumns, columns, hasBefore, inOrder } from "./metrics/columns.js";
export { builtInMetrics } from "./metrics/defaults.js";
export { defineMetric, type MetricDescription, requireColumn } from "./metrics/define-metric.js";
export type { UnavailableMetric } from "./metrics/measured-metrics.js";
export type { Column, Measuring, Metric, MetricInputs, Placement, Values } from "./metrics/metric.js";
export { columnValue, type MeasuredReplica, type Spread, soundReplicas, spreadOf } from "./metrics/spread.js";
export { type CheckedOptions, checkOptions, chosenEstimator, TRAINER_PARAMETERS, type TrainerOptions } from "./options.js";
export { type DensityMap, densityMap } from "./pictures/density-map.js";
export { cellMap, edgeMap } from "./pictures/maps.js";
export { bestSampled, likeliest } from "./pictures/ranking.js";
export type { Distance, Progress, ReplicaProgress, SampleStatistics } from "./progress.js";
export type { TrainerState } from "./state.js";
export { recordReplay, recordStep, type StepPrograms } from "./step.js";
export { stepBuffers } from "./step-buffers.js";
export type { StepBuffers, StepShape } from "./step-shape.js";
export { Trainer } from "./trainer.js";
export type { DeviceLoss, RunOptions, Stretch, StretchOptions } from "./training-loop.js";
export { type Trial, type TuneOptions, type Tuning, tune } from "./tune.js";
export {
  batchCombinations,
  combined,
  type HostEstimator,
  hostEstimator,
  type ScoreSums,
  scoreSums,
  type VarianceEstimator,
  varianceEstimators,
} from "./variance/estimates.js";
export { type ExactGradientOptions, exactGradientSize, exactGradients } from "./variance/exact-gradient.js";
export {
  batchIntegrand,
  checkVarianceOptions,
  gradientVariance,
  type VarianceOptions,
  type VarianceReport,
  type VarianceRow,
} from "./variance/gradient-variance.js";
export { type ScoredBatch, ScoreSampler, type ScoreSamplerOptions } from "./variance/scores.js";
export { type GraphNode, type StateGraph, stateGraph } from "./variance/state-graph.js";
