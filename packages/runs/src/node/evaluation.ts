import { quantities } from "@webgfn/sampler/internal";
import { type AdapterDescription, WebgfnError } from "@webgfn/tensor";
import type { Progress } from "@webgfn/trainer";

/** One line of the metrics. */
export interface Evaluation extends Progress {
  /** When it was measured, as `2026-01-31T12:00:00.000Z`. Runs of versions before have none. */
  time?: string;
  /** Training steps per second since the evaluation before in the same session; `undefined` for an evaluation without steps before it. */
  stepsPerSecond?: number;
  /** Where the steps before it ran: without it, seconds say little. */
  adapter?: AdapterDescription;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isAbsent = (value: unknown) => value === undefined || value === null;

/** What went wrong in a replica, and at which step. */
function isFault(value: unknown): boolean {
  return isObject(value) && (quantities as readonly unknown[]).includes(value["quantity"]) && isCount(value["step"]);
}

/** A replica's values by the keys of columns; those of a metric of one's own may be anything. */
function isReplica(value: unknown): boolean {
  return isObject(value) && (isAbsent(value["seed"]) || isCount(value["seed"])) && (isAbsent(value["fault"]) || isFault(value["fault"]));
}

/** Whether a value that was read from a file describes an adapter. */
export function isAdapter(value: unknown): value is AdapterDescription {
  return isObject(value) && ["name", "backend", "type"].every((field) => typeof value[field] === "string");
}

/** How often a reward was evaluated. */
function areCounts(value: unknown): boolean {
  return isObject(value) && isCount(value["all"]) && isCount(value["evaluated"]) && typeof value["seconds"] === "number";
}

/** JSON holds `null` for numbers that are not finite. */
function isEvaluation(value: unknown): value is Evaluation {
  if (!isObject(value)) return false;
  const { step, seconds, time, stepsPerSecond, replicas, adapter, rewards } = value;
  return (
    isCount(step) &&
    typeof seconds === "number" &&
    (time === undefined || isTime(time)) &&
    (stepsPerSecond === undefined || typeof stepsPerSecond === "number") &&
    Array.isArray(replicas) &&
    replicas.every(isReplica) &&
    (adapter === undefined || isAdapter(adapter)) &&
    (rewards === undefined || areCounts(rewards))
  );
}

/**
 * Reads one line of the metrics.
 *
 * @param name what the line is called in errors.
 * @throws WebgfnError `file` when it is not an evaluation.
 */
export function parseEvaluation(text: string, name: string): Evaluation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (!isEvaluation(value)) throw new WebgfnError("file", `${name} is not an evaluation`);
  return value;
}
