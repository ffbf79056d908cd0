import type { Grid, Picture } from "../protocol.js";
import { shadeOf } from "./colours.js";
import { make, numberText } from "./elements.js";
import { HeatMap, type Place } from "./heat-map.js";
import { treeSvg } from "./trees.js";

/** Shows the target beside the learned distribution: as heat maps, tables of edges, or a ranking of objects. */
export class PictureView {
  readonly #place: HTMLElement;
  readonly #target = new HeatMap("Target");
  readonly #learned = new HeatMap("Learned");
  readonly #maps = make("div", { className: "maps" }, this.#target.figure, this.#learned.figure);
  readonly #tables = make("div");
  #picture: Picture | undefined;
  #colour = "";

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** The element over the target's map, for an editor's handles. */
  get targetFrame(): HTMLElement {
    return this.#target.frame;
  }

  /** Shows a picture. @param colour the selected objective's colour. */
  show(picture: Picture, colour: string): void {
    this.#picture = picture;
    this.#colour = colour;
    if (picture.kind === "cells" || picture.kind === "density") {
      const { columns, rows, target, learned } = picture;
      const common = {
        columns,
        rows,
        highest: target.reduce((most, value) => Math.max(most, value), 0),
        smooth: picture.kind === "density",
      };
      this.#target.show({ ...common, values: target });
      this.#learned.show({ ...common, values: learned });
      this.#put(this.#maps);
      return;
    }
    this.#tables.replaceChildren(...(picture.kind === "edges" ? edgeTables(picture) : [this.#ranking(picture)]));
    this.#put(this.#tables);
  }

  #put(element: HTMLElement): void {
    if (this.#place.firstChild !== element) this.#place.replaceChildren(element);
  }

  /** Redraws in the colours of the current light or dark mode. */
  refresh(): void {
    if (this.#picture !== undefined) this.show(this.#picture, this.#colour);
  }

  /** Draws a trajectory's path over the map of the learned distribution, if the picture is a map. */
  showPath(path: readonly (readonly [number, number])[], reached: number): void {
    const picture = this.#picture;
    if (picture?.kind === "cells") {
      const { length: side } = picture.columns;
      this.#learned.showPath(
        path.map(([x, y]): Place => [(x + 0.5) / side, (y + 0.5) / side]),
        reached,
      );
    } else if (picture?.kind === "density") {
      const [left, right, bottom, top] = picture.window;
      this.#learned.showPath(
        path.map(([x, y]): Place => [(x - left) / (right - left), (y - bottom) / (top - bottom)]),
        reached,
      );
    }
  }

  #ranking({ kind, note, objects }: Extract<Picture, { kind: "bars" | "trees" }>): HTMLElement {
    const most = objects.reduce((high, { target, learned }) => Math.max(high, target, Number.isFinite(learned) ? learned : 0), 1e-12);
    const bar = (value: number, colour: string) => {
      const element = make("i");
      element.style.width = `${Number.isFinite(value) ? Math.min(100, (100 * value) / most) : 0}%`;
      element.style.background = colour;
      return element;
    };
    const head = ["object", "probability", "target", "learned"].map((text) => make("th", { scope: "col" }, text));
    const rows = objects.map(({ name, target, learned }) => {
      const label = make("th", { scope: "row" }, kind === "trees" ? (treeSvg(name) as unknown as Node) : name);
      const bars = make("div", { className: "bars", "aria-hidden": "true" }, bar(target, "var(--target)"), bar(learned, this.#colour));
      const numbers = [target, learned].map((value) => make("td", { className: "number" }, numberText(value)));
      return make("tr", {}, label, make("td", {}, bars), ...numbers);
    });
    return make(
      "table",
      { className: "ranking" },
      make("caption", {}, note),
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows),
    );
  }
}

/** Tables of edge marginals, from the row's variable to the column's. */
function edgeTables({ columns, rows, target, learned }: Grid): HTMLElement[] {
  const table = (title: string, values: Float32Array) => {
    const head = make("tr", {}, make("td"), ...columns.map((name) => make("th", { scope: "col" }, name)));
    const body = rows.map((row, i) => {
      const cells = columns.map((_, j) => {
        const value = values[i * columns.length + j] as number;
        const cell = make("td", {}, i === j ? "" : value.toFixed(2));
        if (i !== j) Object.assign(cell.style, { background: shadeOf(value).background, color: shadeOf(value).ink });
        return cell;
      });
      return make("tr", {}, make("th", { scope: "row" }, `${row} →`), ...cells);
    });
    return make("table", { className: "edges" }, make("caption", {}, title), make("tbody", {}, head, ...body));
  };
  const tables = [table("Target: probability of each edge", target), table("Learned", learned)];
  return [make("div", { className: "maps" }, ...tables)];
}
