/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { numbersOf } from "./define-objective.js";
export { withLogZ } from "./estimator.js";
export { combination, leaveOneOutTerm, scoreControlled } from "./estimators.js";
export { balanceCoefficients, type Integrand, integrandOf, logMeanExp } from "./host.js";
export { flowOf, isFlowMatching, isOfSchedule, learnsLogZ, type ObjectiveKernel, objectiveKernel, weighsRows } from "./modules.js";
export { chunkRecord, flowRowRecord, logZRecord, metricsRecord, outcomeRecord } from "./records.js";
export { isOfBatch, LONGEST_OF_BATCH, stretchWeights } from "./weighting.js";
