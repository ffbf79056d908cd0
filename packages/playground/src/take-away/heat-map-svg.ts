import type { Cells } from "../page/heat-map.js";
import { escapeText } from "./escape.js";

const SIZE = 480;
const [LEFT, FOOT, HEAD] = [44, 40, 30];
/** Most names along an axis. */
const MOST_NAMES = 12;

/** The appearance of a heat map in a file. */
export interface HeatMapLook {
  title: string;
  /** Labels of the axes. */
  across: string;
  up: string;
  /** The CSS colour of a value, given as a share of the highest; learned values may exceed it. */
  shade(value: number): string;
  paper: string;
  ink: string;
}

/** A heat map as the text of an SVG file: a rectangle per run of equal cells, and the names along both axes. */
export function heatMapSvg({ columns, rows, values, highest }: Cells, { title, across, up, shade, paper, ink }: HeatMapLook): string {
  const [width, height] = [SIZE / columns.length, SIZE / rows.length];
  const at = (value: number) => String(Math.round(1000 * value) / 1000);
  const rectangles: string[] = [];
  rows.forEach((_, row) => {
    const colours = columns.map((__, column) => {
      const value = values[row * columns.length + column] as number;
      return shade(highest > 0 ? value / highest : 0);
    });
    for (let start = 0, end = 0; start < columns.length; start = end) {
      while (end < columns.length && colours[end] === colours[start]) end++;
      rectangles.push(
        `<rect x="${at(LEFT + start * width)}" y="${at(HEAD + row * height)}" width="${at((end - start) * width)}" height="${at(height)}" fill="${colours[start]}"/>`,
      );
    }
  });
  const everyColumn = Math.ceil(columns.length / MOST_NAMES);
  const everyRow = Math.ceil(rows.length / MOST_NAMES);
  const text = (x: number, y: number, anchor: string, words: string, more = "") =>
    `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${more}>${escapeText(words)}</text>`;
  const names = [
    ...columns.flatMap((name, n) => (n % everyColumn === 0 ? [text(LEFT + (n + 0.5) * width, HEAD + SIZE + 15, "middle", name)] : [])),
    // Rows are listed from the top; the lowest one has a name in any case.
    ...rows.flatMap((name, n) =>
      (rows.length - 1 - n) % everyRow === 0 ? [text(LEFT - 6, HEAD + (n + 0.5) * height + 4, "end", name)] : [],
    ),
    text(LEFT + SIZE / 2, HEAD + SIZE + 33, "middle", across),
    text(12, HEAD + SIZE / 2, "middle", up, ` transform="rotate(-90 12 ${HEAD + SIZE / 2})"`),
    text(LEFT, 19, "start", title, ' font-size="15"'),
  ];
  const [fullWidth, fullHeight] = [LEFT + SIZE + 12, HEAD + SIZE + FOOT];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="0 0 ${fullWidth} ${fullHeight}" role="img">
<title>${escapeText(title)}</title>
<rect width="${fullWidth}" height="${fullHeight}" fill="${paper}"/>
<g shape-rendering="crispEdges">
${rectangles.join("\n")}
</g>
<rect x="${LEFT}" y="${HEAD}" width="${SIZE}" height="${SIZE}" fill="none" stroke="${ink}" stroke-opacity="0.4"/>
<g fill="${ink}" font-family="system-ui, sans-serif" font-size="12">
${names.join("\n")}
</g>
</svg>
`;
}
