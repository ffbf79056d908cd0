import type { Evaluation } from "@webgfn/runs/node";
import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import { type Column, type Spread, spreadOf } from "@webgfn/trainer";
import { briefColumns, soundReplicas } from "@webgfn/trainer/internal";
import { columnsOf, nameOfObjective, type ReportedRun, type RunGroup } from "./runs.js";

/** One curve of a chart. For a run: the mean over its replicas against the training step. */
export interface Curve {
  label: string;
  /** Index of the colour. A run has the same colour in all charts. */
  colour: number;
  points: ({ /** The position on each axis of the chart. */ at: number[]; replicas: number } & Spread)[];
}

/** A horizontal axis of a chart. */
interface Abscissa {
  label: string;
  /** Short label, for column headings and before values in texts. */
  short: string;
  logarithmic: boolean;
  /** Whether tables have a column for it next to the first axis. */
  inTables: boolean;
}

/** A horizontal axis of training, and the position of an evaluation on it, if it has one. */
interface TrainingAxis extends Abscissa {
  position(evaluation: Evaluation, run: ReportedRun): number | undefined;
}

const LINEAR = { logarithmic: false, inTables: true };

/** The horizontal axes that a reader of a report may choose from. Charts begin with the first one. */
const TRAINING: readonly TrainingAxis[] = [
  { label: "training step", short: "step", position: ({ step }) => step, ...LINEAR },
  {
    label: "rewards evaluated per replica",
    short: "rewards evaluated per replica",
    position: ({ step }, { folder }) => step * folder.configuration.batchSize,
    ...LINEAR,
  },
  { label: "distinct objects evaluated on the host", short: "objects evaluated", position: ({ rewards }) => rewards?.evaluated, ...LINEAR },
  { label: "seconds of training", short: "seconds", position: ({ seconds }) => seconds, ...LINEAR, inTables: false },
];

/** Curves of one quantity over the same horizontal axes. */
export interface Chart {
  /** At least one; the first one is shown until another one is chosen. */
  axes: readonly Abscissa[];
  /** Label of the vertical axis. */
  quantity: string;
  title: string;
  explanation: string;
  /** Whether values may span orders of magnitude, so that the vertical axis can be logarithmic. */
  logarithmic: boolean;
  curves: Curve[];
}

/** A chart in the form that the browser draws. */
export interface PlotData {
  axes: readonly Abscissa[];
  quantity: string;
  logarithmic: boolean;
  curves: PlotCurve[];
}

/** A curve as arrays with one entry for each point. */
export interface PlotCurve {
  label: string;
  colour: number;
  /** Positions on each axis of the chart: `at[a][n]` is that of point n on axis a. */
  at: number[][];
  mean: number[];
  low: number[];
  high: number[];
  banded: boolean;
}

/** Lowest point of a band on a logarithmic axis, as a share of the lowest mean: mean − sd may be negative. */
const FLOOR = 0.3;
/** Smallest ratio of the highest mean to the lowest for a logarithmic axis. Over a smaller range the axis may have no tick. */
const LEAST_RATIO = 5;

/** The charts of runs on the same environment: one per column, then the columns whose values depend on the objective, such as losses. */
export function chartsOf({ runs }: RunGroup): Chart[] {
  const columns = briefColumns(columnsOf(runs));
  const plain = columns.filter(({ perObjective = false }) => !perObjective);
  return [
    ...plain.map((column) => columnChart(column, `${capitalised(column.label)} during training`, curvesOf(runs, column.key))),
    ...columns.filter((column) => !plain.includes(column)).flatMap((column) => chartsPerObjective(column, runs)),
  ].filter(({ curves }) => curves.length > 0);
}

function columnChart({ label, help, better, log = false }: Column, title: string, { axes, curves }: Pick<Chart, "axes" | "curves">): Chart {
  const explanation = better === undefined ? help : `${help}; ${better} is better`;
  return { axes, quantity: label, title, explanation, logarithmic: log, curves };
}

/** One chart per objective: losses of different objectives are different functions of the policy, so they are not comparable. */
function chartsPerObjective(column: Column, runs: readonly ReportedRun[]): Chart[] {
  const names = [...new Set(runs.map(({ folder }) => nameOfObjective(folder.configuration)))];
  const { axes, curves } = curvesOf(runs, column.key);
  return names.map((name) => {
    const own = curves.filter(({ colour }) => nameOfObjective((runs[colour] as ReportedRun).folder.configuration) === name);
    return columnChart(column, `${capitalised(column.label)} of ${name}`, { axes, curves: own });
  });
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The curve of a column for each run, the mean over its sound replicas, over the axes on which all evaluations have a position. */
function curvesOf(runs: readonly ReportedRun[], key: string): Pick<Chart, "axes" | "curves"> {
  const axes = TRAINING.filter(({ position }) =>
    runs.every((run) => run.evaluations.every((evaluation) => position(evaluation, run) !== undefined)),
  );
  const curves = runs.map((run, colour) => ({
    label: run.label,
    colour,
    points: run.evaluations.flatMap((evaluation): Curve["points"] => {
      const spread = spreadOf(evaluation.replicas, key);
      if (spread === undefined) return [];
      const at = axes.map(({ position }) => position(evaluation, run) as number);
      return [{ at, replicas: soundReplicas(evaluation.replicas).length, ...spread }];
    }),
  }));
  return {
    axes: axes.map(({ position: _, ...axis }) => axis),
    curves: curves.filter(({ points }) => points.length > 0),
  };
}

/** Converts a chart to arrays. A mean that is not positive has no place on a logarithmic axis. */
export function plotData({ axes, quantity, logarithmic: mayBe, curves }: Chart): PlotData {
  const positive = curves.flatMap(({ points }) => points.map(({ mean }) => mean)).filter((mean) => mean > 0);
  const least = smallestOf(positive);
  const logarithmic = mayBe && largestOf(positive) >= LEAST_RATIO * least;
  const lowest = logarithmic ? FLOOR * least : Number.NEGATIVE_INFINITY;
  return {
    axes,
    quantity,
    logarithmic,
    curves: curves.map(({ label, colour, points }) => {
      const shown = points.filter(({ mean }) => !logarithmic || mean > 0);
      return {
        label,
        colour,
        at: axes.map((_, a) => shown.map(({ at }) => at[a] as number)),
        mean: shown.map(({ mean }) => mean),
        low: shown.map(({ mean, sd }) => Math.max(mean - sd, lowest)),
        high: shown.map(({ mean, sd }) => mean + sd),
        banded: points.some(({ sd }) => sd > 0),
      };
    }),
  };
}
