export { readCheckpoint } from "./checkpoint-file.js";
export { type Evaluation, RunFolder } from "./run-folder.js";
