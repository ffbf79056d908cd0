export { detailedBalance, subtrajectoryBalance, trajectoryBalance, varGrad } from "./balance.js";
export { makeObjective, type ObjectiveName, objectiveNames, objectives } from "./by-name.js";
export {
  type BalanceDescription,
  type DivergenceDescription,
  defineObjective,
  numbersOf,
  type ObjectiveDescription,
} from "./define-objective.js";
export { forwardKl, renyi, reverseKl, tsallis } from "./divergences.js";
export { type Combination, defineEstimator, type Estimator, type GradientSums } from "./estimator.js";
export { combination, type EstimatorName, estimators, findEstimator, leaveOneOutTerm, scoreControlled } from "./estimators.js";
export { type BalanceHost, type DivergenceHost, type Integrand, integrandOf, type LossHost } from "./host.js";
export { lossNames } from "./losses.js";
export { type ObjectiveKernel, objectiveKernel } from "./modules.js";
export type { BalanceLoss, Divergence, Hosted, ImportanceWeights, Learned, Objective } from "./objective.js";
export { logZRecord, metricsRecord, outcomeRecord } from "./records.js";
