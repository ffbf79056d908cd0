export { checkEnvironment, type EnvironmentCheckOptions } from "./environment.js";
export type { Constraint } from "./objects.js";
export type { CheckReport, Finding } from "./report.js";
