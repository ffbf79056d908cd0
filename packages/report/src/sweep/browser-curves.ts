import { smallestOf } from "@webgfn/tensor/internal";
import type uPlot from "uplot";
import type { PlotData } from "../curves.js";
import { COLOURS } from "../html.js";
import { numberText, spreadText } from "../numbers.js";
import { drawPlot, fitPlot, redrawOnColours } from "../plot.js";
import { detailsOf, element, swatch, table } from "./elements.js";
import { type Candidate, inRank, type PooledCurve, pooled } from "./pooling.js";
import { classAt, describe, type View } from "./view.js";

export type Band = "sd" | "range" | "none";

/** Lowest point of a band on a logarithmic axis, as a share of the lowest mean: mean − sd may be negative. */
const FLOOR = 0.3;
/** Most environments with a chart, and most curves of a chart. */
const MOST_CHARTS = 12;
const MOST_CURVES = 16;

interface LabelledCurve extends PooledCurve {
  /** The value of the setting. */
  name: string;
  /** The name with the settings of the best combination. */
  label: string;
  colour: number;
}

let drawn: { plot: uPlot; place: HTMLElement }[] = [];
redrawOnColours(() => drawn.map(({ plot }) => plot));
const resized = new ResizeObserver(() => {
  for (const { plot, place } of drawn) fitPlot(plot, place);
});

/** Draws a chart for each environment: the metric during training, with a curve for each value of the chosen setting. */
export function drawCurves(container: HTMLElement, view: View, best: boolean, band: Band): void {
  for (const { plot, place } of drawn) {
    resized.unobserve(place);
    plot.destroy();
  }
  drawn = [];
  const { data, candidates } = view;
  const problems = [...new Set(candidates.map(({ problem }) => problem))].sort((a, b) => a - b);
  const rest = problems.length - MOST_CHARTS;
  const figures = problems.slice(0, MOST_CHARTS).map((problem) => {
    const own = candidates.filter((each) => each.problem === problem);
    return figureOf(view, data.problems.length > 1 ? (data.problems[problem] ?? "") : "", curvesOf(view, own, best), band);
  });
  container.replaceChildren(
    ...figures.map(({ figure }) => figure),
    ...(rest > 0 ? [element("p", {}, `${rest} more environments: choose one by the filters.`)] : []),
  );
  // uPlot reads the width, so the elements must be in the page.
  for (const { place, plotData } of figures) {
    if (plotData.curves.length === 0) continue;
    drawn.push({ plot: drawPlot(place, plotData, COLOURS, 0), place });
    resized.observe(place);
  }
}

function curvesOf({ data, metric, colour }: View, candidates: readonly Candidate[], best: boolean): LabelledCurve[] {
  const direction = data.metrics[metric]?.direction;
  const axis = data.axes[colour];
  // Within one environment, the environment's settings do not differ.
  const differs = (a: number) => new Set(candidates.map(({ at }) => at[a])).size > 1;
  const classes = [...new Set(candidates.map((each) => classAt(data, each, colour)))].sort((a, b) => a - b);
  return classes.slice(0, MOST_CURVES).flatMap((number) => {
    const own = candidates.filter((each) => classAt(data, each, colour) === number);
    const chosen = best && direction !== undefined ? inRank(own, metric, direction).slice(0, 1) : own;
    const curve = pooled(chosen, metric, data.metrics.length);
    if (curve.steps.length === 0) return [];
    const name = axis === undefined ? "all runs" : `${axis.key === "objective" ? "" : `${axis.key} `}${axis.classes[number]}`;
    const [only] = chosen;
    const isRange = axis !== undefined && axis.classes.length < axis.values.length;
    const isNamed = (k: number) => differs(k) && (isRange || k !== colour);
    const details = chosen.length > 1 ? `${chosen.length} settings` : only === undefined ? "" : describe(data, only, isNamed);
    return [{ ...curve, name, label: details === "" ? name : `${name} (${details})`, colour: number }];
  });
}

function figureOf({ data, metric, logarithmic: wanted }: View, title: string, curves: readonly LabelledCurve[], band: Band) {
  const { label = "", help = "", direction, perObjective = false } = data.metrics[metric] ?? {};
  const least = smallestOf(curves.flatMap(({ mean }) => mean));
  const logarithmic = wanted && least > 0;
  const floor = logarithmic ? FLOOR * least : Number.NEGATIVE_INFINITY;
  const isBanded = (seeds: number) => band !== "none" && seeds > 1;
  const plotData: PlotData = {
    axes: [{ label: "training step", short: "step", logarithmic: false, inTables: true }],
    quantity: label,
    logarithmic,
    curves: curves.map(({ name, colour, steps, mean, sd, low, high, seeds }) => ({
      label: name,
      colour,
      at: [steps],
      mean,
      low: mean.map((value, n) => Math.max(floor, band === "range" ? (low[n] as number) : value - (sd[n] as number))),
      high: mean.map((value, n) => (band === "range" ? (high[n] as number) : value + (sd[n] as number))),
      banded: isBanded(seeds),
    })),
  };
  const bands = curves.some(({ seeds }) => isBanded(seeds))
    ? `; mean over the sound seeds, with a band ${band === "range" ? "from the lowest to the highest" : "of ± population sd"}`
    : "";
  const notes = [
    `${help}${direction === undefined ? "" : `; ${direction} is better`}${bands}.`,
    ...(perObjective ? ["Values of different objectives cannot be compared."] : []),
    ...(wanted && !logarithmic && curves.length > 0 ? ["Not all values are positive, so that the scale is linear."] : []),
    ...(curves.length === 0 ? ["There is nothing to draw: no run that the filters leave has this value."] : []),
  ];
  const place = element("div", { class: "plot", role: "img", "aria-label": spoken(label, curves) });
  const figure = element(
    "figure",
    {},
    element("figcaption", {}, element("h3", {}, title === "" ? label : `${label} on ${title}`), element("p", {}, notes.join(" "))),
    element("ul", { class: "key" }, ...curves.map((curve) => element("li", {}, swatch(curve.colour), curve.label))),
    place,
    element("p", { class: "readout", "aria-hidden": "true" }),
    detailsOf("Numbers", () => numbersOf(label, curves)),
  );
  return { figure, place, plotData };
}

/** A text for screen readers: the first and the last value of each curve. */
function spoken(label: string, curves: readonly LabelledCurve[]): string {
  const parts = curves.map(({ label: name, steps, mean }) => {
    const last = mean.length - 1;
    return `${name}: ${numberText(mean[0] as number)} at step ${steps[0]}, ${numberText(mean[last] as number)} at step ${steps[last]}`;
  });
  return `${label} during training. ${parts.join(". ")}.`;
}

function numbersOf(label: string, curves: readonly LabelledCurve[]): HTMLElement {
  const steps = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  const places = curves.map((curve) => new Map(curve.steps.map((step, n) => [step, n])));
  const rows = steps.map((step) => [
    String(step),
    ...curves.map(({ mean, sd, seeds }, c) => {
      const n = places[c]?.get(step);
      return n === undefined ? "–" : spreadText({ mean: mean[n] as number, sd: sd[n] as number }, seeds);
    }),
  ]);
  return table(`${label} during training`, ["step", ...curves.map((curve) => curve.label)], rows);
}
