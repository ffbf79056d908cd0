export { checkEnvironment, type EnvironmentCheckOptions } from "./environment.js";
export { checkMetric, type MetricCheckOptions } from "./metric.js";
export { checkObjective, type ObjectiveCheckOptions } from "./objective.js";
export type { Constraint } from "./objects.js";
export { checkPolicy, type PolicyCheckOptions } from "./policy.js";
export type { CheckReport, Finding } from "./report.js";
export { checkReward, type RewardCheckOptions } from "./reward.js";
