import type { Chart, Curve } from "./curves.js";
import { COLOURS, escapeText, swatchHtml } from "./html.js";
import { spreadText } from "./numbers.js";
import { chartTable } from "./tables.js";

/** A chart as HTML, with its key and a table of its numbers. `number` is its index in the page's chart data. */
export function chartHtml(chart: Chart, number: number): string {
  const { title, explanation, curves } = chart;
  const key = curves.map(({ label, colour }) => `<li>${swatchHtml(colour)}${escapeText(label)}</li>`).join("");
  return `<figure>
<figcaption><h3>${escapeText(title)}</h3><p>${escapeText(`${explanation}${bandText(curves)}`)}</p></figcaption>
<ul class="key">${key}</ul>
<div class="plot" role="img" aria-label="${escapeText(spoken(chart))}" data-chart="${number}" data-colours="${COLOURS}"></div>
<p class="readout" aria-hidden="true"></p>
<details><summary>Numbers</summary>
${chartTable(chart)}
</details>
</figure>`;
}

function bandText(curves: readonly Curve[]): string {
  const banded = curves.some(({ points }) => points.some(({ replicas }) => replicas > 1));
  return banded ? "; mean over the sound replicas, with a band of ± population sd" : "";
}

/** A text for screen readers: the first and the last value of each curve. */
function spoken({ title, axes, curves }: Chart): string {
  const parts = curves.map(({ label, points }) => {
    const [first] = points;
    const last = points.at(-1);
    if (first === undefined || last === undefined) return label;
    const ends = [first, last].map((point) => `${spreadText(point, point.replicas)} at ${axes[0]?.short} ${point.at[0]}`);
    return `${label}: ${ends.join(", ")}`;
  });
  return `${title}. ${parts.join(". ")}.`;
}
