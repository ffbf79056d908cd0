import { type HeatMap, heatMapSvg, highestOf } from "./heat-map.js";
import { escapeText, swatchHtml, tableHtml } from "./html.js";
import { numberText } from "./numbers.js";

/** The target and what runs have learned of it, as maps of the same cells, or as a ranking of objects. */
export type Picture = Maps | Ranking;

export interface Maps {
  kind: "maps";
  title: string;
  explanation: string;
  /** What lies along the axes. */
  axes: { across: string; up: string };
  /** Names of the columns, from left to right, and of the rows, from top to bottom. */
  columns: readonly string[];
  rows: readonly string[];
  /** Whether the cells are few enough for their numbers. */
  written: boolean;
  maps: readonly HeatMap[];
}

export interface Ranking {
  kind: "ranking";
  title: string;
  explanation: string;
  /** The objects come last: their names may be long. */
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export function pictureHtml(picture: Picture): string {
  const { title, explanation } = picture;
  const caption = `<figcaption><h3>${escapeText(title)}</h3><p>${escapeText(explanation)}</p></figcaption>`;
  if (picture.kind === "ranking") return `<figure>\n${caption}\n${tableHtml(title, picture.columns, picture.rows)}\n</figure>`;
  const highest = highestOf(picture.maps);
  return `<figure>
${caption}
<div class="maps">
${picture.maps.map((map) => mapHtml(picture, map, highest)).join("\n")}
</div>
<p class="readout">from 0 (blank) to ${numberText(highest)} (full colour)</p>
<details><summary>Numbers</summary>
${numbers(picture)}
</details>
</figure>`;
}

function mapHtml(picture: Maps, map: HeatMap, highest: number): string {
  const swatch = map.colour === undefined ? "" : swatchHtml(map.colour);
  return `<div class="map"><div>${swatch}${escapeText(map.label)}</div>\n${heatMapSvg(picture, map, highest)}</div>`;
}

function numbers({ title, axes, columns, rows, maps }: Maps): string {
  const cells = rows.flatMap((row, i) =>
    columns.map((column, j) => [row, column, ...maps.map(({ values }) => numberText(values[i]?.[j] ?? Number.NaN))]),
  );
  return tableHtml(title, [axes.up, axes.across, ...maps.map(({ label }) => label)], cells);
}
