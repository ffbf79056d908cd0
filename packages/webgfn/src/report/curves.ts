import { exactLogZ, type Spread, spread } from "../results.js";
import type { Evaluation } from "../run-folder.js";
import { largest } from "./numbers.js";
import { distanceOf, nameOfObjective, type ReportedRun, type RunGroup, spreadAt, valuesOf } from "./runs.js";

/** One quantity against another; that of a run is the mean over its replicas against the training step. */
export interface Curve {
  label: string;
  /** Number of the colour: a run keeps it in all charts. */
  colour: number;
  points: ({ at: number; replicas: number } & Spread)[];
}

/** What lies along a chart's horizontal axis. */
interface Abscissa {
  label: string;
  /** At the head of its column in tables, and before its values in texts. */
  short: string;
  logarithmic: boolean;
}

const TRAINING: Abscissa = { label: "training step", short: "step", logarithmic: false };

/** Curves of one quantity. */
export interface Chart {
  across: Abscissa;
  /** What the vertical axis shows. */
  quantity: string;
  title: string;
  explanation: string;
  /** Whether its values may span orders of magnitude. */
  logarithmic: boolean;
  curves: Curve[];
}

/** A chart as arrays side by side, which the browser draws. */
export interface PlotData {
  across: Abscissa;
  quantity: string;
  logarithmic: boolean;
  /** Every place along the horizontal axis at which any curve has a point. */
  places: number[];
  curves: { label: string; colour: number; mean: Values; low: Values; high: Values; banded: boolean }[];
}

type Values = (number | null)[];

const DISTANCES = {
  l1: ["L1", "Σ|p_T − R/Z|, twice the total variation distance from the target"],
  js: ["JS", "Jensen–Shannon divergence from the target, in nats"],
} as const;

/** How far below the lowest mean a band may reach on a logarithmic axis, where mean − sd may be negative. */
const FLOOR = 0.3;
/** Least ratio of the highest mean to the lowest that a logarithmic axis is for: within less, it may have no tick. */
const LEAST_RATIO = 5;

/** The charts of runs on the same environment. */
export function chartsOf(group: RunGroup): Chart[] {
  const charts: Chart[] = [];
  const distance = distanceOf(group);
  if (distance !== undefined) {
    const [quantity, explanation] = DISTANCES[distance];
    charts.push({
      across: TRAINING,
      quantity,
      title: `${quantity} against training step`,
      explanation,
      logarithmic: true,
      curves: curvesOf(group.runs, (evaluation) => spreadAt(evaluation, distance)),
    });
  }
  const exact = exactLogZ(group.environment);
  charts.push(
    exact === undefined
      ? {
          across: TRAINING,
          quantity: "log Z",
          title: "log Z against training step",
          explanation: "as learned, or estimated from samples; this environment has no exact value",
          logarithmic: false,
          curves: curvesOf(group.runs, (evaluation) => spreadAt(evaluation, "logZ")),
        }
      : {
          across: TRAINING,
          quantity: "error of log Z",
          title: "Error of log Z against training step",
          explanation: `distance of log Z, as learned or estimated from samples, from the exact ${Number(exact.toFixed(4))}`,
          logarithmic: true,
          curves: curvesOf(group.runs, (evaluation) => logZError(evaluation, exact)),
        },
    ...lossCharts(group.runs),
  );
  return charts.filter(({ curves }) => curves.length > 0);
}

/** Spread over the replicas of |log Z − exact|. */
export function logZError(evaluation: Evaluation, exact: number): Spread | undefined {
  const values = valuesOf(evaluation, "logZ");
  return values && spread(values.map((value) => Math.abs(value - exact)));
}

/** Losses can be compared only where they are the same function of the policy. */
function lossCharts(runs: readonly ReportedRun[]): Chart[] {
  const names = [...new Set(runs.map(({ folder }) => nameOfObjective(folder.configuration)))];
  return names.map((name) => ({
    across: TRAINING,
    quantity: "loss",
    title: `Loss of ${name}`,
    explanation: "on the latest batch; divergences leave out the constant log Z",
    logarithmic: false,
    curves: curvesOf(runs, (evaluation) => spreadAt(evaluation, "loss")).filter(
      ({ colour }) => nameOfObjective((runs[colour] as ReportedRun).folder.configuration) === name,
    ),
  }));
}

function curvesOf(runs: readonly ReportedRun[], measure: (evaluation: Evaluation) => Spread | undefined): Curve[] {
  const curves = runs.map(({ label, evaluations }, colour) => ({
    label,
    colour,
    points: evaluations.flatMap((evaluation) => {
      const measured = measure(evaluation);
      return measured === undefined ? [] : [{ at: evaluation.step, replicas: evaluation.replicas.length, ...measured }];
    }),
  }));
  return curves.filter(({ points }) => points.length > 0);
}

/** The places of all curves, in order. */
export function placesOf({ curves }: Chart): number[] {
  return [...new Set(curves.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
}

/** Lays the curves of a chart over the same places. */
export function plotData(chart: Chart): PlotData {
  const { across, quantity, curves } = chart;
  const places = placesOf(chart);
  const positive = curves.flatMap(({ points }) => points.map(({ mean }) => mean)).filter((mean) => mean > 0);
  const least = -largest(positive.map((mean) => -mean));
  const logarithmic = chart.logarithmic && largest(positive) >= LEAST_RATIO * least;
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
