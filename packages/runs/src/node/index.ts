export { readCheckpoint } from "./checkpoint-file.js";
export type { Evaluation } from "./evaluation.js";
export { readObjectFile } from "./object-file.js";
export { RunFolder } from "./run-folder.js";
export { TensorBoardLog } from "./tensorboard-log.js";
