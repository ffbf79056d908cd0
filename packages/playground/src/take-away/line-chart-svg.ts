import { numberText } from "../page/elements.js";
import { fewest } from "../page/plot-ticks.js";
import { roundNumbers } from "../page/ticks.js";
import { escapeText } from "./escape.js";

const [WIDTH, HEIGHT] = [560, 280];
const [LEFT, FOOT, HEAD, RIGHT] = [64, 44, 34, 16];
/** Height of a line of the legend. */
const LINE = 18;

/** A curve, with the band around it if it has one. Missing values are null. */
interface ChartLine {
  name: string;
  colour: string;
  dashes: readonly number[];
  values: readonly (number | null)[];
  low?: readonly (number | null)[];
  high?: readonly (number | null)[];
}

/** Curves over training steps. */
export interface LineChart {
  title: string;
  across: string;
  steps: readonly number[];
  lines: readonly ChartLine[];
  isLogarithmic: boolean;
  paper: string;
  ink: string;
}

/** Curves as the text of an SVG file: axes with round numbers, a band and a line for each curve, and a legend below. */
export function lineChartSvg({ title, across, steps, lines, isLogarithmic, paper, ink }: LineChart): string {
  const up = isLogarithmic ? Math.log : (value: number) => value;
  const values = lines.flatMap(({ values, low = [], high = [] }) => [...values, ...low, ...high].filter((value) => value !== null));
  const [left, right] = padded(steps[0] ?? 0, steps.at(-1) ?? 1, 0);
  const [low, high] = padded(...extent(values.map(up)), 0.05);
  const at = (value: number) => String(Math.round(100 * value) / 100);
  const x = (step: number) => at(LEFT + ((step - left) / (right - left)) * WIDTH);
  const y = (value: number) => at(HEAD + (1 - (up(value) - low) / (high - low)) * HEIGHT);
  /** The points of a curve, without its gaps. */
  const points = (curve: readonly (number | null)[]) =>
    curve.flatMap((value, k) => (value === null ? [] : [`${x(steps[k] as number)} ${y(value)}`]));
  const path = (of: readonly string[]) => (of.length === 0 ? "" : `M${of.join("L")}`);
  const bands = lines.map(({ colour, low: under = [], high: over = [] }) => {
    const outline = path([...points(over), ...points(under).reverse()]);
    return outline === "" ? "" : `<path d="${outline}Z" fill="${colour}" fill-opacity="0.2" stroke="none"/>`;
  });
  const curves = lines.map(({ colour, dashes, values: curve }) => {
    const dashed = dashes.length === 0 ? "" : ` stroke-dasharray="${dashes.join(" ")}"`;
    return `<path d="${path(points(curve))}" fill="none" stroke="${colour}" stroke-width="2"${dashed}/>`;
  });
  const text = (left: string | number, top: string | number, anchor: string, words: string, more = "") =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}"${more}>${escapeText(words)}</text>`;
  const line = (from: string, to: string, opacity: number) => `<path d="M${from}L${to}" stroke="${ink}" stroke-opacity="${opacity}"/>`;
  const ticksUp = isLogarithmic ? fewest(Math.exp(low), Math.exp(high)) : roundNumbers(low, high);
  const ticksAcross = roundNumbers(left, right);
  const foot = HEAD + HEIGHT;
  const [fullWidth, fullHeight] = [LEFT + WIDTH + RIGHT, foot + FOOT + LINE * lines.length + 8];
  const legend = lines.map(({ name, colour, dashes }, n) => {
    const middle = foot + FOOT + LINE * (n + 0.5);
    const dashed = dashes.length === 0 ? "" : ` stroke-dasharray="${dashes.join(" ")}"`;
    const swatch = `<path d="M${LEFT} ${middle}h28" stroke="${colour}" stroke-width="3"${dashed}/>`;
    return swatch + text(LEFT + 38, middle + 4, "start", name);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="0 0 ${fullWidth} ${fullHeight}" role="img">
<title>${escapeText(title)}</title>
<rect width="${fullWidth}" height="${fullHeight}" fill="${paper}"/>
${ticksUp.map((value) => line(`${LEFT} ${y(value)}`, `${LEFT + WIDTH} ${y(value)}`, 0.15)).join("")}
${line(`${LEFT} ${foot}`, `${LEFT + WIDTH} ${foot}`, 0.6)}
${bands.join("\n")}
${curves.join("\n")}
<g fill="${ink}" font-family="system-ui, sans-serif" font-size="12">
${ticksUp.map((value) => text(LEFT - 8, Number(y(value)) + 4, "end", numberText(value))).join("")}
${ticksAcross.map((step) => text(x(step), foot + 17, "middle", numberText(step))).join("")}
${text(LEFT + WIDTH / 2, foot + 34, "middle", across)}
${text(LEFT, 20, "start", title, ' font-size="15"')}
${legend.join("\n")}
</g>
</svg>
`;
}

function extent(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  return [finite.reduce((least, value) => Math.min(least, value)), finite.reduce((most, value) => Math.max(most, value))];
}

/** A range with a margin on both sides, as a share of its length; one without a length gets one. */
function padded(low: number, high: number, margin: number): [number, number] {
  const length = high - low || Math.abs(high) || 1;
  return high > low ? [low - margin * length, high + margin * length] : [low - length / 2, high + length / 2];
}
