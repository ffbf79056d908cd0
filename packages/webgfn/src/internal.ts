/** What the packages and tests of this project need of this one. It may change in any release: import the package itself instead. */
export { replicaTable } from "./commands/evaluate.js";
export { main } from "./main.js";
export { policyOf } from "./parts.js";
export { exactPictures } from "./report/exact-pictures.js";
export { verdict } from "./reproduction/comparison.js";
export { TASKS } from "./reproduction/paper.js";
export { studiesOf } from "./reproduction/studies.js";
export { trainingResult } from "./results.js";
export { RunFolder, readText } from "./run-folder.js";
export { SETTINGS } from "./settings.js";
export { trainingSummary } from "./summary.js";
export { carryOut, type Plan } from "./training.js";
