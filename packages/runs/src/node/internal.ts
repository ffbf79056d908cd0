/** What packages and tests of this project need of this one. It may change in any release: import the package itself instead. */
export { commandReward } from "./command-reward.js";
export { readDataFile } from "./data-file.js";
export { enumerateQuietly, openQuietly } from "./device.js";
export { isAdapter, parseEvaluation } from "./evaluation.js";
export { FolderLock, LeaseLost, type LockHolder } from "./folder-lock.js";
export { Interruption, type Signals } from "./interruption.js";
export { type LoadedRun, openRun } from "./loaded-run.js";
export { loadOwnFiles, type OwnFiles, optionOf, partsOfRun, ROLES, requireOwn, unnamedFiles } from "./own-files.js";
export { withParameterFiles } from "./parameter-files.js";
export { clock, describeProgress, type Follower, ProgressLine } from "./progress.js";
export { exactProbabilities, withReplica } from "./replica.js";
export { commandLine, pathWord, shellLine } from "./shell.js";
export { describeRun, orders, trainingSummary } from "./summary.js";
export { ignoreErrors, lineWidth, tell, writeQuietly } from "./terminal.js";
export { carryOut, LOG_FORMATS, type LogFormat, type Outcome, type Plan } from "./training.js";
export { isFileThere, notWritable, readText, reason, writeText } from "./user-files.js";
export { listUserExports, loadUserModule } from "./user-module.js";
export { FileWriter, makeFolder, requireNoLinks, writeAll, writeFile } from "./write-file.js";
