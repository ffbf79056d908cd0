/** The page: it sends settings and commands to a worker that trains, and shows the worker's reports. */
import "./style.css";
import { decodeCheckpoint } from "@webgfn/sampler";
import { WebgfnError } from "@webgfn/tensor";
import type { Column } from "@webgfn/trainer";
import type { FlowView } from "./flow/index.js";
import type { StateGraph } from "./flow/state-graph.js";
import { curveColour, onThemeChange } from "./page/colours.js";
import { Curves } from "./page/curves.js";
import { Editor } from "./page/editor.js";
import { byId, make, numberText } from "./page/elements.js";
import { Form } from "./page/form.js";
import { gaugeView } from "./page/gauge-view.js";
import { PictureView } from "./page/picture-view.js";
import { RewardField } from "./page/reward-field.js";
import { TrajectoryView } from "./page/trajectory-view.js";
import type { Command, Report, Started } from "./protocol.js";
import { checked, DEFAULTS, fromHash, nameOf, type Settings, settingsOf, toHash } from "./settings.js";
import { configurationIn } from "./training/configuration.js";

/** Shortest time in milliseconds between edits of the target that the page sends to the worker. */
const BETWEEN_EDITS = 80;
/** Shortest time in milliseconds between sentences for screen readers. */
const BETWEEN_SENTENCES = 6000;

let settings: Settings = DEFAULTS;
let playing = false;
let selected = 0;
let started: Started | undefined;
let spokenAt = 0;
/** Whether the worker has a session that it can recover after a failure. */
let recoverable = false;
/**
 * Whether the user has said that the settings' expression is to be run. One that came with an address or a file is shown, and never leaves the
 * page before that.
 */
let mayRun = false;
/** The file that the session began with. */
let imported: Uint8Array | undefined;
/** The expression that the worker is evaluating, and how many it was asked before. */
let asked: { question: number; reward: string } | undefined;
let questions = 0;

const picture = new PictureView(byId("picture"));
const curves = new Curves(byId("plots"));
const trajectory = new TrajectoryView(byId("trajectory"), (path, reached) => picture.showPath(path, reached));
const editor = new Editor();

let worker = newWorker();

function newWorker(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<Report>) => onReport(data);
  made.onerror = (event) => {
    event.preventDefault();
    recoverable = false;
    onReport({ type: "failed", code: "unexpected", message: event.message || "the worker could not be started" });
  };
  return made;
}

const send = (command: Command) => worker.postMessage(command);

function setPlaying(on: boolean): void {
  playing = on;
  byId("play").textContent = on ? "Pause" : "Train";
  setState(document.body.dataset["state"] ?? "starting");
}

function setState(state: string): void {
  document.body.dataset["state"] = state;
  byId<HTMLButtonElement>("play").disabled = state === "failed";
  byId<HTMLButtonElement>("step").disabled = state !== "ready" || playing;
  byId<HTMLButtonElement>("export").disabled = state !== "ready";
}

/** The settings as the worker gets them: without an expression that may not be run. */
function permitted(): Settings {
  return mayRun ? settings : { ...settings, reward: "" };
}

/** Uses the text of the field as the reward. An expression is evaluated first, and the session goes on as it is if that fails. */
function useReward(reward: string): void {
  if (reward === "") startWith(reward);
  else {
    asked = { question: ++questions, reward };
    rewardField.showAsked();
    send({ type: "evaluate", settings: { ...settings, reward }, question: questions });
  }
}

/** Starts with another reward, or with that of an imported file, which then goes on. */
function startWith(reward: string): void {
  const checkpoint = reward === settings.reward ? imported : undefined;
  settings = { ...settings, reward };
  mayRun = true;
  form.show(settings);
  start(checkpoint);
}

function onEvaluated({ question, problem, fix }: Extract<Report, { type: "evaluated" }>): void {
  // Another question was asked, or a session was started, in the meantime.
  if (question !== asked?.question) return;
  const { reward } = asked;
  asked = undefined;
  if (problem === undefined) startWith(reward);
  else rewardField.showProblem(sentenceOf(problem, fix));
}

/** Starts a new session with the current settings, optionally from a checkpoint. */
function start(checkpoint?: Uint8Array): void {
  hideError();
  imported = checkpoint;
  asked = undefined;
  const wasPlaying = playing;
  started = undefined;
  recoverable = false;
  selected = 0;
  setState("starting");
  history.replaceState(null, "", `#${toHash(settings)}`);
  const labels = settings.choices.map(nameOf);
  curves.reset(labels);
  trajectory.reset();
  byId("gauge").replaceChildren();
  byId("samples").replaceChildren();
  byId("legend").replaceChildren(...labels.map((label, n) => make("li", {}, swatch(n), label)));
  showSelection(labels);
  showEditor();
  showTemperature();
  const isForeign = settings.reward !== "" && !mayRun;
  rewardField.show(settings, isForeign ? "foreign" : "used");
  if (isForeign) byId<HTMLDetailsElement>("settings-box").open = true;
  send({ type: "start", settings: permitted(), ...(checkpoint === undefined ? {} : { checkpoint }) });
  if (byId<HTMLInputElement>("gauge-on").checked) send({ type: "gauge", on: true });
  if (wasPlaying) send({ type: "play" });
}

