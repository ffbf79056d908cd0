import { heatMapSvg, highestOf, MAP_SIZE } from "./heat-map.js";
import { COLOURS, escapeText } from "./html.js";
import type { Maps } from "./picture.js";
import { MAP_STYLE, VARIABLES } from "./style.js";

const PER_ROW = 4;
const GAP = 16;
const LABEL = 22;

/** The text of an SVG file with several maps side by side, in light and dark colours. */
export function mapsFile(picture: Maps): string {
  const { maps } = picture;
  const highest = highestOf(maps);
  const across = Math.min(PER_ROW, maps.length);
  const step = { x: MAP_SIZE.width + GAP, y: LABEL + MAP_SIZE.height + GAP };
  const cells = maps.map((map, k) => {
    const [x, y] = [(k % across) * step.x, Math.floor(k / across) * step.y];
    const place = `x="${x}" y="${y + LABEL}" width="${MAP_SIZE.width}" height="${MAP_SIZE.height}" `;
    const swatch =
      map.colour === undefined
        ? ""
        : `<line x1="${x + 44}" x2="${x + 62}" y1="${y + 11}" y2="${y + 11}" stroke="var(--c${map.colour % COLOURS})" stroke-width="3"/>`;
    const indent = map.colour === undefined ? 44 : 68;
    return `${swatch}<text x="${x + indent}" y="${y + 15}">${escapeText(map.label)}</text>\n${heatMapSvg(picture, map, highest, place)}`;
  });
  // Keep the gap on the right: the name of the last column extends beyond its map.
  const [width, height] = [across * step.x, Math.ceil(maps.length / across) * step.y - GAP];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escapeText(`${picture.title}: ${picture.explanation}`)}</title>
<style>
${VARIABLES}${MAP_STYLE}</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${cells.join("\n")}
</svg>
`;
}
