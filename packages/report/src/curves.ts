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
  /** Rewards that one replica evaluates in a training step; absent where the horizontal axis is another one. */
  rewardsPerStep?: number;
  points: ({ at: number; replicas: number } & Spread)[];
}

/** The horizontal axis of a chart. */
interface Abscissa {
  label: string;
  /** Short label, for column headings and before values in texts. */
  short: string;
  logarithmic: boolean;
}

const TRAINING: Abscissa = { label: "training step", short: "step", logarithmic: false };

/** Curves of one quantity over the same horizontal axis. */
export interface Chart {
  across: Abscissa;
  /** Label of the vertical axis. */
  quantity: string;
  title: string;
  explanation: string;
  /** Whether values may span orders of magnitude, so that the vertical axis can be logarithmic. */
  logarithmic: boolean;
  curves: Curve[];
}

/** A chart as aligned arrays, in the form that the browser draws. */
export interface PlotData {
  across: Abscissa;
  quantity: string;
  logarithmic: boolean;
  /** The positions on the horizontal axis at which any curve has a point, in ascending order. */
  places: number[];
  curves: { label: string; colour: number; mean: Values; low: Values; high: Values; banded: boolean }[];
}

type Values = (number | null)[];

/** Lowest point of a band on a logarithmic axis, as a share of the lowest mean: mean − sd may be negative. */
const FLOOR = 0.3;
/** Smallest ratio of the highest mean to the lowest for a logarithmic axis. Over a smaller range the axis may have no tick. */
const LEAST_RATIO = 5;

/** The charts of runs on the same environment: one per column, then the columns whose values depend on the objective, such as losses. */
export function chartsOf({ runs }: RunGroup): Chart[] {
  const columns = briefColumns(columnsOf(runs));
  const plain = columns.filter(({ perObjective = false }) => !perObjective);
  return [
    ...plain.map((column) => columnChart(column, `${capitalised(column.label)} against training step`, curvesOf(runs, column.key))),
    ...columns.filter((column) => !plain.includes(column)).flatMap((column) => chartsPerObjective(column, runs)),
  ].filter(({ curves }) => curves.length > 0);
}

function columnChart({ label, help, better, log = false }: Column, title: string, curves: Curve[]): Chart {
  const explanation = better === undefined ? help : `${help}; ${better} is better`;
  return { across: TRAINING, quantity: label, title, explanation, logarithmic: log, curves };
}

/** One chart per objective: losses of different objectives are different functions of the policy, so they are not comparable. */
function chartsPerObjective(column: Column, runs: readonly ReportedRun[]): Chart[] {
  const names = [...new Set(runs.map(({ folder }) => nameOfObjective(folder.configuration)))];
  const curves = curvesOf(runs, column.key);
  return names.map((name) =>
    columnChart(
      column,
      `${capitalised(column.label)} of ${name}`,
      curves.filter(({ colour }) => nameOfObjective((runs[colour] as ReportedRun).folder.configuration) === name),
    ),
  );
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The curve of a column for each run: the mean over its sound replicas. */
function curvesOf(runs: readonly ReportedRun[], key: string): Curve[] {
  const curves = runs.map(({ label, folder, evaluations }, colour) => ({
    label,
    colour,
    rewardsPerStep: folder.configuration.batchSize,
    points: evaluations.flatMap((evaluation) => pointOf(evaluation, key)),
  }));
  return curves.filter(({ points }) => points.length > 0);
}

function pointOf({ step, replicas }: Evaluation, key: string): Curve["points"] {
  const spread = spreadOf(replicas, key);
  return spread === undefined ? [] : [{ at: step, replicas: soundReplicas(replicas).length, ...spread }];
}

/** The horizontal positions of all points of a chart, in ascending order. */
export function placesOf({ curves }: Chart): number[] {
  return [...new Set(curves.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
}

/** Converts a chart to arrays over common horizontal positions; null where a curve has no point. */
export function plotData(chart: Chart): PlotData {
  const { across, quantity, curves } = chart;
  const places = placesOf(chart);
  const positive = curves.flatMap(({ points }) => points.map(({ mean }) => mean)).filter((mean) => mean > 0);
  const least = smallestOf(positive);
  const logarithmic = chart.logarithmic && largestOf(positive) >= LEAST_RATIO * least;
  const lowest = logarithmic ? FLOOR * least : Number.NEGATIVE_INFINITY;
  return {
    across,
    quantity,
    logarithmic,
    places,
    curves: curves.map(({ label, colour, points }) => {
      const byPlace = new Map(points.map((point) => [point.at, point]));
      const values = (pick: (point: Spread) => number): Values =>
        places.map((place) => {
          const point = byPlace.get(place);
          return point === undefined || (logarithmic && point.mean <= 0) ? null : pick(point);
        });
      return {
        label,
        colour,
        mean: values(({ mean }) => mean),
        low: values(({ mean, sd }) => Math.max(mean - sd, lowest)),
        high: values(({ mean, sd }) => mean + sd),
        banded: points.some(({ sd }) => sd > 0),
      };
    }),
  };
}
