export { type Evaluation, RunFolder, readCheckpoint } from "./run-folder.js";
