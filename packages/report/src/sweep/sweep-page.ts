import { counted, shownName } from "@webgfn/tensor/internal";
import { escapeText, notesHtml, tableHtml } from "../html.js";
import { framedPage } from "../page-frame.js";
import { bestHtml } from "./best-settings.js";
import { countsOf, STATES } from "./cells.js";
import { defaultMetric, type Metric, metricsOf } from "./metrics.js";
import { sweepData } from "./page-data.js";
import type { SettingAxis } from "./setting-axes.js";
import { settingsTable } from "./settings-table.js";
import { SWEEP_STYLE } from "./sweep-style.js";
import type { Sweep, SweptRun } from "./swept-runs.js";
import { type Variants, variantsOf } from "./variants.js";

/** Most runs named per failure. */
const NAMED = 12;
/** Most letters of the message of a failure. */
const LONGEST = 1000;
/** Most notes shown. */
const MOST_NOTES = 50;

/**
 * A sweep as one self-contained HTML file.
 *
 * @param name name of the sweep.
 * @param time when its folders were read.
 */
export function sweepPage(sweep: Sweep, name: string, time: Date): string {
  const all = variantsOf(sweep);
  const metrics = metricsOf(sweep.columns, all.variants);
  const chosen = defaultMetric(metrics);
  const main = [
    summaryHtml(sweep, all, time),
    runningHtml(sweep.runs),
    failuresHtml(sweep.runs),
    notesHtml(
      sweep.notes.length > MOST_NOTES ? [...sweep.notes.slice(0, MOST_NOTES), `And ${sweep.notes.length - MOST_NOTES} more.`] : sweep.notes,
    ),
    ...(metrics.length === 0 ? ["<p>No run has an evaluation after training steps yet.</p>"] : measuredHtml(all, metrics, chosen)),
    `<section>\n<h2>All settings</h2>\n<p id="shown" role="status">${counted(all.variants.length, "combination")} of settings.</p>\n${settingsTable(all, metrics, chosen)}\n</section>`,
    sharedHtml(all),
  ];
  const title = `webgfn sweep: ${name}`;
  const data = { id: "sweep", value: sweepData(all, metrics) };
  return framedPage({ title, style: SWEEP_STYLE, main: main.filter((part) => part !== "").join("\n"), data, script: "sweep-page" });
}

function summaryHtml({ runs }: Sweep, { variants }: Variants, time: Date): string {
  const counts = countsOf(runs);
  const shown = STATES.filter((state) => counts[state] > 0);
  const bar = shown.map((state) => `<span class="${state}" style="flex-grow:${counts[state]}"></span>`).join("");
  const key = shown.map((state) => `<li><span class="dot ${state}"></span><b>${counts[state]}</b> ${state}</li>`).join("");
  const read = `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `<p>${counted(runs.length, "run")} of ${counted(variants.length, "combination")} of settings, as they stood on ${read}.</p>
<div class="states" role="img" aria-label="${shown.map((state) => `${counts[state]} ${state}`).join(", ")}">${bar}</div>
<ul class="key">${key}</ul>`;
}

/** The processes that carry out runs, with their runs. */
function runningHtml(runs: readonly SweptRun[]): string {
  const running = runs.filter(({ state }) => state === "running");
  if (running.length === 0) return "";
  const items = running.map(({ index, hash, holder = "another machine", evaluations, configuration }) => {
    const step = evaluations.at(-1)?.step ?? 0;
    return `<li>${escapeText(`#${index} ${hash} on ${holder}, step ${step} of ${configuration?.steps ?? "–"}`)}</li>`;
  });
  return `<details><summary>Who carries out what</summary>\n<ul>${items.join("")}</ul></details>`;
}

/** Every message of a failure, with the runs that failed with it. */
function failuresHtml(runs: readonly SweptRun[]): string {
  const failures = new Map<string, SweptRun[]>();
  for (const run of runs) {
    if (run.state !== "failed") continue;
    const sentence = shownName(run.failure ?? "no reason is recorded", LONGEST);
    failures.set(sentence, [...(failures.get(sentence) ?? []), run]);
  }
  if (failures.size === 0) return "";
  const items = [...failures].map(([sentence, failed]) => {
    const named = failed.slice(0, NAMED).map(({ index }) => `#${index}`);
    const rest = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : "";
    return `<li>${escapeText(`${failed.length === 1 ? "Run" : "Runs"} ${named.join(", ")}${rest}: ${sentence}`)}</li>`;
  });
  return `<div class="notes"><h3>Failed</h3>\n<ul>${items.join("")}</ul></div>`;
}

function measuredHtml(all: Variants, metrics: readonly Metric[], chosen: number): string[] {
  const { axes } = all;
  const colour = Math.max(
    0,
    axes.findIndex(({ key }) => key === "objective"),
  );
  return [
    controlsHtml(axes, metrics, chosen, colour),
    `<section>\n<h2>Best settings</h2>
<p>Mean ± population sd over the sound seeds after training. Settings whose runs are not all done are ranked only where none are done.
Filters leave these tables as they are.</p>
${bestHtml(all, metrics, chosen)}\n</section>`,
    `<section id="curves">\n<h2>During training</h2>
<div class="controls">
${select("curve", "A curve is", ["the best settings of each value", "the mean over all settings of each value"], 0)}
${select("band", "with a band of", ["± population sd over seeds", "lowest to highest seed", "nothing"], 0)}
${select("scale", "on a scale that is", ["logarithmic", "linear"], 0)}
</div>
<div class="figures"></div>\n</section>`,
    ...(axes.length === 0
      ? []
      : [
          `<section id="strips">\n<h2>Each setting</h2>\n<p>A dot is a combination of settings after training, a line the median. The ring is the best one.</p>\n<div class="panels"></div>\n</section>`,
        ]),
    "<noscript><p>Charts, filters and sorting need JavaScript.</p></noscript>",
  ];
}

/** The choices that all parts of the page follow. */
function controlsHtml(axes: readonly SettingAxis[], metrics: readonly Metric[], chosen: number, colour: number): string {
  const filters = axes.map(({ key, classes }, a) => select(`filter-${a}`, key, ["all", ...classes], 0));
  return `<form class="bar" aria-label="What the page shows">
<div class="controls">
${select(
  "metric",
  "Compare by",
  metrics.map(({ label }) => label),
  chosen,
)}
${
  axes.length === 0
    ? ""
    : select(
        "colour",
        "Colours",
        axes.map(({ key }) => key),
        colour,
      )
}
</div>
<p id="metric-help">${escapeText(metrics[chosen]?.help ?? "")}</p>
<details${axes.length <= 4 ? " open" : ""}><summary>Filter</summary>
<div class="controls">
${filters.join("\n")}
<span class="control"><label for="search">text</label> <input id="search" type="search" autocomplete="off"></span>
<button type="reset">Show all</button>
</div></details>
</form>`;
}

function select(id: string, label: string, options: readonly string[], chosen: number): string {
  const all = options.map((text, k) => `<option value="${k}"${k === chosen ? " selected" : ""}>${escapeText(text)}</option>`).join("");
  return `<span class="control"><label for="${id}">${escapeText(label)}</label> <select id="${id}">${all}</select></span>`;
}

function sharedHtml({ shared }: Variants): string {
  if (shared.length === 0) return "";
  return `<details><summary>Settings that all runs share</summary>\n${tableHtml("Settings that all runs share", ["setting", "value"], shared)}\n</details>`;
}
