// Lets a reader compare the settings of a sweep in the browser. The build bundles this module into one script, and the page contains it.
import { type Band, drawCurves } from "./browser-curves.js";
import { drawStrips } from "./browser-strips.js";
import { SettingsTable } from "./browser-table.js";
import { type Candidate, candidatesOf } from "./pooling.js";
import type { SweepData } from "./sweep-data.js";
import { classAt } from "./view.js";

const BANDS: readonly Band[] = ["sd", "range", "none"];
/** Milliseconds after the last key until a text filters. */
const PAUSE = 150;

const data = JSON.parse(document.getElementById("sweep")?.textContent ?? "") as SweepData;
const candidates = candidatesOf(data);
const table = new SettingsTable(document.querySelector("#settings") as HTMLTableElement);
const all = <E extends HTMLElement>(selector: string): E[] => Array.from(document.querySelectorAll<E>(selector));
const chosen = (id: string) => Number(document.querySelector<HTMLSelectElement>(`#${id}`)?.value ?? 0);
const form = document.querySelector<HTMLFormElement>("form.bar");
const search = document.querySelector<HTMLInputElement>("#search");
const scale = document.querySelector<HTMLSelectElement>("#scale");

if (form !== null) {
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("#metric")?.addEventListener("change", chooseMetric);
  for (const select of all("select:not(#metric)")) select.addEventListener("change", update);
  let timer: ReturnType<typeof setTimeout> | undefined;
  search?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(update, PAUSE);
  });
  // The form gets its initial values after this event. Keep the metric and the colours.
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const select of all<HTMLSelectElement>("[id^=filter-]")) select.value = "0";
    if (search !== null) search.value = "";
    update();
  });
  chooseMetric();
}

function chooseMetric(): void {
  const metric = chosen("metric");
  for (const part of all("[data-best]")) part.hidden = part.dataset["best"] !== String(metric);
  const help = document.querySelector("#metric-help");
  const { help: text = "", direction, log = false } = data.metrics[metric] ?? {};
  if (help !== null) help.textContent = `${text}${direction === undefined ? "" : `; ${direction} is better`}`;
  if (scale !== null) scale.value = log ? "0" : "1";
  table.sortByMetric(metric);
  update();
}

function update(): void {
  const left = candidates.filter(isShown);
  table.show(new Set(left.map(({ index }) => index)));
  const shown = document.querySelector("#shown");
  const total = `${candidates.length} combination${candidates.length === 1 ? "" : "s"} of settings.`;
  if (shown !== null) shown.textContent = left.length === candidates.length ? total : `${left.length} of ${total}`;
  const view = {
    data,
    candidates: left,
    metric: chosen("metric"),
    colour: data.axes.length === 0 ? -1 : chosen("colour"),
    logarithmic: chosen("scale") === 0,
  };
  const curves = document.querySelector<HTMLElement>("#curves .figures");
  if (curves !== null) drawCurves(curves, view, chosen("curve") === 0, BANDS[chosen("band")] ?? "sd");
  const strips = document.querySelector<HTMLElement>("#strips .panels");
  if (strips !== null) drawStrips(strips, view);
}

/** Whether a combination passes all filters. */
function isShown(candidate: Candidate): boolean {
  const passes = data.axes.every((_, a) => {
    const wanted = chosen(`filter-${a}`);
    return wanted === 0 || classAt(data, candidate, a) === wanted - 1;
  });
  const text = search?.value.trim() ?? "";
  return passes && (text === "" || table.hasText(candidate.index, text));
}
