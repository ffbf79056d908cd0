/** The value of a colour variable of the style sheet, in the current light or dark mode. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Like {@link colour}, but translucent. @param alpha 0 for nothing, 1 for the colour itself. */
export const translucent = (name: string, alpha: number): string => `rgb(${rgb(colour(name)).join(" ")} / ${alpha})`;

/** The CSS colour of the objective with this index. */
export const curveColour = (index: number): string => `var(--c${index % 4})`;

/** The dashes of an objective's curve, in pixels: they distinguish curves for readers who cannot tell the colours apart. */
export const dashesOf = (index: number): number[] => [[], [8, 5], [2, 4], [10, 4, 2, 4]][index % 4] as number[];

/** A short line in the colour and the dashes of an objective. */
export function swatch(index: number): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("viewBox", "0 0 26 6");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", "M0 3H26");
  line.setAttribute("stroke-width", "4");
  line.setAttribute("stroke-dasharray", dashesOf(index).join(" "));
  line.style.stroke = curveColour(index);
  svg.append(line);
  return svg;
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Calls `callback` when the browser switches between light and dark mode. */
export function onThemeChange(callback: () => void): void {
  dark.addEventListener("change", () => {
    shades = undefined;
    callback();
  });
}

/** Shades from nothing to the target's largest value, and of values beyond it. */
const SHADES = 192;
const BEYOND = 64;
/** Values from this many times the target's largest one on count as beyond it, because a learned distribution is never exact. */
export const LEAST_BEYOND = 1.25;
/** Shades of values beyond it end at this many times the largest value. */
export const MOST_BEYOND = 8;
let shades: Uint8ClampedArray | undefined;

/** RGBA of all shades. */
function allShades(): Uint8ClampedArray {
  if (shades !== undefined) return shades;
  shades = new Uint8ClampedArray(4 * (SHADES + BEYOND));
  fill(shades.subarray(0, 4 * SHADES), ["--heat-0", "--heat-1", "--heat-2", "--heat-3", "--heat-4"]);
  fill(shades.subarray(4 * SHADES), ["--beyond-0", "--beyond-1"]);
  return shades;
}

function fill(into: Uint8ClampedArray, names: readonly string[]): void {
  const stops = names.map((name) => rgb(colour(name)));
  const count = into.length / 4;
  for (let n = 0; n < count; n++) {
    const at = (n / (count - 1)) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(at));
    const [from, to] = [stops[k] as number[], stops[k + 1] as number[]];
    into.set([...from.map((low, c) => low + (at - k) * ((to[c] as number) - low)), 255], 4 * n);
  }
}

/** Red, green and blue of `#rrggbb`, or of `#rgb`: a build may shorten colours. */
function rgb(hex: string): number[] {
  const digits = hex.length === 4 ? [...hex.slice(1)].flatMap((digit) => [digit, digit]) : [...hex.slice(1)];
  return [0, 2, 4].map((start) => Number.parseInt(`${digits[start]}${digits[start + 1]}`, 16));
}

/** RGBA of a value, where 1 is the target's largest: beyond it another, logarithmic ramp begins. */
export function shadeOf(value: number): Uint8ClampedArray {
  const isBeyond = value > LEAST_BEYOND;
  const up = Math.min(1, Math.log(value / LEAST_BEYOND) / Math.log(MOST_BEYOND / LEAST_BEYOND));
  const n = isBeyond ? SHADES + Math.round(up * (BEYOND - 1)) : Math.round(Math.max(0, Math.min(1, value || 0)) * (SHADES - 1));
  return allShades().subarray(4 * n, 4 * n + 4);
}

/** The shade of a value as CSS, and a readable text colour on it. */
export function cssShade(value: number): { background: string; color: string } {
  const [r = 0, g = 0, b = 0] = shadeOf(value);
  const bright = 0.299 * r + 0.587 * g + 0.114 * b > 140;
  return { background: `rgb(${r} ${g} ${b})`, color: bright ? "#14171b" : "#ffffff" };
}
