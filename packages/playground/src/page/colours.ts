/** The value of a colour variable of the style sheet, in the current light or dark mode. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The CSS colour of the objective with this index. */
export const curveColour = (index: number): string => `var(--c${index % 4})`;

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Calls `callback` when the browser switches between light and dark mode. */
export function onThemeChange(callback: () => void): void {
  dark.addEventListener("change", () => {
    shades = undefined;
    callback();
  });
}

const SHADES = 256;
let shades: Uint8ClampedArray | undefined;

/** RGBA of the 256 shades of heat maps, from the lowest value to the highest. */
export function heatShades(): Uint8ClampedArray {
  if (shades !== undefined) return shades;
  const stops = [0, 1, 2, 3, 4].map((k) => rgb(colour(`--heat-${k}`)));
  shades = new Uint8ClampedArray(4 * SHADES);
  for (let n = 0; n < SHADES; n++) {
    const at = (n / (SHADES - 1)) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(at));
    const [from, to] = [stops[k] as number[], stops[k + 1] as number[]];
    shades.set([...from.map((low, c) => low + (at - k) * ((to[c] as number) - low)), 255], 4 * n);
  }
  return shades;
}

/** Red, green and blue of `#rrggbb`, or of `#rgb`: a build may shorten colours. */
function rgb(hex: string): number[] {
  const digits = hex.length === 4 ? [...hex.slice(1)].flatMap((digit) => [digit, digit]) : [...hex.slice(1)];
  return [0, 2, 4].map((start) => Number.parseInt(`${digits[start]}${digits[start + 1]}`, 16));
}

/** The shade of a value from 0 to 1, and a readable text colour on it. */
export function shadeOf(value: number): { background: string; ink: string } {
  const start = 4 * Math.round(Math.max(0, Math.min(1, value)) * (SHADES - 1));
  const [r = 0, g = 0, b = 0] = heatShades().subarray(start, start + 3);
  const bright = 0.299 * r + 0.587 * g + 0.114 * b > 140;
  return { background: `rgb(${r} ${g} ${b})`, ink: bright ? "#14171b" : "#ffffff" };
}
