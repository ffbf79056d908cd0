/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { adviceOn, describeFault, faultsOf, quantities } from "@webgfn/sampler/internal";
export { fraction, logFactor } from "./diagnosis/words.js";
export { spearman } from "./evaluation/correlation.js";
export { DensityEvaluator } from "./evaluation/density.js";
export { ExactEvaluator } from "./evaluation/exact.js";
export { FlowConsistencyEvaluator, flowConsistency, setInconsistency } from "./evaluation/flow-consistency.js";
export { edgeMarginals, edgeShares, graphsOf } from "./evaluation/graph-posterior.js";
export { type HeldOutEstimates, heldOutEstimates } from "./evaluation/held-out.js";
export { type PolicySamples, policySamples } from "./evaluation/policy-samples.js";
export { LearnedBackward } from "./evaluation/policy-table.js";
export { SampledEvaluator } from "./evaluation/sampled.js";
export { reachedObjects } from "./evaluation/states.js";
export { cladeFrequencies, sampledClades } from "./evaluation/tree-posterior.js";
export { requireSound } from "./fault.js";
export { withFlowRows } from "./flow-matching.js";
export { type ListedGraph, listGraph, wordsOfGraph } from "./listed-states.js";
export { briefColumns, columns, hasBefore, inOrder } from "./metrics/columns.js";
export { builtInMetrics } from "./metrics/defaults.js";
export { requireColumn } from "./metrics/define-metric.js";
export { MeasuredMetrics } from "./metrics/measured-metrics.js";
export { soundReplicas } from "./metrics/spread.js";
export { checkOptions, chosenEstimator, offPolicyCause, TRAINER_PARAMETERS } from "./options.js";
export { type DensityMap, densityMap } from "./pictures/density-map.js";
export { cellMap, edgeMap } from "./pictures/maps.js";
export { bestSampled, likeliest } from "./pictures/ranking.js";
export { placedPrior, priorOf, priorTensors, recordPrior } from "./prior.js";
export { type SourcePlan, sourcePlan, WAYS } from "./sources/plan.js";
export { recordDraws } from "./sources/record.js";
export { SOURCES } from "./sources/shares.js";
export { recordReplay, recordStep } from "./step.js";
export { stepBuffers } from "./step-buffers.js";
export { exactLogZOf } from "./target.js";
export { preferredTiling } from "./tune.js";
export { DenseNetwork } from "./variance/dense-network.js";
export {
  batchCombinations,
  combined,
  type HostEstimator,
  hostEstimator,
  type ScoreSums,
  scoreSums,
  varianceEstimators,
} from "./variance/estimates.js";
export { type ExactGradientOptions, exactGradientSize, exactGradients } from "./variance/exact-gradient.js";
export { batchIntegrand, checkVarianceOptions } from "./variance/gradient-variance.js";
export { type ScoredBatch, ScoreSampler, type ScoreSamplerOptions } from "./variance/scores.js";
export { type GraphNode, type StateGraph, stateGraph } from "./variance/state-graph.js";
