/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { type ScriptOptions, slurmScript } from "./batch-script.js";
export type { FromChild } from "./child-messages.js";
export { sizeOf } from "./description.js";
export { AGAIN, exitStatus, STOP_SIGNALS } from "./exit-status.js";
export { dockerfile, kubernetesManifest, type ManifestOptions } from "./kubernetes-manifest.js";
export { type Ending, LEASE, performRun } from "./perform-run.js";
export { type CompleteRun, Completion } from "./plan.js";
export { parseAddress } from "./redis/address.js";
export { type AwaitOptions, awaitRuns } from "./redis/await-runs.js";
export { type Connection, connect, redisError } from "./redis/connection.js";
export { durabilityWarnings } from "./redis/durability.js";
export { QUEUE, queueNameOf } from "./redis/queued-run.js";
export { openQueue, submitRuns } from "./redis/submit.js";
export { type WorkFollower, work } from "./redis/worker.js";
export { runAll, type SweepFollower, type Tally } from "./run-all.js";
export { isFinished } from "./run-files.js";
export { changeOf, findPlan, folderOf, foreignFolders, isSame, writePlan } from "./sweep-folder.js";
