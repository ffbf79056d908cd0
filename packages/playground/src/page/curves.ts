import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Point } from "../protocol.js";
import { colour } from "./colours.js";

const HEIGHT = 230;
/** Points that are kept; then every second one goes. */
const MOST_POINTS = 1200;
/** uPlot's names for logarithms, of positive values and of all. */
const LOGARITHMIC = 3;
const BOTH_SIDES = 4;

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
      values[at] = distance === null ? null : Math.max(1e-6, distance);
      (this.#losses[n] as (number | null)[])[at] = kept(points[n]?.loss);
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
      scales: { x: { time: false }, y: logarithmic ? { distr: LOGARITHMIC } : { distr: BOTH_SIDES, asinh: 1 } },
      axes: [axis, { ...axis, size: 56 }],
      series: [
        {},
        ...labels.map((label, n) => ({ label, stroke: () => colour(`--c${n % 4}`), width: 2, points: { show: false }, spanGaps: true })),
      ],
    };
  }
}
