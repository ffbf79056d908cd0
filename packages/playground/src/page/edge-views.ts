import type { MapPicture, Values } from "../protocol.js";
import { cssShade, curveColour } from "./colours.js";
import { make, scrolling } from "./elements.js";

/** A table of edge marginals, from the row's variable to the column's; `label` says whose they are. */
export function edgeTable(label: string, { columns, rows }: Pick<MapPicture, "columns" | "rows">, values: Float32Array): HTMLElement {
  const head = make("tr", {}, make("td"), ...columns.map((name) => make("th", { scope: "col" }, name)));
  const body = rows.map((row, i) => {
    const cells = columns.map((_, j) => {
      const value = values[i * columns.length + j] as number;
      const cell = make("td", {}, i === j ? "" : value.toFixed(2));
      if (i !== j) Object.assign(cell.style, cssShade(value));
      return cell;
    });
    return make("tr", {}, make("th", { scope: "row" }, `${row} →`), ...cells);
  });
  return scrolling(label, make("table", { className: "edges" }, make("tbody", {}, head, ...body)));
}

/** Bars: how likely graphs with 0, 1, 2 … edges are under the target and under each objective. */
export function sizesChart({ target, learned }: Values, names: readonly string[]): HTMLElement {
  const all = [target, ...learned];
  const most = all.flatMap((values) => [...values]).reduce((high, value) => Math.max(high, value), 1e-9);
  const groups = Array.from(target, (_, edges) => {
    const bars = all.map((values, n) => {
      const bar = make("i");
      bar.style.height = `${(100 * (values[edges] ?? 0)) / most}%`;
      bar.style.background = n === 0 ? "var(--target)" : curveColour(n - 1);
      return bar;
    });
    return make("div", { className: "size" }, make("div", { className: "size-bars" }, ...bars), make("span", {}, String(edges)));
  });
  const words = all.map((values, n) => `${n === 0 ? "target" : names[n - 1]} ${[...values].map((value) => value.toFixed(2)).join(", ")}`);
  const chart = make("div", { className: "sizes", "aria-label": `Probability by number of edges, from 0: ${words.join("; ")}` }, ...groups);
  chart.setAttribute("role", "img");
  return make("figure", { className: "sizes-figure" }, make("figcaption", {}, "How many edges a graph has: the target in grey"), chart);
}
