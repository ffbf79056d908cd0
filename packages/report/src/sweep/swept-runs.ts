import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "@webgfn/runs";
import { type Evaluation, RunFolder } from "@webgfn/runs/node";
import { isFileThere, parseEvaluation, readText } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import type { Column } from "@webgfn/trainer";
import { columns as builtIn } from "@webgfn/trainer/internal";
import { columnsOf } from "../runs.js";

/** The status of a run of a sweep, according to the plan and the folders. */
export interface PlacedRun {
  readonly index: number;
  readonly hash: string;
  /** The run's own settings: fields of a configuration, and parameters such as `env.items`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly state: "done" | "running" | "failed" | "waiting";
  /** The process that carries it out. */
  readonly holder?: string;
  /** Why the latest attempt failed. */
  readonly failure?: string;
  /** Path of the run's folder. */
  readonly folder: string;
}

/** A run of a sweep with the content of its folder. */
export interface SweptRun extends PlacedRun {
  /** The run's configuration; `undefined` if the run has not begun, or if its file is damaged. */
  readonly configuration: Configuration | undefined;
  /** The evaluations for curves, and the latest one. */
  readonly evaluations: readonly Evaluation[];
  /** Steps between the evaluations of curves. */
  readonly interval: number;
  readonly columns: readonly Column[];
  readonly exactLogZ: number | undefined;
}

/** A sweep in a report. */
export interface Sweep {
  readonly runs: readonly SweptRun[];
  /** The columns of all runs' evaluations, in the order of tables. */
  readonly columns: readonly Column[];
  /** A sentence for each missing or damaged file. */
  readonly notes: readonly string[];
}

/** Most evaluations of a curve. */
const MOST_POINTS = 60;
/** Fewest evaluations of a curve, for any number of runs. */
const FEWEST_POINTS = 12;
/** Most evaluations of all runs together, so that the page stays small. */
const ALL_POINTS = 24_000;

const FILES = ["config.json", "columns.json", "metrics.jsonl", "result.json"] as const;

/** Reads the folders of a sweep's runs. Missing or damaged files become notes. */
export function readSweep(placed: readonly PlacedRun[]): Sweep {
  const notes: string[] = [];
  const points = Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, Math.floor(ALL_POINTS / Math.max(1, placed.length))));
  const runs = placed.map((run) => readRun(run, points, notes));
  return { runs, columns: columnsOf(runs), notes };
}

function readRun(placed: PlacedRun, points: number, notes: string[]): SweptRun {
  const { folder } = placed;
  const nothing: SweptRun = { ...placed, configuration: undefined, evaluations: [], interval: 1, columns: [], exactLogZ: undefined };
  const kind = lstatSync(folder, { throwIfNoEntry: false });
  if (kind === undefined) return nothing;
  if (!kind.isDirectory()) {
    notes.push(
      `${folder} is ${kind.isSymbolicLink() ? "a link, which is not followed" : "not a folder"}: nothing of this run is reported.`,
    );
    return nothing;
  }
  const found = new Set<string>();
  for (const name of FILES) {
    const isFound = orNote(() => isFileThere(join(folder, name)), notes) ?? false;
    if (isFound) found.add(name);
  }
  if (!found.has("config.json")) {
    if (placed.state !== "waiting") notes.push(`${folder} has no config.json: nothing of this run is reported.`);
    return nothing;
  }
  const opened = orNote(() => RunFolder.open(folder), notes);
  if (opened === undefined) return nothing;
  const { configuration } = opened;
  const result = found.has("result.json") ? readResult(folder, configuration, notes) : undefined;
  const { evaluations, fault } = found.has("metrics.jsonl") ? metricsOf(opened) : { evaluations: [], fault: "there is no metrics.jsonl" };
  if (fault !== undefined && placed.state !== "running" && (placed.state !== "waiting" || evaluations.length > 0))
    notes.push(`${folder}: ${fault}.`);
  // A result is complete even if the evaluations before it are not.
  const isWhole = result === undefined || evaluations.some(({ step }) => step === result.evaluation.step);
  const all = isWhole ? evaluations : [...evaluations, result.evaluation];
  const { columns, fault: damage } = found.has("columns.json") ? opened.readColumns(all) : { columns: builtInOf(all), fault: undefined };
  if (damage !== undefined) notes.push(`${folder}: ${damage}.`);
  const { steps, evaluateEvery } = configuration;
  const interval = evaluateEvery * Math.ceil(steps / evaluateEvery / (points - 1));
  const kept = all.filter((each) => isOnCurve(each, configuration, interval) || each === all.at(-1));
  return { ...placed, configuration, evaluations: kept, interval, columns, exactLogZ: result?.exactLogZ };
}

function metricsOf(opened: RunFolder): { evaluations: Evaluation[]; fault?: string } {
  try {
    return opened.readMetrics();
  } catch (cause) {
    return { evaluations: [], fault: sentenceOf(cause) };
  }
}

/** The evaluation in a finished run's result, and the exact log Z, if it is known. */
function readResult(
  folder: string,
  { steps }: Configuration,
  notes: string[],
): { evaluation: Evaluation; exactLogZ: number | undefined } | undefined {
  const file = join(folder, "result.json");
  const text = orNote(() => readText(file), notes);
  if (text === undefined) return undefined;
  try {
    const { seconds, replicas, adapter, rewards, exactLogZ } = JSON.parse(text) as Record<string, unknown>;
    const evaluation = parseEvaluation(JSON.stringify({ step: steps, seconds, replicas, adapter, rewards }), file);
    return { evaluation, exactLogZ: typeof exactLogZ === "number" ? exactLogZ : undefined };
  } catch {
    notes.push(`${file} is damaged.`);
    return undefined;
  }
}

/** The built-in columns that evaluations have. */
function builtInOf(evaluations: readonly Evaluation[]): Column[] {
  return Object.values(builtIn).filter(({ key }) =>
    evaluations.some(({ replicas }) => replicas.some((each) => each !== null && key in each)),
  );
}

/**
 * Whether a curve contains an evaluation. It depends only on the settings, so runs with equal settings have points at the same steps, and
 * their curves can be averaged.
 */
function isOnCurve({ step }: Evaluation, { steps }: Configuration, interval: number): boolean {
  return step % interval === 0 || step === steps;
}

/** The evaluations of a run's curve. */
export function curveOf({ configuration, evaluations, interval }: SweptRun): readonly Evaluation[] {
  return configuration === undefined ? [] : evaluations.filter((each) => isOnCurve(each, configuration, interval));
}

/** Returns the result of `read`; if it fails, adds a note and returns `undefined`. */
function orNote<T>(read: () => T, notes: string[]): T | undefined {
  try {
    return read();
  } catch (cause) {
    notes.push(`${sentenceOf(cause)}.`);
    return undefined;
  }
}

/** The message of an expected failure, a WebgfnError. Rethrows any other error, because it is a bug. */
function sentenceOf(cause: unknown): string {
  if (!(cause instanceof WebgfnError)) throw cause;
  return cause.message;
}
