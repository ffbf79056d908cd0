import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Point } from "../protocol.js";
import { colour } from "./colours.js";
import { numberText } from "./elements.js";

const HEIGHT = 230;
/** Points that are kept; then every second one goes. */
const MOST_POINTS = 1200;
/** uPlot's name for a logarithmic scale. */
const LOGARITHMIC = 3;
/** Estimates of a distance below this are noise, and may be negative. */
const LEAST_DISTANCE = 1e-4;

const MANTISSAS = [1, 2, 5];
const DECADES = Array.from({ length: 19 }, (_, k) => 10 ** (k - 9));
const ROUND_NUMBERS = DECADES.flatMap((decade) => MANTISSAS.map((mantissa) => mantissa * decade));
const LARGE = ROUND_NUMBERS.filter((value) => value >= 0.1);
const SIGNED = [...LARGE.map((value) => -value).reverse(), 0, ...LARGE];
/** More are no longer read. */
const MOST_TICKS = 6;

/** Of those that lie within, powers of ten alone where there are too many. */
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
    // Round numbers are too far apart.
    const even = Array.from({ length: 4 }, (_, k) => low + ((k + 0.5) * (high - low)) / 4);
    return round.length >= 3 ? round.map(Math.asinh) : even;
  },
  values(_, splits) {
    const losses = splits.map(Math.sinh);
    const texts = losses.map(numberText);
    if (new Set(texts).size === texts.length) return texts;
    // A loss may change in digits that a short text does not have.
    const step = Math.abs((losses[1] ?? 0) - (losses[0] ?? 0));
    return losses.map((loss) => loss.toFixed(Math.max(0, Math.min(8, Math.ceil(1 - Math.log10(step))))));
  },
};

/** Loss and distance of every objective over the training steps. */
export class Curves {
  readonly #places: readonly [HTMLElement, HTMLElement];
  #plots: uPlot[] = [];
  #steps: number[] = [];
  #distances: (number | null)[][] = [];
  #losses: (number | null)[][] = [];

  constructor(distance: HTMLElement, loss: HTMLElement) {
    this.#places = [distance, loss];
    for (const [k, place] of this.#places.entries()) {
      new ResizeObserver(() => this.#plots[k]?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
    }
  }

  /** Starts anew with these objectives. */
  reset(labels: readonly string[]): void {
    for (const plot of this.#plots) plot.destroy();
    this.#steps = [];
    [this.#distances, this.#losses] = [labels.map(() => []), labels.map(() => [])];
    this.#plots = this.#places.map((place, k) => new uPlot(this.#options(place, labels, k === 0), [[], ...labels.map(() => [])], place));
  }

  add(step: number, points: readonly Point[]): void {
    // A picture at the same step replaces the one before.
    const at = this.#steps.at(-1) === step ? this.#steps.length - 1 : this.#steps.length;
    this.#steps[at] = step;
    const kept = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
    for (const [n, values] of this.#distances.entries()) {
      const distance = kept(points[n]?.distance);
      values[at] = distance === null ? null : Math.max(LEAST_DISTANCE, distance);
      // Losses are of all sizes and either sign: asinh is linear near 0 and logarithmic far from it.
      (this.#losses[n] as (number | null)[])[at] = kept(Math.asinh(points[n]?.loss ?? Number.NaN));
    }
    if (this.#steps.length > MOST_POINTS) this.#thin();
    this.#plots[0]?.setData([this.#steps, ...this.#distances]);
    this.#plots[1]?.setData([this.#steps, ...this.#losses]);
  }

  redraw(): void {
    for (const plot of this.#plots) plot.redraw();
  }

  #thin(): void {
    const half = <T>(values: T[]) => values.filter((_, k) => k % 2 === 0 || k === values.length - 1);
    this.#steps = half(this.#steps);
    this.#distances = this.#distances.map(half);
    this.#losses = this.#losses.map(half);
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
