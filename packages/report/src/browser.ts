// Draws a report's charts in the browser. The page contains this module's JavaScript, after a script that defines uPlot as a global.
import type uPlot from "uplot";
import type { PlotData } from "./curves.js";

const HEIGHT = 300;
/** Alpha of the bands, in hexadecimal. Curves behind a band stay visible. */
const OPACITY = "2b";
/** Factor of space above and below the curves on a logarithmic axis. */
const MARGIN = 1.25;
/** uPlot's code for a logarithmic scale. */
const LOGARITHMIC = 3;
/** Tick labels. uPlot's own have at most three decimals, so .0001 would read 0. uPlot passes null for ticks without a label. */
const LOGARITHMIC_TICKS: uPlot.Axis = {
  values: (_, splits: (number | null)[]) => splits.map((value) => (value === null ? "" : String(Number(value.toPrecision(3))))),
};

const { uPlot: Plot } = globalThis as unknown as { uPlot: typeof uPlot };
const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as PlotData[];
const plots = Array.from(document.querySelectorAll<HTMLElement>("[data-chart]"), (element) =>
  draw(element, charts[Number(element.dataset["chart"])] as PlotData),
);
// uPlot reads the colours when it draws, so redraw on a change between light and dark.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const plot of plots) plot.redraw();
});

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(element: HTMLElement, { across, quantity, logarithmic, places, curves }: PlotData): uPlot {
  const colours = Number(element.dataset["colours"]);
  const stroke = (number: number) => () => colour(`--c${number % colours}`);
  const line = { stroke: () => colour("--line"), width: 1 };
  const axis = { stroke: () => colour("--ink"), grid: line, ticks: line };
  const edge = { points: { show: false }, width: 0, spanGaps: true, stroke: "transparent" };
  const plot = new Plot(
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
      hooks: { setCursor: [({ cursor }) => showValues(element, cursor.idx, across, places, curves)] },
    },
    [places, ...curves.flatMap(({ high, low, mean }) => [high, low, mean])],
    element,
  );
  new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
  return plot;
}

/** Writes the values at the pointer's position below the chart. */
function showValues(
  element: HTMLElement,
  index: number | null | undefined,
  across: PlotData["across"],
  places: PlotData["places"],
  curves: PlotData["curves"],
): void {
  const readout = element.parentElement?.querySelector(".readout");
  if (!readout) return;
  const values = curves.flatMap(({ label, mean }) => {
    const value = mean[index ?? -1];
    return typeof value === "number" ? [`${label}: ${Number(value.toPrecision(4))}`] : [];
  });
  readout.textContent = values.length === 0 ? "" : `${across.short} ${places[index ?? -1]}  ${values.join("  ")}`;
}
