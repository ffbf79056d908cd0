import { quantities } from "@webgfn/sampler/internal";
import { type AdapterDescription, WebgfnError } from "@webgfn/tensor";
import type { Progress } from "@webgfn/trainer";

/** One line of the metrics. */
export interface Evaluation extends Progress {
  /** Time of the measurement, such as `2026-01-31T12:00:00.000Z`. Absent in runs of earlier versions. */
  time?: string;
  /** Training steps per second since the previous evaluation of the same session; `undefined` if no steps came before it. */
  stepsPerSecond?: number;
  /** The adapter that the steps before it ran on. Seconds of different adapters are not comparable. */
  adapter?: AdapterDescription;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isAbsent = (value: unknown) => value === undefined || value === null;

/** Whether a value describes a replica's fault. */
function isFault(value: unknown): boolean {
  return isObject(value) && (quantities as readonly unknown[]).includes(value["quantity"]) && isCount(value["step"]);
}

/** Whether a value has a replica's values by the keys of columns. Values of user-defined metrics may be anything. */
function isReplica(value: unknown): boolean {
  return isObject(value) && (isAbsent(value["seed"]) || isCount(value["seed"])) && (isAbsent(value["fault"]) || isFault(value["fault"]));
}

/** Whether a value that was read from a file describes an adapter. */
export function isAdapter(value: unknown): value is AdapterDescription {
  return isObject(value) && ["name", "backend", "type"].every((field) => typeof value[field] === "string");
}

/** Whether a value is the counts of reward evaluations. */
function areCounts(value: unknown): boolean {
  return isObject(value) && isCount(value["all"]) && isCount(value["evaluated"]) && typeof value["seconds"] === "number";
}

/** Whether a value is an evaluation. JSON has `null` for numbers that are not finite. */
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
 * @param name name of the line in errors.
 * @throws WebgfnError `file` if it is not an evaluation.
 */
export function parseEvaluation(text: string, name: string): Evaluation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error follows below.
  }
  if (!isEvaluation(value)) throw new WebgfnError("file", `${name} is not an evaluation`);
  return value;
}