function swatch(n: number): HTMLElement {
  const element = make("span", { className: "swatch", "aria-hidden": "true" });
  element.style.borderColor = curveColour(n);
  return element;
}

function showSelection(labels: readonly string[]): void {
  byId("selected").replaceChildren(
    ...labels.map((label, n) => {
      const input = make("input", { type: "radio", name: "selected", checked: n === selected });
      input.addEventListener("change", () => {
        selected = n;
        trajectory.reset();
        byId("gauge").replaceChildren();
        send({ type: "select", index: n });
      });
      return make("label", {}, input, swatch(n), label);
    }),
  );
}

function showEditor(): void {
  // An editor changes the environment's own reward.
  if (permitted().reward !== "") {
    editor.hide();
    return;
  }
  let sent = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  editor.show(settings.environment, settings.env, picture.targetFrame, (env) => {
    settings = { ...settings, env };
    form.show(settings);
    clearTimeout(timer);
    const retarget = () => {
      sent = performance.now();
      send({ type: "retarget", env: settings.env });
      history.replaceState(null, "", `#${toHash(settings)}`);
    };
    timer = setTimeout(retarget, Math.max(0, sent + BETWEEN_EDITS - performance.now()));
  });
}

function showTemperature(): void {
  byId<HTMLInputElement>("temperature").value = String(Math.log10(settings.temperature));
  byId("temperature-value").textContent = settings.temperature.toFixed(2);
}

function onReport(report: Report): void {
  switch (report.type) {
    case "busy":
      byId("state").textContent = report.text;
      break;
    case "started":
      started = report;
      recoverable = true;
      curves.show(report.columns);
      break;
    case "progress":
      onProgress(report);
      break;
    case "variance":
      byId("gauge").replaceChildren(gaugeView(report, curveColour(selected)));
      break;
    case "flow":
      void showFlow(report);
      break;
    case "exported":
      download(report.name, report.bytes);
      break;
    case "evaluated":
      onEvaluated(report);
      break;
    case "failed":
      setPlaying(false);
      setState("failed");
      if (report.code === "reward") showRewardFailed(report);
      else showError(report.message, report.fix);
  }
}

function onProgress({
  step,
  stepsPerSecond,
  exactLogZ,
  points,
  picture: shown,
  trajectory: latest,
  samples,
  faults,
}: Extract<Report, { type: "progress" }>): void {
  setState("ready");
  if (faults.length > 0) showError(faults.join(". "));
  document.body.dataset["step"] = String(step);
  picture.show(shown, curveColour(selected));
  curves.add(step, points);
  trajectory.offer(latest);
  byId("samples").replaceChildren(...samples.map(({ name, logReward }) => make("li", {}, `${name}  log R ${numberText(logReward)}`)));
  const point = points[selected];
  const followed = started?.columns.filter(isFollowed) ?? [];
  const values = followed.flatMap((column) => valueText(column, point?.[column.key], exactLogZ));
  const facts = [
    `step ${step}`,
    ...(stepsPerSecond > 0 ? [`${numberText(stepsPerSecond)} steps/s`] : []),
    ...values,
    started?.adapter ?? "",
  ];
  byId("state").textContent = facts.join(" · ");
  if (performance.now() - spokenAt > BETWEEN_SENTENCES) {
    spokenAt = performance.now();
    const choice = settings.choices[selected];
    byId("spoken").textContent = `Step ${step}, ${choice === undefined ? "" : nameOf(choice)}: ${values.join(", ")}`;
  }
}

/** Whether the line of progress shows a column. It leaves out errors, which it shows with their values, and losses. */
function isFollowed({ errorOf, perObjective = false }: Column): boolean {
  return errorOf === undefined && !perObjective;
}

/** A value with its label: `L1 0.123`, or `log Z 1.279 (exact 1.281)`. Empty if there is no value. */
function valueText({ key, label, better }: Column, value: number | undefined, exactLogZ: number | null): string[] {
  if (value === undefined || Number.isNaN(value)) return [];
  const exact = key === "logZ" && exactLogZ !== null ? ` (exact ${exactLogZ.toFixed(3)})` : "";
  return [`${label} ${better === undefined ? value.toFixed(3) : numberText(value)}${exact}`];
}

/** The expression in use fails for the settings that were changed. */
function showRewardFailed({ message, fix }: Extract<Report, { type: "failed" }>): void {
  byId<HTMLDetailsElement>("settings-box").open = true;
  byId("state").textContent = "The reward could not be evaluated: beside its field stands why.";
  rewardField.show(settings, "failed");
  rewardField.showProblem(sentenceOf(message, fix));
}

