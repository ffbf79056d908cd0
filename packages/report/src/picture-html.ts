import { graphsSvg } from "./graph-drawing.js";
import { heatMapSvg, highestOf } from "./heat-map.js";
import { escapeText, swatchHtml, tableHtml } from "./html.js";
import { numberText } from "./numbers.js";
import type { Graphs, HeatMap, Maps, Picture } from "./picture.js";

/** A picture as an HTML figure. Maps come with a table of their numbers. */
export function pictureHtml(picture: Picture): string {
  const { title, explanation } = picture;
  const caption = `<figcaption><h3>${escapeText(title)}</h3><p>${escapeText(explanation)}</p></figcaption>`;
  if (picture.kind === "ranking") return `<figure>\n${caption}\n${tableHtml(title, picture.columns, picture.rows)}\n</figure>`;
  if (picture.kind === "graphs") return `<figure>\n${caption}\n${graphsHtml(picture)}\n</figure>`;
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

function graphsHtml(picture: Graphs): string {
  const drawn = graphsSvg(picture);
  const figures = picture.graphs.map(({ label, colour }, g) => {
    const swatch = colour === undefined ? "" : swatchHtml(colour);
    return `<div class="graph"><div>${swatch}${escapeText(label)}</div>\n${drawn[g]}</div>`;
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
