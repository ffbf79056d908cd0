import { diagnoseRun, exactLogZ } from "@webgfn/runs/internal";
import { requireArgument } from "@webgfn/tensor/internal";
import { chartHtml } from "./charts.js";
import { type Chart, chartsOf, plotData } from "./curves.js";
import { escapeText, notesHtml, swatchHtml } from "./html.js";
import { framedPage } from "./page-frame.js";
import type { Picture } from "./picture.js";
import { pictureHtml } from "./picture-html.js";
import { type RunGroup, requireGroups } from "./runs.js";
import { configurationTable, finalTable, parametersText } from "./tables.js";

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
 * @returns the text of the file.
 * @throws WebgfnError `argument` if notes are not a list.
 *
 * @example
 * ```ts
 * import { writeFileSync } from "node:fs";
 * import { drawPictures, readRuns, reportPage } from "@webgfn/report";
 * const notes: string[] = [];
 * const groups = await readRuns(["runs/sets", "runs/sets-tb"], notes);
 * writeFileSync("report.html", reportPage(groups, await drawPictures(groups, notes, console.error), notes));
 * ```
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
  const counts = `<p>${count} run${count === 1 ? "" : "s"} of webgfn, on ${groups.length} environment${groups.length === 1 ? "" : "s"}.</p>\n`;
  // A page may consist of only an introduction.
  const main = `${groups.length === 0 ? "" : counts}${notesHtml(notes)}
${opening.join("\n")}
${axisChoice(axes)}<noscript><p>Charts need JavaScript; the numbers below each of them do not.</p></noscript>
${sections.join("\n")}`;
  return framedPage({ title, main, data: { id: "charts", value: plots }, script: "run-page" });
}

/** The choice of the horizontal axis, if there are several. */
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

/** Sentences about problems of the policies of each run; empty if there are none. */
function diagnosisHtml({ environment, runs }: RunGroup): string {
  const items = runs.flatMap(({ label, folder, evaluations }, colour) => {
    const { configuration } = folder;
    const findings = diagnoseRun({ configuration, evaluations, exactLogZ: environment && exactLogZ(environment, configuration) });
    // The notes at the top of the page name broken replicas.
    const shown = findings.filter(({ kind }) => kind !== "fault");
    return shown.map(({ text }) => `<li>${swatchHtml(colour)}${escapeText(`${label}: ${text}`)}</li>`);
  });
  return items.length === 0 ? "" : `<h3>Diagnosis</h3>\n<ul class="notes">${items.join("")}</ul>`;
}

function figuresHtml(figures: readonly string[]): string {
  return figures.length === 0 ? "" : `<div class="figures">\n${figures.join("\n")}\n</div>`;
}
