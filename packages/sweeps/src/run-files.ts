import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isFileThere } from "@webgfn/runs/node/internal";

/** The result of a finished run, as `train --json` prints it. The file exists only if the run is finished. */
export const RESULT = "result.json";
/** Why the latest attempt failed. */
export const FAILURE = "failure.json";

/** Why an attempt to carry out a run failed. */
export interface Failure {
  /** The code of the error, such as `argument`; `error` for an unknown error, `crash` if the process ended without a message. */
  readonly code: string;
  /** The message, one sentence. */
  readonly message: string;
  /** Failed attempts so far. */
  readonly attempts: number;
  /** Time of the failure in ISO 8601. */
  readonly time: string;
}

/** Whether a run has taken all its steps. A damaged result does not count: the next attempt makes it again from the checkpoint. */
export function isFinished(folder: string): boolean {
  const file = join(folder, RESULT);
  try {
    if (!isFileThere(file)) return false;
    const result = JSON.parse(readFileSync(file, "utf8")) as { replicas?: unknown } | null;
    return Array.isArray(result?.replicas);
  } catch {
    return false;
  }
}

/** The latest failure of a run; `undefined` if there is none, or if its file is damaged or a link. */
export function readFailure(folder: string): Failure | undefined {
  const file = join(folder, FAILURE);
  try {
    if (!isFileThere(file)) return undefined;
    const failure = JSON.parse(readFileSync(file, "utf8")) as Partial<Failure> | null;
    return typeof failure?.message === "string" && typeof failure.attempts === "number" ? (failure as Failure) : undefined;
  } catch {
    return undefined;
  }
}
