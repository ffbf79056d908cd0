import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { diagnoseRun, exactLogZ } from "@webgfn/runs/internal";
import { requireArgument } from "@webgfn/tensor/internal";
import { chartHtml } from "./charts.js";
import { type Chart, chartsOf, plotData } from "./curves.js";
import { escapeText, scriptJson, scriptText, swatchHtml } from "./html.js";
import type { Picture } from "./picture.js";
import { pictureHtml } from "./picture-html.js";
import { type RunGroup, requireGroups } from "./runs.js";
import { STYLE } from "./style.js";
import { configurationTable, finalTable, parametersText } from "./tables.js";

/** Content security policy: the page fetches nothing, whatever text a configuration contains. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** The part of a report before the groups of runs. */
export interface Introduction {
  /** Title of the page. Default: it names the environments. */
  title?: string;
  /** Tables and paragraphs. */
  html: string;
  charts: readonly Chart[];
}

/**
 * A report as one self-contained HTML file.
 *
 * @param pictures the pictures of each group.
 * @param notes sentences about missing parts.
 */
export function reportPage(
  groups: readonly RunGroup[],
  pictures: ReadonlyMap<RunGroup, readonly Picture[]>,
  notes: readonly string[],
  { title: given, html, charts }: Introduction = { html: "", charts: [] },
): string {
  requireGroups(groups);
  requireArgument.list("notes", notes);
  const plots: unknown[] = [];
  const axes = new Set<string>();
  const figures = (some: readonly Chart[]) => {
    const drawn = some.map((chart, index) => chartHtml(chart, plots.length + index));
    for (const chart of some) {
      plots.push(plotData(chart));
      if (chart.axes.length > 1) for (const { label } of chart.axes) axes.add(label);
    }
    return drawn;
  };
  const opening = [html, figuresHtml(figures(charts))];
  const sections = groups.map((group) => {
    const drawn = (pictures.get(group) ?? []).map(pictureHtml);
    return sectionHtml(group, [...figures(chartsOf(group)), ...drawn]);
  });
  const count = groups.reduce((sum, { runs }) => sum + runs.length, 0);
  const titles = groups.map(({ title: ofGroup }) => ofGroup);
  const title = given ?? `webgfn report: ${titles[0]}${titles.length > 1 ? ` and ${titles.length - 1} more` : ""}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeText(title)}</title>
<style>
${uplotFile("dist/uPlot.min.css")}
${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
<p>${count} run${count === 1 ? "" : "s"} of webgfn, on ${groups.length} environment${groups.length === 1 ? "" : "s"}.</p>
${notes.length === 0 ? "" : `<ul class="notes">${notes.map((note) => `<li>${escapeText(note)}</li>`).join("")}</ul>`}
${opening.join("\n")}
${axisChoice(axes)}<noscript><p>Charts need JavaScript; the numbers below each of them do not.</p></noscript>
${sections.join("\n")}
</main>
<script type="application/json" id="charts">${scriptJson(plots)}</script>
<script>/*
${uplotFile("LICENSE")}
*/
${scriptText(uplotFile("dist/uPlot.iife.min.js"))}</script>
<script type="module">${scriptText(browserModule())}</script>
</body>
</html>
`;
}

/** The choice of the horizontal axis, where there is one. */
function axisChoice(labels: ReadonlySet<string>): string {
  if (labels.size < 2) return "";
  const options = [...labels].map((label) => `<option>${escapeText(label)}</option>`).join("");
  return `<p class="choice"><label for="axis">Charts against</label> <select id="axis">${options}</select></p>\n`;
}

function sectionHtml(group: RunGroup, figures: readonly string[]): string {
  return `<section>
<h2>${escapeText(group.title)}</h2>
<p>${escapeText([group.runs[0]?.folder.configuration.environment ?? "", parametersText(group)].filter((text) => text !== "").join(": "))}</p>
${finalTable(group)}
${diagnosisHtml(group)}
${figuresHtml(figures)}
<details><summary>Configuration</summary>
${configurationTable(group)}
</details>
</section>`;
}

/** What is wrong with the policies of each run, in words; nothing where all is well. */
function diagnosisHtml({ environment, runs }: RunGroup): string {
  const items = runs.flatMap(({ label, folder, evaluations }, colour) => {
    const { configuration } = folder;
    const findings = diagnoseRun({ configuration, evaluations, exactLogZ: environment && exactLogZ(environment) });
    // The notes at the top of the page name broken replicas.
    const shown = findings.filter(({ kind }) => kind !== "fault");
    return shown.map(({ text }) => `<li>${swatchHtml(colour)}${escapeText(`${label}: ${text}`)}</li>`);
  });
  return items.length === 0 ? "" : `<h3>Diagnosis</h3>\n<ul class="notes">${items.join("")}</ul>`;
}

function figuresHtml(figures: readonly string[]): string {
  return figures.length === 0 ? "" : `<div class="figures">\n${figures.join("\n")}\n</div>`;
}

function uplotFile(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/${name}`), "utf8").trim();
}

/** The compiled JavaScript of `browser.ts`, which draws the charts. */
function browserModule(): string {
  return readFileSync(new URL("./browser.js", import.meta.url), "utf8").replace(/^\/\/# sourceMappingURL.*$/m, "");
}
