import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Column } from "@webgfn/trainer";
import type { Frame, RunFrame } from "../protocol.js";
import { type LineChart, lineChartSvg } from "../take-away/line-chart-svg.js";
import { colour, dashesOf, translucent } from "./colours.js";
import { curveTable } from "./curve-table.js";
import { byId, make, numberText, scrolling } from "./elements.js";
import { LINEAR_TICKS, LOGARITHMIC_TICKS } from "./plot-ticks.js";

const HEIGHT = 200;
/** Height of a row of the losses. */
const ROW = 110;
/** uPlot's code for a logarithmic scale. */
const LOGARITHMIC = 3;
/** Smallest estimate of a distance on a logarithmic axis: smaller ones are noise, and may be negative. Exact distances have no such floor. */
const LEAST = 1e-4;
/** All charts show the same step under the pointer. */
const SYNC = "steps";
/** How opaque a band is. */
const BAND = 0.2;
/** The edge of a band: it has no line. */
const EDGE: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: true };

/** The plan of a chart. */
interface ChartPlan {
  /** The column of values. */
  key: string;
  title: string;
  help: string;
  isLogarithmic: boolean;
  height: number;
  /** The objectives with a curve. */
  objectives: readonly number[];
  /** Whether the exact log Z is drawn, too. */
  hasExact: boolean;
  /** Whether each has a band from the lowest to the highest of its replicas. */
  hasBands: boolean;
}

interface Chart {
  plan: ChartPlan;
  place: HTMLElement;
  readout: HTMLElement;
  figure: HTMLElement;
  plot: uPlot;
  /** Whether it is on the screen, and whether it lacks the newest values. */
  isSeen: boolean;
  isStale: boolean;
}

