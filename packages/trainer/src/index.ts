export { checkpoint, restoreCheckpoint } from "./checkpoint.js";
export { type DistinctObject, distinctObjects } from "./evaluation/best-objects.js";
export { DensityEvaluator } from "./evaluation/density.js";
export type { EdgeMarginals } from "./evaluation/edge-marginals.js";
export type { Distance, Evaluator, EvaluatorInputs } from "./evaluation/evaluator.js";
export { ExactEvaluator } from "./evaluation/exact.js";
export { type HeldOutEstimates, heldOutEstimates } from "./evaluation/held-out.js";
export { type PolicySamples, policySamples } from "./evaluation/policy-samples.js";
export { type FullEvaluation, type FullEvaluationOptions, fullEvaluation, type ReplicaReport } from "./evaluation/report.js";
export { SampledEvaluator } from "./evaluation/sampled.js";
export { type EnumeratedObject, enumerateObjects } from "./evaluation/states.js";
export type { SampleStatistics } from "./evaluation/statistics.js";
export { adviceOn, describeFault, type Fault, type Quantity, requireSound } from "./fault.js";
export { type CheckedOptions, checkOptions, chosenEstimator, type TrainerOptions } from "./options.js";
export { type DensityMap, densityMap } from "./pictures/density-map.js";
export { cellMap, edgeMap } from "./pictures/maps.js";
export { bestSampled, likeliest } from "./pictures/ranking.js";
export type { TrainerState } from "./state.js";
export { recordReplay, recordStep, type StepPrograms } from "./step.js";
export { type StepBuffers, type StepShape, stepBuffers } from "./step-buffers.js";
export { type DeviceLoss, type Progress, type ReplicaProgress, type RunOptions, Trainer } from "./trainer.js";
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
