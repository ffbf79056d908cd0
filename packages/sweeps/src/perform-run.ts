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

/** The result of an attempt to carry out a run. */
export type Ending =
  /** The run is finished: by this attempt, or before it. */
  | { readonly kind: "finished" }
  | { readonly kind: "finished-before" }
  /** Another process carries the run out, or has taken it over from this one. */
  | { readonly kind: "in-use"; readonly holder: string }
  /** The run was asked to stop, or the device was lost. Its checkpoint is written, and the next attempt resumes there. */
  | { readonly kind: "again"; readonly step: number; readonly why?: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface PerformOptions {
  /** Seconds without a heartbeat after which another process takes the run over. Default {@link LEASE}. */
  readonly lease?: number;
  /** Listener to the training. Default: a line on standard error. */
  readonly follower?: Follower;
  readonly tune?: boolean;
  /** A format in which evaluations are also written, for another program. */
  readonly log?: LogFormat;
  /** Ends the attempt with a checkpoint. */
  readonly signal: AbortSignal;
}

/**
 * Starts a run in its folder, or resumes it; does nothing if it is finished. Any number of processes may call it at any time: one carries the
 * run out, the others return.
 *
 * @param load completes the run's configuration, with its objects. It is called only if there is work to do.
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
    // An error in a folder that another process has taken over is not a failure of the run: that process removes unfinished files, for
    // example.
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

/** @throws WebgfnError `argument` if files that the configuration names have changed since it was hashed. */
function requireUnchanged(configuration: Configuration, hash: string): void {
  if (configurationHash(configuration) === hash) return;
  throw argumentError(
    `run ${hash} is no longer what was planned: a file that it names, or webgfn itself, has changed`,
    "plan the sweep again",
  );
}

/** @throws WebgfnError `file` if the folder holds another run, which somebody has put there. */
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

/** Converts an error to the ending of a run. */
export function failureOf(cause: unknown): Extract<Ending, { kind: "failed" }> {
  const { name, code, message, fix } = cause as { name?: string; code?: string; message?: string; fix?: string };
  const isOurs = name === WebgfnError.name;
  const text = message ?? String(cause);
  return { kind: "failed", code: (isOurs ? code : undefined) ?? "error", message: isOurs && fix !== undefined ? `${text}; ${fix}` : text };
}

/** Writes the message of a failure to the run's folder. If that fails, the caller still reports the message. */
export function recordFailure(folder: string, { code, message }: { code: string; message: string }): void {
  const failure: Failure = { code, message, attempts: (readFailure(folder)?.attempts ?? 0) + 1, time: new Date().toISOString() };
  try {
    writeFile(join(folder, FAILURE), line(failure));
  } catch {
    // The disk may be full.
  }
}
