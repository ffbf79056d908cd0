export type { Fault, Quantity } from "@webgfn/sampler";
export { checkpoint, restoreCheckpoint } from "./checkpoint.js";
export type { DiagnosedSettings } from "./diagnosis/advice.js";
export { type DiagnosedEvaluation, type DiagnosisOptions, diagnose, type Finding, type FindingKind } from "./diagnosis/diagnosis.js";
export { type DistinctObject, distinctObjects } from "./evaluation/best-objects.js";
export type { EvaluatorInputs } from "./evaluation/evaluator.js";
export type { EdgeMarginals, GraphClass, LikelyGraph } from "./evaluation/graph-posterior.js";
export { listTarget } from "./evaluation/list-target.js";
export {
  type EvaluatedModel,
  evaluateModel,
  type FullEvaluation,
  type FullEvaluationOptions,
  fullEvaluation,
  type ReplicaReport,
} from "./evaluation/report.js";
export { type EnumeratedObject, enumerateObjects } from "./evaluation/states.js";
export type { CladeFrequencies } from "./evaluation/tree-posterior.js";
export { defineMetric, type MetricDescription } from "./metrics/define-metric.js";
export type { UnavailableMetric } from "./metrics/measured-metrics.js";
export type { Column, Measuring, Metric, MetricInputs, Placement, Values } from "./metrics/metric.js";
export { columnValue, type MeasuredReplica, type Spread, spreadOf } from "./metrics/spread.js";
export type { CheckedOptions, TrainerOptions } from "./options.js";
export type { PlacedPrior, Prior, PriorScratch } from "./prior.js";
export type { Distance, Progress, ReplicaProgress, SampleStatistics } from "./progress.js";
export type { TrainerState } from "./state.js";
export type { StepPrograms } from "./step.js";
export type { StepBuffers, StepShape } from "./step-shape.js";
export { Trainer } from "./trainer.js";
export type { DeviceLoss, RunOptions, Stretch, StretchOptions } from "./training-loop.js";
export { type Trial, type TuneOptions, type Tuning, tune } from "./tune.js";
export type { VarianceEstimator } from "./variance/estimates.js";
export { gradientVariance, type VarianceOptions, type VarianceReport, type VarianceRow } from "./variance/gradient-variance.js";
