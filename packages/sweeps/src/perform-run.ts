import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "@webgfn/runs";
import { diagnoseRun, exactLogZ, line, sentences, trainingResult } from "@webgfn/runs/internal";
import { RunFolder, TensorBoardLog } from "@webgfn/runs/node";
import {
  carryOut,
  FolderLock,
  type Follower,
  LeaseLost,
  type LogFormat,
  makeFolder,
  notWritable,
  type Outcome,
  openQuietly,
  reason,
  writeFile,
} from "@webgfn/runs/node/internal";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { configurationHash } from "./configuration-hash.js";
import type { CompleteRun } from "./plan.js";
import { FAILURE, type Failure, isFinished, RESULT, readFailure } from "./run-files.js";

/** Seconds without a heartbeat after which another process takes a run over. */
export const LEASE = 60;

/** What became of an attempt to carry out a run. */
export type Ending =
  /** It is finished: now, or it was before. */
  | { readonly kind: "finished" }
  | { readonly kind: "finished-before" }
  /** Another process carries it out, or has taken it over from this one. */
  | { readonly kind: "in-use"; readonly holder: string }
  /** It was asked to stop, or the device was lost. Its checkpoint is written: the next attempt goes on there. */
  | { readonly kind: "again"; readonly step: number; readonly why?: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface PerformOptions {
  /** Seconds without a heartbeat after which another process takes the run over. Default {@link LEASE}. */
  readonly lease?: number;
  /** Who follows the training. Default: a line on standard error. */
  readonly follower?: Follower;
  readonly tune?: boolean;
  /** Whether evaluations are also written for another program. */
  readonly log?: LogFormat;
  /** Ends the attempt with a checkpoint. */
  readonly signal: AbortSignal;
}

/**
 * Starts a run in its folder, or resumes it, and does nothing where it is finished. Safe to call by any number of processes at any time:
 * one carries the run out, the others leave.
 *
 * @param load completes the run's configuration, with its objects. It is called only where there is work to do.
 */
export async function performRun(
  folder: string,
  hash: string,
  load: () => Promise<CompleteRun>,
  { lease = LEASE, follower, tune = false, log, signal }: PerformOptions,
): Promise<Ending> {
  if (isFinished(folder)) {
    if (log !== undefined) await logFinished(folder, lease);
    return { kind: "finished-before" };
  }
  let lock: FolderLock | undefined;
  let device: Device | undefined;
  try {
    lock = await takeLease(folder, lease);
    // Another process may have finished it meanwhile.
    if (isFinished(folder)) return { kind: "finished-before" };
    if (lock === undefined) return inUse(folder);
    const { configuration, parts } = await load();
    requireUnchanged(configuration, hash);
    const continued = RunFolder.holdsRun(folder) ? RunFolder.open(folder) : undefined;
    if (continued !== undefined) requireSame(continued, hash);
    device = await openQuietly();
    const outcome = await carryOut(
      device,
      {
        configuration,
        parts,
        ...(continued === undefined ? { out: folder } : { continued }),
        lock,
        checkpointEvery: configuration.checkpointEvery,
        tune,
        ...(follower && { follower }),
        ...(log && { log }),
      },
      signal,
    );
    if (!outcome.finished) return { kind: "again", step: outcome.step };
    writeResult(folder, configuration, outcome, device, lock);
    return { kind: "finished" };
  } catch (cause) {
    if (lock !== undefined && !existsSync(folder)) {
      return { kind: "failed", code: "file", message: `${folder} was removed while its run went on; start it again` };
    }
    // Whatever fails in a folder that is another process's by now is no failure of the run: that process removes unfinished files, say.
    if (cause instanceof LeaseLost || lock?.isHeld() === false) return inUse(folder);
    if (cause instanceof WebgfnError && cause.code === "device-lost") return { kind: "again", step: 0, why: cause.message };
    const failed = failureOf(cause);
    if (lock !== undefined) recordFailure(folder, failed);
    return failed;
  } finally {
    device?.dispose();
    lock?.release();
  }
}

/** Writes the event files of a run that was finished without them. */
export async function logFinished(folder: string, lease = LEASE): Promise<void> {
  if (existsSync(join(folder, "tensorboard"))) return;
  const lock = await takeLease(folder, lease);
  if (lock === undefined) return;
  try {
    const run = RunFolder.open(folder);
    new TensorBoardLog(run, run.readMetrics().evaluations);
  } finally {
    lock.release();
  }
}

async function takeLease(folder: string, lease: number): Promise<FolderLock | undefined> {
  try {
    makeFolder(folder);
    return await FolderLock.lease(folder, lease);
  } catch (cause) {
    throw cause instanceof WebgfnError ? cause : notWritable(folder, reason(cause));
  }
}

function inUse(folder: string): Ending {
  const holder = FolderLock.holder(folder);
  return { kind: "in-use", holder: holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host}` };
}

/** @throws WebgfnError `argument` where files that the configuration names have changed since it got its hash. */
function requireUnchanged(configuration: Configuration, hash: string): void {
  if (configurationHash(configuration) === hash) return;
  throw argumentError(
    `run ${hash} is no longer what was planned: a file that it names, or webgfn itself, has changed`,
    "plan the sweep again",
  );
}

/** @throws WebgfnError `file` where the folder holds another run: somebody has put it there. */
function requireSame({ path, configuration }: RunFolder, hash: string): void {
  const found = configurationHash(configuration);
  if (found === hash) return;
  throw new WebgfnError("file", `${path} holds another run: the hash of its configuration is ${found}`, { fix: "move that folder away" });
}

function writeResult(folder: string, configuration: Configuration, outcome: Outcome, { adapter }: Device, lock: FolderLock): void {
  const { after, environment, evaluations } = outcome;
  if (after === undefined) throw new WebgfnError("file", `${folder} has no evaluation`, { fix: "remove the folder, and begin again" });
  const exact = exactLogZ(environment, configuration);
  const findings = diagnoseRun({ configuration, evaluations, exactLogZ: exact });
  writeFile(
    join(folder, RESULT),
    line(trainingResult(configuration, { ...outcome, after, exactLogZ: exact, adapter, folder, diagnosis: sentences(findings) })),
    { permit: () => lock.requireHeld() },
  );
  rmSync(join(folder, FAILURE), { force: true });
}

/** An error as the ending of a run. */
export function failureOf(cause: unknown): Extract<Ending, { kind: "failed" }> {
  const { name, code, message, fix } = cause as { name?: string; code?: string; message?: string; fix?: string };
  const isOurs = name === WebgfnError.name;
  const text = message ?? String(cause);
  return { kind: "failed", code: (isOurs ? code : undefined) ?? "error", message: isOurs && fix !== undefined ? `${text}; ${fix}` : text };
}

/** Leaves the sentence of a failure in the run's folder. Where that cannot be written, the caller still says it. */
export function recordFailure(folder: string, { code, message }: { code: string; message: string }): void {
  const failure: Failure = { code, message, attempts: (readFailure(folder)?.attempts ?? 0) + 1, time: new Date().toISOString() };
  try {
    writeFile(join(folder, FAILURE), line(failure));
  } catch {
    // A full disk is what failed, perhaps.
  }
}
