import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Column } from "@webgfn/trainer";
import { briefColumns } from "@webgfn/trainer/internal";
import type { Point } from "../protocol.js";
import { colour } from "./colours.js";
import { make, numberText } from "./elements.js";

const HEIGHT = 230;
/** Largest number of points per curve. When it is exceeded, every second point is dropped. */
const MOST_POINTS = 1200;
/** uPlot's code for a logarithmic scale. */
const LOGARITHMIC = 3;
/** Smallest value on a logarithmic axis. Smaller estimates of a distance are noise, and may be negative. */
const LEAST = 1e-4;

const MANTISSAS = [1, 2, 5];
const DECADES = Array.from({ length: 19 }, (_, k) => 10 ** (k - 9));
const ROUND_NUMBERS = DECADES.flatMap((decade) => MANTISSAS.map((mantissa) => mantissa * decade));
const LARGE = ROUND_NUMBERS.filter((value) => value >= 0.1);
const SIGNED = [...LARGE.map((value) => -value).reverse(), 0, ...LARGE];
/** Largest number of ticks. */
const MOST_TICKS = 6;

/** The values from `low` to `high`. If there are too many, only powers of ten among them. */
function fewest(values: readonly number[], low: number, high: number): number[] {
  const within = (candidates: readonly number[]) => candidates.filter((value) => value >= low && value <= high);
  const all = within(values);
  if (all.length <= MOST_TICKS) return all;
  const powers = within(values.filter((value) => Number.isInteger(Number(Math.log10(Math.abs(value)).toFixed(6)))));
  return powers.filter((_, k) => k % Math.ceil(powers.length / MOST_TICKS) === 0);
}

const LOGARITHMIC_TICKS: Partial<uPlot.Axis> = {
  splits: (_, __, low, high) => fewest(ROUND_NUMBERS, low, high),
  filter: (_, splits) => splits,
  values: (_, splits) => splits.map(numberText),
};

const ASINH_TICKS: Partial<uPlot.Axis> = {
  splits(_, __, low, high) {
    const round = fewest(SIGNED, Math.sinh(low), Math.sinh(high));
    // Use evenly spaced ticks if fewer than three round numbers lie in the range.
    const even = Array.from({ length: 4 }, (_, k) => low + ((k + 0.5) * (high - low)) / 4);
    return round.length >= 3 ? round.map(Math.asinh) : even;
  },
  values(_, splits) {
    const losses = splits.map(Math.sinh);
    const texts = losses.map(numberText);
    if (new Set(texts).size === texts.length) return texts;
    // Two ticks have the same short text, so show more decimals.
    const step = Math.abs((losses[1] ?? 0) - (losses[0] ?? 0));
    return losses.map((loss) => loss.toFixed(Math.max(0, Math.min(8, Math.ceil(1 - Math.log10(step))))));
  },
};

/** A chart of one column. */
interface Chart {
  column: Column;
  place: HTMLElement;
  plot: uPlot;
  /** [objective][point] */
  values: (number | null)[][];
}

/** A chart per column over the training steps, with a curve per objective. */
export class Curves {
  readonly #place: HTMLElement;
  readonly #resizing = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = this.#charts.find(({ place }) => place === target);
      chart?.plot.setSize({ width: chart.place.clientWidth, height: HEIGHT });
    }
  });
  #labels: readonly string[] = [];
  #charts: Chart[] = [];
  #steps: number[] = [];

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Removes all charts, and sets the objectives of the next ones. */
  reset(labels: readonly string[]): void {
    this.#labels = labels;
    this.show([]);
  }

  /** Replaces the charts by empty ones, one per column. Columns that are comparable between objectives come first. */
  show(columns: readonly Column[]): void {
    this.#resizing.disconnect();
    for (const { plot } of this.#charts) plot.destroy();
    this.#steps = [];
    const brief = briefColumns(columns);
    const ordered = [...brief.filter(({ perObjective }) => !perObjective), ...brief.filter(({ perObjective }) => perObjective)];
    const places = ordered.map(() => make("div", { className: "plot" }));
    const figures = ordered.map((column, k) =>
      make("figure", {}, make("figcaption", { title: column.help }, captionOf(column)), places[k] as HTMLElement),
    );
    this.#place.replaceChildren(...figures);
    this.#charts = ordered.map((column, k) => {
      const place = places[k] as HTMLElement;
      const plot = new uPlot(this.#options(place, this.#labels, column.log ?? false), [[], ...this.#labels.map(() => [])], place);
      return { column, place, plot, values: this.#labels.map(() => []) };
    });
    for (const place of places) this.#resizing.observe(place);
  }

  /** Appends the values of an evaluation to the curves. */
  add(step: number, points: readonly Point[]): void {
    // A second evaluation at the same step replaces the first.
    const at = this.#steps.at(-1) === step ? this.#steps.length - 1 : this.#steps.length;
    this.#steps[at] = step;
    for (const { column, values } of this.#charts) {
      for (const [n, curve] of values.entries()) {
        const value = points[n]?.[column.key] ?? Number.NaN;
        // Losses span orders of magnitude with both signs: asinh is linear near 0 and logarithmic far from it.
        const drawn = column.log ? Math.max(LEAST, value) : Math.asinh(value);
        curve[at] = Number.isFinite(drawn) ? drawn : null;
      }
    }
    if (this.#steps.length > MOST_POINTS) this.#thin();
    for (const { plot, values } of this.#charts) plot.setData([this.#steps, ...values]);
  }

  redraw(): void {
    for (const { plot } of this.#charts) plot.redraw();
  }

  #thin(): void {
    const half = <T>(values: T[]) => values.filter((_, k) => k % 2 === 0 || k === values.length - 1);
    this.#steps = half(this.#steps);
    for (const chart of this.#charts) chart.values = chart.values.map(half);
  }

  #options(place: HTMLElement, labels: readonly string[], logarithmic: boolean): uPlot.Options {
    const line = { stroke: () => colour("--line"), width: 1 };
    const axis = { stroke: () => colour("--faint"), grid: line, ticks: line };
    return {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: logarithmic ? { distr: LOGARITHMIC } : {} },
      axes: [axis, { ...axis, size: 60, ...(logarithmic ? LOGARITHMIC_TICKS : ASINH_TICKS) }],
      series: [
        {},
        ...labels.map((label, n) => ({ label, stroke: () => colour(`--c${n % 4}`), width: 2, points: { show: false }, spanGaps: true })),
      ],
    };
  }
}

/** A chart's caption: `L1 (lower is better)`. */
function captionOf({ label, better }: Column): string {
  return better === undefined ? label : `${label} (${better} is better)`;
}
