export {
  detailedBalance,
  flowMatching,
  maximumLikelihood,
  modifiedDetailedBalance,
  subtrajectoryBalance,
  trajectoryBalance,
  varGrad,
} from "./balance.js";
export { makeObjective, type ObjectiveName, objectiveNames, objectives } from "./by-name.js";
export { type BalanceDescription, type DivergenceDescription, defineObjective, type ObjectiveDescription } from "./define-objective.js";
export { forwardKl, jsd, renyi, reverseKl, tsallis } from "./divergences.js";
export { type Combination, defineEstimator, type Estimator, type GradientSums } from "./estimator.js";
export { type EstimatorName, estimators, findEstimator } from "./estimators.js";
export type { BalanceHost, DivergenceHost, LossHost } from "./host.js";
export { lossNames } from "./losses.js";
export type { BalanceLoss, Divergence, FlowKind, Hosted, ImportanceWeights, Learned, Objective } from "./objective.js";
export type { Weighting } from "./weighting.js";
