import { colour, heatShades } from "./colours.js";
import { make, numberText } from "./elements.js";

/** The cells of a heat map. */
export interface Cells {
  columns: readonly string[];
  rows: readonly string[];
  /** [row from the top][column], row-major. */
  values: Float32Array;
  /** The value with the fullest colour. */
  highest: number;
  /** Whether to interpolate between cells, as for densities. */
  smooth: boolean;
}

/** A point of a map: its distances from the left and from the bottom, as fractions of the width and the height. */
export type Place = readonly [number, number];

/** A heat map on a canvas, and a path over it. */
export class HeatMap {
  readonly figure: HTMLElement;
  /** The element over which an editor places handles. */
  readonly frame: HTMLElement;
  readonly #title: string;
  readonly #canvas = make("canvas", { "aria-label": "" });
  readonly #small = document.createElement("canvas");
  #cells: Cells | undefined;
  #path: { places: readonly Place[]; reached: number } = { places: [], reached: 0 };

  constructor(title: string) {
    this.#title = title;
    this.#canvas.setAttribute("role", "img");
    this.frame = make("div", { className: "map" }, this.#canvas);
    this.figure = make("figure", {}, make("figcaption", {}, title), this.frame);
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  show(cells: Cells): void {
    this.#cells = cells;
    this.#canvas.setAttribute("aria-label", spoken(this.#title, cells));
    this.draw();
  }

  /** Draws a path. @param reached number of its steps to highlight. */
  showPath(places: readonly Place[], reached: number): void {
    this.#path = { places, reached };
    this.draw();
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
    const shades = heatShades();
    values.forEach((value, k) => {
      const shade = highest > 0 ? Math.round(255 * Math.min(1, value / highest)) : 0;
      image.data.set(shades.subarray(4 * shade, 4 * shade + 4), 4 * k);
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
    line(gone, colour("--paper"), 5);
    line(gone, colour("--c1"), 2.5);
    const end = gone.at(-1);
    if (end === undefined) return;
    context.beginPath();
    context.arc(...at(end), 6 * devicePixelRatio, 0, 2 * Math.PI);
    context.fillStyle = colour("--c1");
    context.fill();
    context.strokeStyle = colour("--paper");
    context.lineWidth = 2 * devicePixelRatio;
    context.stroke();
  }
}

/** A text for screen readers: the largest value and its cell. */
function spoken(title: string, { columns, rows, values }: Cells): string {
  const top = values.reduce((best, value, k) => (value > (values[best] as number) ? k : best), 0);
  const [column, row] = [columns[top % columns.length], rows[Math.floor(top / columns.length)]];
  return `${title}: largest, ${numberText(values[top] ?? Number.NaN)}, at ${column}, ${row}`;
}
