import { endOf, type Flows } from "./flows.js";
import { isStop, type StateGraph } from "./state-graph.js";
import { short, svg } from "./svg.js";

/**
 * Width of the arrow of the whole flow, in cells. Widths grow with the square root of the flow, so that small flows are visible next to large
 * ones.
 */
const WIDEST = 0.6;
/** Radius of the disc of the whole flow, in cells: its area grows with the flow that stops in the cell. */
const LARGEST = 0.55;
/** Flows below this part of Z are left out. */
const LEAST = 1e-5;
/** Shades of the cells' rewards. */
const SHADES = 8;
/** Opacity of the most rewarded cell. */
const DARKEST = 0.45;
/** Length of a cell in the drawing's own units. */
const CELL = 40;
/** Free space at the end of an arrow, in cells. */
const GAP = 0.14;
/** Largest offset of sampled paths from the middle of the cells, in cells, so that paths over the same cells are distinguishable. */
const SPREAD = 0.28;

type Cell = readonly [column: number, row: number];

/** A drawing of the flow over a grid of two dimensions, updated in place. */
export class GridDrawing {
  readonly element: SVGSVGElement;
  readonly #columns: number;
  readonly #rows: number;
  readonly #shades = Array.from({ length: SHADES }, (_, n) =>
    svg("path", { class: "flow-shade", "fill-opacity": short((DARKEST * (n + 1)) / SHADES) }),
  );
  readonly #lines = svg("path", { class: "flow-lines" });
  readonly #samples = svg("g", { class: "flow-samples" });
  readonly #arrows = svg("path", { class: "flow-arrows" });
  readonly #stops = svg("path", { class: "flow-stops" });
  readonly #path = svg("path", { class: "flow-path-line" });
  readonly #end = svg("circle", { class: "flow-path-end", r: 0 });
  readonly #cursor = svg("rect", { class: "flow-cursor", width: CELL, height: CELL, hidden: "" });

  /** @param target R/Z of each cell, [row from the bottom · columns + column]. */
  constructor(columns: number, rows: number, target: ArrayLike<number>) {
    [this.#columns, this.#rows] = [columns, rows];
    const [width, height] = [columns * CELL, rows * CELL];
    const verticals = Array.from({ length: columns + 1 }, (_, n) => `M${n * CELL} 0V${height}`);
    const horizontals = Array.from({ length: rows + 1 }, (_, n) => `M0 ${n * CELL}H${width}`);
    this.#lines.setAttribute("d", [...verticals, ...horizontals].join(""));
    this.element = svg(
      "svg",
      { class: "flow-grid", viewBox: `-2 -2 ${width + 4} ${height + 4}`, role: "img" },
      ...this.#shades,
      this.#lines,
      this.#arrows,
      this.#stops,
      this.#samples,
      this.#path,
      this.#end,
      this.#cursor,
    );
    this.showTarget(target);
  }

  /** Shades the cells by the target. */
  showTarget(target: ArrayLike<number>): void {
    const values = Array.from(target);
    const highest = values.reduce((high, value) => Math.max(high, value), 0);
    this.#shades.forEach((path, shade) => {
      const cells = values.flatMap((value, n) => {
        if (highest === 0 || Math.round((value / highest) * SHADES) - 1 !== shade) return [];
        const [x, y] = this.#corner([n % this.#columns, Math.floor(n / this.#columns)]);
        return [`M${x} ${y}h${CELL}v${CELL}h${-CELL}z`];
      });
      path.setAttribute("d", cells.join(""));
    });
  }

  /** Draws the flow along each edge, and a disc where flow stops. */
  showFlows(graph: StateGraph, { edges }: Flows): void {
    const cells = graph.cells as readonly Cell[];
    const arrows: string[] = [];
    const stops: string[] = [];
    edges.forEach((flow, edge) => {
      if (flow < LEAST) return;
      const from = this.#middle(cells[graph.from[edge] as number] as Cell);
      if (isStop(graph, edge)) stops.push(disc(from, LARGEST * CELL * Math.sqrt(flow)));
      else arrows.push(arrow(from, this.#middle(cells[graph.to[edge] as number] as Cell), WIDEST * CELL * Math.sqrt(flow)));
    });
    this.#arrows.setAttribute("d", arrows.join(""));
    this.#stops.setAttribute("d", stops.join(""));
  }

  /** Draws many paths faintly, and one strongly. */
  showPaths(graph: StateGraph, samples: readonly (readonly number[])[], path: readonly number[]): void {
    const cells = graph.cells as readonly Cell[];
    const line = (edges: readonly number[], [right, up]: readonly [number, number]) => {
      const points = [0, ...edges.map((edge) => graph.to[edge] as number)].map((state) => {
        const [x, y] = this.#middle(cells[state] as Cell);
        return `${short(x + right * CELL)} ${short(y + up * CELL)}`;
      });
      return `M${points.join("L")}`;
    };
    const lines = samples.map((edges, n) => svg("path", { d: line(edges, beside(n)) }));
    this.#samples.replaceChildren(...lines);
    this.#path.setAttribute("d", path.length === 0 ? "" : line(path, [0, 0]));
    const [x, y] = this.#middle(cells[endOf(graph, path)] as Cell);
    for (const [name, value] of [
      ["cx", x],
      ["cy", y],
      ["r", path.length === 0 ? 0 : 0.16 * CELL],
    ] as const) {
      this.#end.setAttribute(name, String(value));
    }
  }

  /** Marks a cell; none if undefined. */
  showCursor(cell: Cell | undefined): void {
    this.#cursor.toggleAttribute("hidden", cell === undefined);
    if (cell === undefined) return;
    const [x, y] = this.#corner(cell);
    this.#cursor.setAttribute("x", String(x));
    this.#cursor.setAttribute("y", String(y));
  }

  /** The cell at a point of the window; undefined outside of the grid. */
  cellAt(clientX: number, clientY: number): Cell | undefined {
    const matrix = this.element.getScreenCTM();
    if (matrix === null) return undefined;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
    const [column, row] = [Math.floor(x / CELL), this.#rows - 1 - Math.floor(y / CELL)];
    return column >= 0 && column < this.#columns && row >= 0 && row < this.#rows ? [column, row] : undefined;
  }

  #corner([column, row]: Cell): [number, number] {
    return [column * CELL, (this.#rows - 1 - row) * CELL];
  }

  #middle(cell: Cell): [number, number] {
    const [x, y] = this.#corner(cell);
    return [x + CELL / 2, y + CELL / 2];
  }
}

/** The offset of the n-th sampled path from the middle of the cells: a point of Weyl's sequence, which fills a square evenly. */
function beside(n: number): [number, number] {
  const fraction = (value: number) => value - Math.floor(value);
  return [(2 * fraction(0.5 + n * 0.7548776662) - 1) * SPREAD, (2 * fraction(0.5 + n * 0.5698402909) - 1) * SPREAD];
}

/** An arrow of a width between two cells, with its head. */
function arrow([x1, y1]: [number, number], [x2, y2]: [number, number], width: number): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const head = Math.min(0.35 * length, 2 + width * 0.9);
  // It begins a little before the middle, so that two arrows from one cell meet in a corner.
  const [start, neck, tip] = [-width / 2, length - GAP * CELL - head, length - GAP * CELL];
  const half = width / 2;
  const wing = half + Math.max(1.2, 0.45 * half);
  const at = (along: number, aside: number) => `${short(x1 + along * dx - aside * dy)} ${short(y1 + along * dy + aside * dx)}`;
  return `M${at(start, half)}L${at(neck, half)}L${at(neck, wing)}L${at(tip, 0)}L${at(neck, -wing)}L${at(neck, -half)}L${at(start, -half)}z`;
}

function disc([x, y]: [number, number], radius: number): string {
  const r = short(radius);
  return `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${short(2 * radius)} 0a${r} ${r} 0 1 0 ${short(-2 * radius)} 0z`;
}
