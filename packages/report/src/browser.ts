// Draws a report's charts in the browser. The build bundles this module into one script, and the page contains it.
import type uPlot from "uplot";
import type { PlotData } from "./curves.js";
import { drawPlot, fitPlot, redrawOnColours } from "./plot.js";

const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as PlotData[];
const elements = Array.from(document.querySelectorAll<HTMLElement>("[data-chart]"));
const choice = document.querySelector<HTMLSelectElement>("#axis");
let plots: uPlot[] = [];
drawAll();
choice?.addEventListener("change", drawAll);
redrawOnColours(() => plots);
const resized = new ResizeObserver(() => {
  for (const [n, plot] of plots.entries()) fitPlot(plot, elements[n] as HTMLElement);
});
for (const element of elements) resized.observe(element);

/** Draws all charts over the chosen axis; a chart without this axis is drawn over its first one. */
function drawAll(): void {
  for (const plot of plots) plot.destroy();
  plots = elements.map((element) => {
    const chart = charts[Number(element.dataset["chart"])] as PlotData;
    const chosen = chart.axes.findIndex(({ label }) => label === choice?.value);
    return drawPlot(element, chart, Number(element.dataset["colours"]), Math.max(0, chosen));
  });
}
