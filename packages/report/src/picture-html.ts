import { graphsSvg } from "./graph-drawing.js";
import { heatMapSvg, highestOf } from "./heat-map.js";
import { escapeText, swatchHtml, tableHtml } from "./html.js";
import { numberText } from "./numbers.js";
import type { HeatMap, Maps, Picture } from "./picture.js";
import { treesSvg } from "./tree-drawing.js";

/** A picture as an HTML figure. Maps come with a table of their numbers. */
export function pictureHtml(picture: Picture): string {
  const { title, explanation } = picture;
  const caption = `<figcaption><h3>${escapeText(title)}</h3><p>${escapeText(explanation)}</p></figcaption>`;
  if (picture.kind === "ranking") return `<figure>\n${caption}\n${tableHtml(title, picture.columns, picture.rows)}\n</figure>`;
  if (picture.kind === "graphs") return `<figure>\n${caption}\n${drawingsHtml(graphsSvg(picture), picture.graphs)}\n</figure>`;
  if (picture.kind === "trees") return `<figure>\n${caption}\n${drawingsHtml(treesSvg(picture), picture.trees)}\n</figure>`;
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

/** Drawings side by side, each under its label. */
function drawingsHtml(drawn: readonly string[], labelled: readonly { label: string; colour?: number }[]): string {
  const figures = labelled.map(({ label, colour }, n) => {
    const swatch = colour === undefined ? "" : swatchHtml(colour);
    return `<div class="graph"><div>${swatch}${escapeText(label)}</div>\n${drawn[n]}</div>`;
  });
  return `<div class="maps">\n${figures.join("\n")}\n</div>`;
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
