import { largestOf } from "@webgfn/tensor/internal";
import { escapeText } from "./html.js";
import { numberText } from "./numbers.js";
import type { HeatMap, Maps } from "./picture.js";

const SIZE = 256;
const MARGIN = { left: 44, top: 6, bottom: 34 };
/** Largest number of characters of a column's or row's name. */
const NAME = 5;
/** Number of shades. All cells of one shade are one SVG path. */
const SHADES = 48;
/** Opacity of the fullest colour in maps with numbers, so that the numbers stay readable. */
const OPACITY_BEHIND_NUMBERS = 0.55;

/** The largest value of several maps. It gets the fullest colour. */
export function highestOf(maps: readonly HeatMap[]): number {
  return largestOf(maps.flatMap(({ values }) => values.flat()).filter(Number.isFinite));
}

/** Width and height of a map with its axes. */
export const MAP_SIZE = { width: MARGIN.left + SIZE, height: MARGIN.top + SIZE + MARGIN.bottom };

/**
 * One map as SVG. The shade is the colour's opacity, so that a value of 0 has the page's background colour in light and dark.
 *
 * @param highest the value with the fullest colour.
 * @param attributes attributes of the `svg` element, for a map inside another SVG.
 */
export function heatMapSvg(
  { title, axes, columns, rows, written }: Maps,
  { label, values }: HeatMap,
  highest: number,
  attributes = "",
): string {
  const [width, height] = [SIZE / columns.length, SIZE / rows.length];
  const shades = new Map<number, string>();
  const texts: string[] = [];
  values.forEach((row, i) => {
    const y = i * height;
    const shadeAt = (j: number) => (highest > 0 ? Math.round((SHADES * (row[j] ?? Number.NaN)) / highest) : 0);
    // Merge neighbours of the same shade into one rectangle.
    for (let j = 0, end = 1; j < row.length; j = end) {
      for (end = j + 1; end < row.length && shadeAt(end) === shadeAt(j); ) end += 1;
      const shade = shadeAt(j);
      const across = short((end - j) * width);
      const rectangle = `M${short(MARGIN.left + j * width)} ${short(y)}h${across}v${short(height)}h-${across}z`;
      if (shade > 0) shades.set(shade, `${shades.get(shade) ?? ""}${rectangle}`);
    }
    row.forEach((value, j) => {
      if (written && Number.isFinite(value))
        texts.push(textSvg(MARGIN.left + (j + 0.5) * width, y + height / 2 + 4, "middle", value.toFixed(2)));
    });
  });
  const fullest = written ? OPACITY_BEHIND_NUMBERS : 1;
  const paths = [...shades].map(([shade, path]) => `<path fill-opacity="${short((fullest * shade) / SHADES)}" d="${path}"/>`);
  return `<svg ${attributes}viewBox="0 ${-MARGIN.top} ${MAP_SIZE.width} ${MAP_SIZE.height}" role="img" aria-label="${escapeText(spoken(title, label, columns, rows, values))}">
<g shape-rendering="crispEdges">${paths.join("")}<rect class="frame" x="${MARGIN.left}" y="0.5" width="${SIZE - 1}" height="${SIZE - 1}"/></g>
${texts.join("")}${axisTexts(axes, columns, rows, written)}
</svg>`;
}

/** The axis labels, with the names of all columns and rows, or only of the first and last ones. */
function axisTexts({ across, up }: Maps["axes"], columns: readonly string[], rows: readonly string[], all: boolean): string {
  const shown = (names: readonly string[]) =>
    names.flatMap((name, k) => (all || k === 0 || k === names.length - 1 ? [[name, k] as const] : []));
  return [
    ...shown(columns).map(([name, j]) => textSvg(MARGIN.left + ((j + 0.5) * SIZE) / columns.length, SIZE + 14, "middle", cut(name))),
    ...shown(rows).map(([name, i]) => textSvg(MARGIN.left - 4, ((i + 0.5) * SIZE) / rows.length + 4, "end", cut(name))),
    textSvg(MARGIN.left + SIZE / 2, SIZE + 29, "middle", across),
    `<text transform="translate(11 ${SIZE / 2}) rotate(-90)" text-anchor="middle">${escapeText(up)}</text>`,
  ].join("");
}

/** Shortens a name to fit into the margin, and rounds a number. */
function cut(name: string): string {
  if (name.length > NAME && !Number.isNaN(Number(name))) return String(Number(Number(name).toPrecision(2)));
  return name.length > NAME ? `${name.slice(0, NAME - 1)}…` : name;
}

function textSvg(x: number, y: number, anchor: "middle" | "end", text: string): string {
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escapeText(text)}</text>`;
}

/** A text for screen readers: the largest value and its cell. */
function spoken(title: string, label: string, columns: readonly string[], rows: readonly string[], values: HeatMap["values"]): string {
  const cells = values.flatMap((row, i) => row.map((value, j) => ({ value, row: rows[i], column: columns[j] })));
  const known = cells.filter(({ value }) => Number.isFinite(value));
  const top = known.reduce((best, cell) => (cell.value > best.value ? cell : best), {
    value: -1,
    row: "",
    column: "",
  } as (typeof known)[number]);
  return `${title}, ${label}: largest, ${numberText(top.value)}, at ${top.row}, ${top.column}`;
}

/** A coordinate with at most two decimals. */
function short(value: number): string {
  return String(Number(value.toFixed(2)));
}
