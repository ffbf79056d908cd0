export { detailedBalance, subtrajectoryBalance, trajectoryBalance, varGrad } from "./balance.js";
export { type ObjectiveOptions, objective, objectiveNames } from "./by-name.js";
export { defineObjective, type ObjectiveDescription } from "./define-objective.js";
export { forwardKl, renyi, reverseKl, tsallis } from "./divergences.js";
export { estimator, estimators } from "./estimators.js";
export { objectiveModules } from "./modules.js";
export type { Estimator, EstimatorName, ImportanceWeights, Objective } from "./objective.js";
