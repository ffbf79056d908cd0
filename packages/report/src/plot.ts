import type uPlot from "uplot";
import type { PlotCurve, PlotData } from "./curves.js";

const HEIGHT = 300;
/** Opacity of the bands, in hexadecimal. Curves behind a band stay visible. */
const OPACITY = "2b";
/** Factor of space above and below the curves on a logarithmic axis. */
const MARGIN = 1.25;
/** uPlot's code for a logarithmic scale. */
const LOGARITHMIC = 3;
/** Tick labels. uPlot's own have at most three decimals, so .0001 would read 0. uPlot passes null for ticks without a label. */
const LOGARITHMIC_TICKS: uPlot.Axis = {
  values: (_, splits: (number | null)[]) => splits.map((value) => (value === null ? "" : String(Number(value.toPrecision(3))))),
};

/** A script of the page defines uPlot as a global. */
const { uPlot: Plot } = globalThis as unknown as { uPlot: typeof uPlot };

/** Fits a plot to the width of its element. */
export function fitPlot(plot: uPlot, element: HTMLElement): void {
  plot.setSize({ width: element.clientWidth, height: HEIGHT });
}

/** Redraws plots when the reader changes between light and dark: uPlot reads the colours when it draws. */
export function redrawOnColours(plots: () => readonly uPlot[]): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of plots()) plot.redraw();
  });
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Draws curves with their bands into an element of the page.
 *
 * @param colours number of distinct colours; further curves reuse them with dashed lines.
 * @param a index of the horizontal axis.
 */
export function drawPlot(element: HTMLElement, { axes, quantity, logarithmic, curves }: PlotData, colours: number, a: number): uPlot {
  const across = axes[a] as PlotData["axes"][number];
  const places = [...new Set(curves.flatMap(({ at }) => at[a] as number[]))].sort((one, other) => one - other);
  /** One value of a curve per position on the axis; null if the curve has no point there. */
  const placed = ({ at }: PlotCurve, values: readonly number[]): (number | null)[] => {
    const byPlace = new Map((at[a] as number[]).map((place, n) => [place, values[n] as number]));
    return places.map((place) => byPlace.get(place) ?? null);
  };
  const stroke = (number: number) => () => colour(`--c${number % colours}`);
  const line = { stroke: () => colour("--line"), width: 1 };
  const axis = { stroke: () => colour("--ink"), grid: line, ticks: line };
  const edge = { points: { show: false }, width: 0, spanGaps: true, stroke: "transparent" };
  const means = curves.map((curve) => ({ label: curve.label, values: placed(curve, curve.mean) }));
  return new Plot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      scales: {
        x: { time: false, ...(across.logarithmic ? { distr: LOGARITHMIC } : {}) },
        y: logarithmic ? { distr: LOGARITHMIC, range: (_, low, high) => [low / MARGIN, high * MARGIN] } : {},
      },
      axes: [
        { ...axis, label: across.label, ...(across.logarithmic ? LOGARITHMIC_TICKS : {}) },
        { ...axis, label: quantity, size: 72, ...(logarithmic ? LOGARITHMIC_TICKS : {}) },
      ],
      series: [
        {},
        ...curves.flatMap(({ label, colour: number }) => [
          edge,
          edge,
          {
            label,
            stroke: stroke(number),
            width: 2,
            spanGaps: true,
            points: { size: 5, fill: stroke(number) },
            ...(Math.floor(number / colours) % 2 === 1 ? { dash: [8, 5] } : {}),
          },
        ]),
      ],
      bands: curves.flatMap(({ colour: number, banded }, k) =>
        banded ? [{ series: [3 * k + 1, 3 * k + 2] as [number, number], fill: () => `${stroke(number)()}${OPACITY}` }] : [],
      ),
      hooks: { setCursor: [({ cursor }) => showValues(element, cursor.idx, across.short, places, means)] },
    },
    [places, ...curves.flatMap((curve, c) => [placed(curve, curve.high), placed(curve, curve.low), means[c]?.values ?? []])],
    element,
  );
}

/** Writes the values at the pointer's position below the chart. */
function showValues(
  element: HTMLElement,
  index: number | null | undefined,
  across: string,
  places: readonly number[],
  means: readonly { label: string; values: readonly (number | null)[] }[],
): void {
  const readout = element.parentElement?.querySelector(".readout");
  if (!readout) return;
  const texts = means.flatMap(({ label, values }) => {
    const value = values[index ?? -1];
    return typeof value === "number" ? [`${label}: ${Number(value.toPrecision(4))}`] : [];
  });
  readout.textContent = texts.length === 0 ? "" : `${across} ${places[index ?? -1]}  ${texts.join("  ")}`;
}