/** Curves over the training steps: distances and log Z with a curve per objective, and a row per objective for the losses. */
export class Curves {
  readonly #place: HTMLElement;
  readonly #resizing = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = this.#charts.find(({ place }) => place === target);
      if (chart !== undefined && chart.place.clientWidth > 0)
        chart.plot.setSize({ width: chart.place.clientWidth, height: chart.plan.height });
    }
  });
  readonly #seeing = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = this.#charts.find(({ place }) => place === target);
      if (chart !== undefined) chart.isSeen = isIntersecting;
    }
    this.#drawSoon();
  });
  #isDrawing = false;
  readonly #table = byId<HTMLDetailsElement>("curve-table");
  readonly #values = scrolling("The curves as a table");
  #names: readonly string[] = [];
  #columns: readonly Column[] = [];
  #hasBands = false;
  #charts: Chart[] = [];
  #frames: readonly Frame[] = [];
  /** The step that the page shows a picture of; drawn as a line. */
  #marked: number | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#table.addEventListener("toggle", () => this.#showTable());
    this.#table.append(this.#values);
  }

  /** Replaces the charts by empty ones for these objectives and columns, with bands where models have replicas. */
  reset(names: readonly string[], columns: readonly Column[], hasBands: boolean): void {
    if (JSON.stringify([names, columns, hasBands]) === JSON.stringify([this.#names, this.#columns, this.#hasBands])) return;
    [this.#names, this.#columns, this.#hasBands] = [names, columns, hasBands];
    this.#resizing.disconnect();
    this.#seeing.disconnect();
    for (const { plot } of this.#charts) plot.destroy();
    this.#charts = plansOf(names, columns, hasBands).map((plan) => this.#chart(plan));
    this.#place.replaceChildren(...this.#charts.map(({ figure }) => figure));
    for (const { place } of this.#charts) {
      this.#resizing.observe(place);
      this.#seeing.observe(place);
    }
  }

  /** Draws the values of all frames. @param marked the step to mark, if it is not the newest. */
  show(frames: readonly Frame[], marked?: number): void {
    this.#frames = frames;
    this.#marked = marked;
    for (const chart of this.#charts) chart.isStale = true;
    this.#drawSoon();
    this.#showTable();
  }

  /** Draws the visible charts, one per animation frame, so that no frame is late. */
  #drawSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      const chart = this.#charts.find(({ isSeen, isStale }) => isSeen && isStale);
      if (chart === undefined) return;
      chart.isStale = false;
      chart.plot.setData(dataOf(this.#frames, chart.plan));
      this.#read(chart, undefined);
      this.#drawSoon();
    });
  }

  redraw(): void {
    for (const { plot } of this.#charts) plot.redraw();
  }

  /** The charts as the texts of SVG files. */
  figures(): { name: string; content: string }[] {
    return this.#charts.map(({ plan }, k) => ({ name: `curves-${k + 1}`, content: lineChartSvg(this.#drawing(plan)) }));
  }

  #drawing(plan: ChartPlan): LineChart {
    const { title, isLogarithmic, objectives, hasExact, hasBands } = plan;
    const [steps = [], ...columns] = dataOf(this.#frames, plan) as (number | null)[][];
    const count = objectives.length;
    const lines = objectives.map((n, k) => ({
      name: this.#names[n] ?? "",
      colour: colour(`--c${n % 4}`),
      dashes: dashesOf(n),
      values: columns[k] ?? [],
      ...(hasBands && { high: columns[count + 2 * k] ?? [], low: columns[count + 2 * k + 1] ?? [] }),
    }));
    const exact = { name: "exact", colour: colour("--faint"), dashes: [3, 3], values: columns.at(-1) ?? [] };
    return {
      title,
      across: "training steps",
      steps: steps as number[],
      lines: hasExact ? [...lines, exact] : lines,
      isLogarithmic,
      paper: colour("--paper"),
      ink: colour("--ink"),
    };
  }

  #showTable(): void {
    if (this.#table.open) this.#values.replaceChildren(curveTable(this.#frames, this.#names, this.#columns));
  }

  /** Shows a chart's values at a point of its data, or the newest. */
  #read({ plan, plot, readout }: Chart, at: number | null | undefined): void {
    const [steps = [], ...curves] = plot.data as (number | null)[][];
    const index = at ?? steps.length - 1;
    const step = steps[index];
    const newest = (curve: (number | null)[]) =>
      curve
        .slice(0, index + 1)
        .reverse()
        .find((value) => value != null);
    const parts = plan.objectives.map((n, k) => {
      const value = newest(curves[k] ?? []);
      const name = plan.objectives.length > 1 ? `${this.#names[n]} ` : "";
      const [high, low] = plan.hasBands ? [0, 1].map((end) => newest(curves[plan.objectives.length + 2 * k + end] ?? [])) : [];
      const range = high == null || low == null ? "" : ` (${numberText(low)} to ${numberText(high)})`;
      return `${name}${numberText(value ?? Number.NaN)}${range}`;
    });
    const exact = plan.hasExact ? newest(curves.at(-1) ?? []) : undefined;
    if (exact != null) parts.push(`exact ${numberText(exact)}`);
    readout.textContent = step == null ? "" : `step ${step}: ${parts.join(" · ")}`;
  }

  #chart(plan: ChartPlan): Chart {
    const place = make("div", { className: "plot" });
    place.style.minHeight = `${plan.height}px`;
    const readout = make("p", { className: "readout" });
    const figure = make("figure", {}, make("figcaption", { title: plan.help }, plan.title), readout, place);
    const chart: Chart = {
      plan,
      place,
      readout,
      figure,
      isSeen: false,
      isStale: true,
      plot: new uPlot(this.#options(plan), dataOf([], plan), place),
    };
    chart.plot.hooks.setCursor = [(plot) => this.#read(chart, plot.cursor.idx)];
    return chart;
  }

  #options({ isLogarithmic, height, objectives, hasExact, hasBands, title }: ChartPlan): uPlot.Options {
    const line = { stroke: () => colour("--line"), width: 1 };
    const axis: uPlot.Axis = { stroke: () => colour("--faint"), grid: line, ticks: line, font: "12px system-ui, sans-serif" };
    const isRow = height === ROW;
    /** The indices of an objective's highest and lowest replica among the series. */
    const edgesOf = (k: number): [number, number] => [1 + objectives.length + 2 * k, 2 + objectives.length + 2 * k];
    return {
      width: Math.max(200, this.#place.clientWidth),
      height,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, sync: { key: SYNC }, y: false },
      scales: { x: { time: false }, y: isLogarithmic ? { distr: LOGARITHMIC } : {} },
      axes: [
        { ...axis, label: "training steps", labelSize: 18, labelFont: axis.font as string, size: 34 },
        { ...axis, size: 62, ...(isLogarithmic ? LOGARITHMIC_TICKS : LINEAR_TICKS), space: isRow ? 24 : 34 },
      ],
      series: [
        {},
        // Earlier curves are wider: where curves are equal, all of them are seen.
        ...objectives.map((n, k) => ({
          label: title,
          stroke: () => colour(`--c${n % 4}`),
          width: 2 + 1.5 * (objectives.length - 1 - k),
          dash: dashesOf(n),
          points: { show: false },
          spanGaps: true,
        })),
        ...(hasBands ? objectives.flatMap(() => [EDGE, EDGE]) : []),
        ...(hasExact
          ? [{ label: "exact", stroke: () => colour("--faint"), width: 1, dash: [3, 3], points: { show: false }, spanGaps: true }]
          : []),
      ],
      bands: hasBands ? objectives.map((n, k) => ({ series: edgesOf(k), fill: () => translucent(`--c${n % 4}`, BAND) })) : [],
      hooks: { draw: [(plot) => this.#drawMark(plot)] },
    };
  }

  #drawMark(plot: uPlot): void {
    if (this.#marked === undefined) return;
    const x = Math.round(plot.valToPos(this.#marked, "x", true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour("--ink");
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

/** The charts for these objectives and columns: distances, log Z, other columns, and the loss of each objective. */
function plansOf(names: readonly string[], columns: readonly Column[], hasBands: boolean): ChartPlan[] {
  const all = names.map((_, n) => n);
  const shared = columns.filter(({ perObjective = false, errorOf }) => !perObjective && errorOf === undefined);
  const plans = shared.map(
    (column): ChartPlan => ({
      key: column.key,
      title: column.key === "logZ" ? "log Z, and the exact one as a dashed line" : captionOf(column),
      help: column.help,
      isLogarithmic: column.log ?? false,
      height: HEIGHT,
      objectives: all,
      hasExact: column.key === "logZ",
      hasBands,
    }),
  );
  const rows = columns
    .filter(({ perObjective }) => perObjective)
    .flatMap((column) =>
      names.map(
        (name, n): ChartPlan => ({
          key: column.key,
          title: `${capital(column.label)} of ${name}`,
          help: column.help,
          isLogarithmic: false,
          height: ROW,
          objectives: [n],
          hasExact: false,
          hasBands,
        }),
      ),
    );
  return [...plans, ...rows];
}

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** A chart's caption: `L1 (lower is better)`. */
function captionOf({ label, better }: Column): string {
  return better === undefined ? label : `${label} (${better} is better)`;
}

/**
 * uPlot's data: steps, the values of each curve at them, the edges of each band, and the exact log Z. Objectives that began later have their
 * own steps.
 */
function dataOf(frames: readonly Frame[], { key, objectives, isLogarithmic, hasExact, hasBands }: ChartPlan): uPlot.AlignedData {
  const steps = [...new Set(frames.flatMap(({ runs }) => objectives.flatMap((n) => runs[n]?.step ?? [])))].sort((a, b) => a - b);
  const places = new Map(steps.map((step, k) => [step, k]));
  /** The value that `read` finds in the frames of an objective, at its steps. */
  const curve = (n: number, read: (run: RunFrame) => number | undefined) => {
    const values: (number | null)[] = new Array(steps.length).fill(null);
    for (const { runs } of frames) {
      const run = runs[n];
      const value = run && read(run);
      if (run === undefined || value === undefined || !Number.isFinite(value)) continue;
      values[places.get(run.step) as number] = isLogarithmic ? Math.max(key === "l1" ? 1e-9 : LEAST, value) : value;
    }
    return values;
  };
  const curves = objectives.map((n) => curve(n, ({ values }) => values[key]));
  const edges = hasBands ? objectives.flatMap((n) => [1, 0].map((end) => curve(n, ({ ranges }) => ranges?.[key]?.[end]))) : [];
  if (!hasExact) return [steps, ...curves, ...edges];
  const exact: (number | null)[] = new Array(steps.length).fill(null);
  for (const { exactLogZ, runs } of frames) {
    for (const n of objectives) {
      const place = places.get(runs[n]?.step ?? -1);
      if (place !== undefined) exact[place] = exactLogZ;
    }
  }
  return [steps, ...curves, ...edges, exact];
}
