export { checkpoint, restoreCheckpoint } from "./checkpoint.js";
export type { Distance } from "./evaluation/evaluator.js";
export { ExactEvaluator } from "./evaluation/exact.js";
export { SampledEvaluator } from "./evaluation/sampled.js";
export type { SampleStatistics } from "./evaluation/statistics.js";
export { type CheckedOptions, checkOptions, type TrainerOptions } from "./options.js";
export { recordStep, type StepBuffers, type StepPrograms, type StepShape, stepBuffers } from "./step.js";
export { type Progress, type ReplicaProgress, type RunOptions, Trainer, type TrainerState } from "./trainer.js";
