import { colour, shadeOf } from "./colours.js";
import { make, numberText } from "./elements.js";
import { tickPlaces } from "./ticks.js";

/** The cells of a heat map. */
export interface Cells {
  columns: readonly string[];
  /** From the top. */
  rows: readonly string[];
  /** Labels of the axes. */
  across: string;
  up: string;
  /** [row from the top][column], row-major. */
  values: Float32Array;
  /** The target's largest value, common to all maps side by side. */
  highest: number;
  /** Whether to interpolate between cells, as for densities. */
  smooth: boolean;
}

/** A point of a map: its distances from the left and from the bottom, as fractions of the width and the height. */
export type Place = readonly [number, number];

/** A heat map on a canvas with axes, and a path over it. */
export class HeatMap {
  readonly element: HTMLElement;
  /** The element over which an editor places handles. */
  readonly frame: HTMLElement;
  readonly #canvas = make("canvas", { "aria-label": "" });
  readonly #across = make("div", { className: "ticks across", "aria-hidden": "true" });
  readonly #up = make("div", { className: "ticks up", "aria-hidden": "true" });
  readonly #small = document.createElement("canvas");
  #axes = "";
  #cells: Cells | undefined;
  #path: { places: readonly Place[]; reached: number } = { places: [], reached: 0 };

  constructor() {
    this.#canvas.setAttribute("role", "img");
    this.frame = make("div", { className: "map" }, this.#canvas);
    this.element = make("div", { className: "axes" }, this.#up, this.frame, this.#across);
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  /** @param words a description of the map for screen readers. */
  show(cells: Cells, words: string): void {
    this.#cells = cells;
    this.#canvas.setAttribute("aria-label", words);
    this.#label(cells);
    this.draw();
  }

  /** Draws a path. @param reached number of its steps to highlight. */
  showPath(places: readonly Place[], reached: number): void {
    if (places.length === 0 && this.#path.places.length === 0) return;
    this.#path = { places, reached };
    this.draw();
  }

  #label({ columns, rows, across, up, smooth }: Cells): void {
    const key = [columns.join(), rows.join(), across, up].join(";");
    if (key === this.#axes) return;
    this.#axes = key;
    const ticks = (names: readonly string[], side: "left" | "bottom") =>
      tickPlaces(names, smooth).map(({ at, text }) => {
        const tick = make("span", {}, text);
        tick.style[side] = `${100 * at}%`;
        return tick;
      });
    this.#across.replaceChildren(...ticks(columns, "left"), make("em", {}, across));
    this.#up.replaceChildren(...ticks([...rows].reverse(), "bottom"), make("em", {}, up));
  }

  draw(): void {
    if (this.#cells === undefined || this.frame.clientWidth === 0) return;
    const { columns, rows, values, highest, smooth } = this.#cells;
    const size = Math.round(this.frame.clientWidth * devicePixelRatio);
    const canvas = this.#canvas;
    if (canvas.width !== size) canvas.width = canvas.height = size;
    const context = canvas.getContext("2d");
    const small = this.#small;
    [small.width, small.height] = [columns.length, rows.length];
    const inner = small.getContext("2d");
    if (context === null || inner === null) return;
    const image = inner.createImageData(columns.length, rows.length);
    values.forEach((value, k) => {
      image.data.set(shadeOf(highest > 0 ? value / highest : 0), 4 * k);
    });
    inner.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, size, size);
    this.#drawPath(context, size);
  }

  #drawPath(context: CanvasRenderingContext2D, size: number): void {
    const { places, reached } = this.#path;
    if (places.length === 0) return;
    const at = ([x, y]: Place): [number, number] => [x * size, (1 - y) * size];
    const line = (points: readonly Place[], style: string, width: number) => {
      context.beginPath();
      for (const point of points) context.lineTo(...at(point));
      context.strokeStyle = style;
      context.lineWidth = width * devicePixelRatio;
      context.stroke();
    };
    context.lineJoin = "round";
    const gone = places.slice(0, reached + 1);
    line(places, colour("--faint"), 1);
    line(gone, colour("--path-casing"), 5);
    line(gone, colour("--path"), 2.5);
    const end = gone.at(-1);
    if (end === undefined) return;
    context.beginPath();
    context.arc(...at(end), 5 * devicePixelRatio, 0, 2 * Math.PI);
    context.fillStyle = colour("--path");
    context.fill();
    context.strokeStyle = colour("--path-casing");
    context.lineWidth = 2 * devicePixelRatio;
    context.stroke();
  }
}

/** How the target's peaks fare: `largest at 1, 1: 0.06; at 10, 1: 0.06`, with another map's values next to them. */
export function peakWords({
  columns,
  rows,
  target,
  values,
}: Pick<Cells, "columns" | "rows" | "values"> & { target: Float32Array }): string {
  const width = columns.length;
  const name = (k: number) => `${columns[k % width]}, ${rows[Math.floor(k / width)]}`;
  const peaks = peaksOf(target, width);
  return peaks
    .map((k) => {
      const learned = values === target ? "" : ` (target ${numberText(target[k] as number)})`;
      return `at ${name(k)} ${numberText(values[k] as number)}${learned}`;
    })
    .join("; ");
}

/** The largest local maxima, at most four. */
function peaksOf(values: Float32Array, width: number): number[] {
  const order = Array.from(values, (_, k) => k).sort((a, b) => (values[b] as number) - (values[a] as number));
  const peaks: number[] = [];
  const distance = (a: number, b: number) =>
    Math.max(Math.abs((a % width) - (b % width)), Math.abs(Math.floor(a / width) - Math.floor(b / width)));
  for (const k of order) {
    if (peaks.length === 4 || (values[k] as number) < 0.2 * (values[order[0] as number] as number)) break;
    if (peaks.every((other) => distance(k, other) > width / 6)) peaks.push(k);
  }
  return peaks;
}
