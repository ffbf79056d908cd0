export { configurationHash } from "./configuration-hash.js";
export type { Settings, SweepDescription } from "./description.js";
export { type Plan, type PlannedRun, planSweep, type RefusedRun } from "./plan.js";
export { readSweepFile } from "./sweep-file.js";
export { type RecordedPlan, readPlan } from "./sweep-folder.js";
export { type RunState, type RunStatus, type SweepStatus, sweepStatus } from "./sweep-status.js";