let flowView: FlowView | undefined;
let flowGraph: StateGraph | undefined;

async function showFlow({ graph, policy }: Extract<Report, { type: "flow" }>): Promise<void> {
  byId("flow-section").hidden = policy === undefined;
  flowGraph = graph ?? flowGraph;
  const { mountFlow } = await import("./flow/index.js");
  flowView ??= mountFlow(byId("flow"));
  if (policy !== undefined && flowGraph?.from.length === policy.length)
    flowView.show({ graph: flowGraph, policy, colour: curveColour(selected) });
}

function sentenceOf(message: string, fix?: string): string {
  return fix === undefined ? message : `${message}. What to do: ${fix}.`;
}

function showError(message: string, fix?: string): void {
  byId("error-text").textContent = sentenceOf(message, fix);
  byId("error").hidden = false;
}

function hideError(): void {
  byId("error").hidden = true;
}

function say(text: string): void {
  byId("spoken").textContent = text;
  byId("state").textContent = text;
}

function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Runs an action, and shows its error on the page if it fails. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (cause) {
    const { message, fix } = cause instanceof WebgfnError ? cause : { message: String(cause), fix: undefined };
    showError(message, fix);
  }
}

async function importFile(file: File): Promise<void> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  attempt(() => {
    settings = settingsOf(configurationIn(decodeCheckpoint(bytes, file.name)));
    mayRun = false;
    setPlaying(false);
    form.show(settings);
    start(bytes);
  });
}

function readAddress(): void {
  mayRun = false;
  try {
    settings = fromHash(location.hash);
    form.show(settings);
    start();
  } catch (cause) {
    settings = DEFAULTS;
    form.show(settings);
    start();
    showError(`${(cause as Error).message}. The playground's own settings are used instead`);
  }
}

const rewardField = new RewardField(useReward, () => {
  asked = undefined;
});
const form = new Form(settings, (changed) =>
  attempt(() => {
    settings = checked({ ...changed, temperature: settings.temperature });
    start();
  }),
);

byId("play").addEventListener("click", () => {
  setPlaying(!playing);
  send({ type: playing ? "play" : "pause" });
});
byId("step").addEventListener("click", () => send({ type: "step" }));
byId("reset").addEventListener("click", () => {
  setPlaying(false);
  start();
});
byId("share").addEventListener("click", async () => {
  history.replaceState(null, "", `#${toHash(settings)}`);
  try {
    await navigator.clipboard.writeText(location.href);
    say("The address of these settings is on the clipboard.");
  } catch {
    say("The page's address now holds these settings.");
  }
});
byId("export").addEventListener("click", () => send({ type: "export" }));
byId("import").addEventListener("click", () => byId("file").click());
byId<HTMLInputElement>("file").addEventListener("change", ({ currentTarget }) => {
  const input = currentTarget as HTMLInputElement;
  const [file] = input.files ?? [];
  input.value = "";
  if (file !== undefined) void importFile(file);
});
byId("retry").addEventListener("click", () => {
  hideError();
  if (recoverable) return send({ type: "recover" });
  worker.terminate();
  worker = newWorker();
  start();
});
byId<HTMLInputElement>("temperature").addEventListener("input", ({ currentTarget }) => {
  settings = { ...settings, temperature: Number((10 ** Number((currentTarget as HTMLInputElement).value)).toPrecision(3)) };
  byId("temperature-value").textContent = settings.temperature.toFixed(2);
  history.replaceState(null, "", `#${toHash(settings)}`);
  send({ type: "temperature", value: settings.temperature });
});
byId<HTMLInputElement>("gauge-on").addEventListener("change", ({ currentTarget }) => {
  const on = (currentTarget as HTMLInputElement).checked;
  if (on) byId("gauge").replaceChildren(make("p", { className: "faint" }, "Measuring …"));
  else byId("gauge").replaceChildren();
  send({ type: "gauge", on });
});
addEventListener("hashchange", readAddress);
onThemeChange(() => {
  picture.refresh();
  curves.redraw();
});

// Close the settings on narrow screens, so that the results are visible first.
byId<HTMLDetailsElement>("settings-box").open = !matchMedia("(max-width: 56rem)").matches;
readAddress();
void import("./article/index.js").then(({ mountArticle }) => mountArticle(byId("article")));
void import("./take-away/index.js").then(({ mountTakeAway }) =>
  mountTakeAway(byId("take-away"), {
    settings: () => settings,
    steps: () => Number(document.body.dataset["step"] ?? 0),
    address: () => location.href,
    figures: () => (flowView?.figure === undefined ? [] : [{ name: "flow", content: flowView.figure }]),
    curves: () => undefined,
  }),
);
