import { existsSync } from "node:fs";
import { makeEnvironment } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import { type Chart, COLOURS, escapeText, numberText, tableHtml } from "@webgfn/report/internal";
import { line } from "@webgfn/runs/internal";
import { isAdapter, readText, writeText } from "@webgfn/runs/node/internal";
import { type AdapterDescription, type Device, WebgfnError } from "@webgfn/tensor";
import { gradientVariance, type VarianceEstimator, type VarianceRow } from "@webgfn/trainer";
import { VARIANCE_TASK, VARIANCES } from "./paper.js";

/**
 * The estimator to compare with the estimator `none`. The policy is untrained with seed 0, and rewards are divided by one constant (method
 * §4).
 */
const ESTIMATOR: VarianceEstimator = "paper";

/** The divergences to measure, the batch sizes, and the number of batches. */
export interface VariancePlan {
  objectives: readonly string[];
  batchSizes: readonly number[];
  /** Independent batches of each size. */
  batches: number;
}

/** The measured variances of a plan, as stored in a file. */
export interface VarianceFigure {
  plan: VariancePlan;
  rows: VarianceRow[];
  seconds: number;
  adapter: AdapterDescription;
}

/** The plan of the paper's Fig. 2, for the divergences among these objectives. Other objectives have no estimators. */
export function variancePlan(objectives: readonly string[], quick: boolean): VariancePlan {
  return {
    objectives: objectives.filter((name) => makeObjective(name).family === "divergence"),
    batchSizes: quick ? [32, 128] : [32, 128, 1024],
    batches: quick ? 50 : 200,
  };
}

/**
 * Reads the variances of a plan from the file `path`, or measures them and writes the file.
 *
 * @returns undefined if the signal stopped the measurement.
 * @throws WebgfnError `file` if the file is not JSON or belongs to another plan.
 */
export async function varianceFigure(
  device: Device,
  plan: VariancePlan,
  path: string,
  signal: AbortSignal,
): Promise<VarianceFigure | undefined> {
  if (existsSync(path)) return readFigure(path, plan);
  const start = performance.now();
  try {
    const { rows } = await gradientVariance(device, {
      ...plan,
      environment: makeEnvironment(VARIANCE_TASK),
      objectives: plan.objectives.map((name) => makeObjective(name)),
      estimators: [ESTIMATOR],
      onBatch: () => signal.throwIfAborted(),
    });
    const figure = { plan, rows, seconds: (performance.now() - start) / 1000, adapter: device.adapter };
    writeText(path, line(figure));
    return figure;
  } catch (cause) {
    if (signal.aborted) return undefined;
    throw cause;
  }
}

function readFigure(path: string, plan: VariancePlan): VarianceFigure {
  const text = readText(path);
  let figure: unknown;
  try {
    figure = JSON.parse(text);
  } catch {
    // The error follows below.
  }
  if (!isFigure(figure))
    throw new WebgfnError("file", `${path} holds no measured variances`, { fix: "remove it, and they are measured again" });
  if (JSON.stringify(figure.plan) !== JSON.stringify(plan)) {
    throw new WebgfnError("file", `${path} was made with other settings`, { fix: "choose another --out" });
  }
  return figure;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;
/** JSON has `null` for numbers that are not finite. */
const isNumber = (value: unknown) => value === null || typeof value === "number";

function isFigure(value: unknown): value is VarianceFigure {
  if (!isObject(value)) return false;
  const { plan, rows, seconds, adapter } = value;
  return isObject(plan) && Array.isArray(rows) && rows.every(isRow) && typeof seconds === "number" && isAdapter(adapter);
}

function isRow(value: unknown): value is VarianceRow {
  if (!isObject(value)) return false;
  const { objective, reductionInterval } = value;
  const numbers = ["batchSize", "trace", "traceWithout", "reduction"].every((field) => isNumber(value[field]));
  return (
    typeof objective === "string" &&
    numbers &&
    Array.isArray(reductionInterval) &&
    reductionInterval.length === 2 &&
    reductionInterval.every(isNumber)
  );
}

/** A chart of the traces against the batch size: dashed without control variates, solid with them. */
export function varianceChart({ plan, rows }: VarianceFigure): Chart {
  const own = (name: string) => rows.filter((row) => row.objective === name);
  const points = (name: string, pick: (row: VarianceRow) => number) =>
    own(name).map((row) => ({ at: [row.batchSize], replicas: 1, mean: pick(row), sd: 0 }));
  return {
    axes: [{ label: "trajectories per batch", short: "N", logarithmic: true, inTables: true }],
    quantity: "trace",
    title: "Variance of the gradient on sets",
    explanation: "trace of the covariance of a batch's gradient, untrained policy; dashed without control variates (Fig. 2)",
    logarithmic: true,
    curves: plan.objectives.flatMap((name, o) => [
      { label: name, colour: o, points: points(name, ({ trace }) => trace) },
      { label: `${name}, without`, colour: o + COLOURS, points: points(name, ({ traceWithout }) => traceWithout) },
    ]),
  };
}

/** A table that compares every trace with the paper's. */
export function varianceHtml({ plan: { batches }, rows, seconds, adapter }: VarianceFigure): string {
  const pair = (without: number, controlled: number) => `${numberText(without)} → ${numberText(controlled)}`;
  return `${tableHtml(
    `Variance of the gradient without → with control variates on sets, from ${batches} batches, beside the paper's Fig. 2`,
    ["objective", "N", "trace", "reduction", "95 %", "paper: trace", "paper: reduction"],
    rows.map(({ objective: name, batchSize, trace, traceWithout, reduction, reductionInterval: [low, high] }) => {
      const paper = VARIANCES[name]?.[batchSize];
      return [
        name,
        String(batchSize),
        pair(traceWithout, trace),
        `${numberText(reduction)}×`,
        `${numberText(low)}–${numberText(high)}`,
        paper === undefined ? "–" : pair(...paper),
        paper === undefined ? "–" : `${numberText(paper[0] / paper[1])}×`,
      ];
    }),
  )}
<p>Measured in ${numberText(seconds)} s on ${escapeText(`${adapter.name} (${adapter.backend}, ${adapter.type})`)}.</p>`;
}
