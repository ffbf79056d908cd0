/** The page: it sends settings and commands to a worker that trains, and shows the worker's reports. */
import "./style.css";
import { environmentNames } from "@webgfn/envs";
import type { Column, TrainerState } from "@webgfn/trainer";
import { type Address, fromHash, toHash } from "./address.js";
import { diagnosisAt, summaryOf } from "./diagnosis.js";
import { Film } from "./film.js";
import type { FlowView } from "./flow/index.js";
import type { StateGraph } from "./flow/state-graph.js";
import { hostTarget } from "./host-target.js";
import { keptBetween } from "./keep.js";
import { haveSameTarget, readRecording, settingsOfCheckpoint } from "./opened-files.js";
import { curveColour, onThemeChange, swatch } from "./page/colours.js";
import type { Curves } from "./page/curves.js";
import { diagnosisList } from "./page/diagnosis-view.js";
import { download } from "./page/download.js";
import { Editor } from "./page/editor.js";
import { byId, make, numberText } from "./page/elements.js";
import { sentenceOf, wordsOf } from "./page/error-words.js";
import { Form } from "./page/form.js";
import { gaugeView } from "./page/gauge-view.js";
import { arrangeLayout } from "./page/layout.js";
import { hideError, say, showError, showNotice, speak } from "./page/messages.js";
import { Multiples } from "./page/multiples.js";
import { enablePresentation } from "./page/presentation.js";
import { RewardField } from "./page/reward-field.js";
import { ScenarioPicker } from "./page/scenario-picker.js";
import { TimeBar } from "./page/time-bar.js";
import { TrajectoryView } from "./page/trajectory-view.js";
import { type Past, UndoStack } from "./page/undo.js";
import type { Command, Frame, Report, Speed, Started } from "./protocol.js";
import { framesOf, type Recording, recorded } from "./recording.js";
import { scenarioOf } from "./scenarios.js";
import { checked, DEFAULTS, MOST_CHOICES, nameOf, parametersOf, type Settings } from "./settings.js";

/** Shortest time in milliseconds between edits of the target that the page sends to the worker. */
const BETWEEN_EDITS = 80;

let settings: Settings = DEFAULTS;
/** The checkpoints that models came from, by objective. */
let files: (Uint8Array | null)[] = DEFAULTS.choices.map(() => null);
let playing = false;
/** Whether training rests because the page is hidden. */
let resting = false;
/** The step at which training pauses automatically. */
let until: number | undefined;
let selected = 0;
let started: Started | undefined;
/** The recorded run in the film, until the live one begins. */
let recording: Recording | undefined;
/** The first picture of the live run, while a recorded one is shown. */
let waiting: Frame | undefined;
/** Number of starts. Requests from before the latest start are out of date. */
let starts = 0;
/** Whether the worker has a session that it can recover after a failure. */
let recoverable = false;
/**
 * Whether the user has allowed the settings' expression to run. An expression from an address or a file is only shown, and never leaves the
 * page before that.
 */
let mayRun = false;
/** The expression that the worker is evaluating, and the number of its request. */
let asked: { question: number; reward: string } | undefined;
let questions = 0;

const film = new Film();
const undo = new UndoStack();
const multiples = new Multiples(byId("picture"));
/** The charts; their library is loaded after the first picture. */
let curves: Curves | undefined;
/** The columns of the charts. */
let columns: readonly Column[] = [];
const editor = new Editor();
const time = new TimeBar(() => render());
const trajectory = new TrajectoryView(
  byId("trajectory"),
  (objective, path, reached) => multiples.showPath(objective, path, reached),
  () => send({ type: "another" }),
);
/** The view of the flow; it is loaded when there is a flow to show. */
let flowView: FlowView | undefined;
let flowGraph: StateGraph | undefined;

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
  resting = false;
  byId("play").textContent = on ? "Pause" : "Train";
  setState(document.body.dataset["state"] ?? "starting");
}

function setState(state: string): void {
  document.body.dataset["state"] = state;
  byId<HTMLButtonElement>("play").disabled = state === "failed";
  byId<HTMLButtonElement>("step").disabled = state !== "ready" || playing;
  byId<HTMLButtonElement>("export").disabled = state !== "ready";
  byId<HTMLButtonElement>("undo").disabled = undo.latest === undefined;
  byId<HTMLButtonElement>("save-run").disabled = film.frames.length === 0;
}

/** Trains or pauses. The live run replaces a recorded one. */
function play(on: boolean): void {
  setPlaying(on);
  if (on) goLive();
  // A user who continues at the step of the address trains without end.
  if (until !== undefined && Number(document.body.dataset["step"] ?? 0) >= until) until = undefined;
  send(on ? { type: "play", until } : { type: "pause" });
}

/** Shows the live run in place of a recorded one. */
function goLive(): void {
  time.reset();
  if (recording === undefined) return;
  recording = undefined;
  film.replace(waiting === undefined ? [] : [waiting]);
  waiting = undefined;
  if (started !== undefined) showCharts(started.columns);
  render();
}

/** Makes the charts for the current objectives and columns. */
function showCharts(of: readonly Column[]): void {
  columns = of;
  curves?.reset(names(), of, recording === undefined && (settings.replicas > 1 || files.some((file) => file !== null)));
}

async function loadCurves(): Promise<void> {
  const { Curves: Charts } = await import("./page/curves.js");
  curves = new Charts(byId("plots"));
  showCharts(columns);
  render();
}

const names = () => settings.choices.map(nameOf);

/** The settings for the worker: without an expression that is not allowed to run. */
function permitted(): Settings {
  return mayRun ? settings : { ...settings, reward: "" };
}

/** Uses the text of the field as the reward. The expression is evaluated first; if that fails, the session continues unchanged. */
function useReward(reward: string): void {
  if (reward === "") useExpression(reward);
  else {
    asked = { question: ++questions, reward };
    rewardField.showAsked();
    send({ type: "evaluate", settings: { ...settings, reward }, question: questions });
  }
}

/** Starts with another reward, or with that of an imported file, whose training then continues. */
function useExpression(reward: string): void {
  const none = settings.choices.map(() => null);
  change({ ...settings, reward }, { mayRun: true, keep: none, files: reward === settings.reward ? files : none });
}

function onEvaluated({ question, problem, fix }: Extract<Report, { type: "evaluated" }>): void {
  // Another question was asked, or a session was started, in the meantime.
  if (question !== asked?.question) return;
  const { reward } = asked;
  asked = undefined;
  if (problem === undefined) useExpression(reward);
  else rewardField.showProblem(sentenceOf(problem, fix));
}

/** Changes the settings, and keeps trained models if possible. Undo restores models that could not be kept. */
function change(
  now: Settings,
  options: { mayRun?: boolean; files?: readonly (Uint8Array | null)[]; keep?: readonly (number | null)[]; stop?: boolean } = {},
): void {
  const keep = options.keep ?? keptBetween(settings, now);
  const past = remember();
  const oldFiles = files;
  settings = now;
  until = undefined;
  files = [...(options.files ?? keep.map((from) => (from === null ? null : (oldFiles[from] ?? null))))];
  mayRun = options.mayRun ?? mayRun;
  if (options.stop) setPlaying(false);
  if (recording !== undefined) film.replace([]);
  else film.arrange(keep);
  history[past.hash === toHash(now) ? "replaceState" : "pushState"](null, "", `#${toHash(now)}`);
  start({ keep, retire: past.id });
}

/** Puts the current state on the undo stack. */
function remember(): Past {
  const frames = recording === undefined ? film.frames : [];
  const past = { id: ++starts, hash: toHash(settings), settings, mayRun, files, frames };
  undo.push(past);
  return past;
}

/** Undoes the latest change. */
function undoLatest(): void {
  const past = undo.pop();
  if (past === undefined) return;
  settings = past.settings;
  files = [...past.files];
  mayRun = past.mayRun;
  film.replace(past.frames);
  history.replaceState(null, "", `#${past.hash}`);
  setPlaying(false);
  start({ keep: [], states: past.states ?? [] });
  say("The latest change is undone.");
}

/** Starts a session with the current settings in the worker, and shows what is available until it reports. */
function start({ keep, states, retire }: { keep: readonly (number | null)[]; states?: readonly TrainerState[]; retire?: number }): void {
  hideError();
  byId("notice").hidden = true;
  starts++;
  asked = undefined;
  recording = undefined;
  waiting = undefined;
  started = undefined;
  recoverable = false;
  selected = Math.min(selected, settings.choices.length - 1);
  const wasPlaying = playing;
  setState("starting");
  time.reset();
  trajectory.reset();
  byId("gauge").replaceChildren();
  byId("samples").replaceChildren();
  form.show(settings);
  scenarios.show(scenarioOf(settings));
  multiples.reset(names());
  byId("legend").replaceChildren(...names().map((name, n) => make("li", {}, swatch(n) as unknown as Node, name)));
  showSelection();
  showEditor();
  showTemperature();
  const isForeign = settings.reward !== "" && !mayRun;
  rewardField.show(settings, isForeign ? "foreign" : "used");
  if (isForeign) byId<HTMLDetailsElement>("settings-box").open = true;
  if (film.frames.length > 0) render();
  else showWithoutGpu();
  send({ type: "start", settings: permitted(), keep, files, ...(states && { states }), ...(retire !== undefined && { retire }) });
  send({ type: "select", index: selected });
  send({ type: "speed", speed: byId<HTMLSelectElement>("speed").value as Speed });
  if (byId<HTMLInputElement>("gauge-on").checked) send({ type: "gauge", on: true });
  if (wasPlaying) {
    goLive();
    send({ type: "play", until });
  }
}

/** Shows what needs no GPU: the target, and the recorded run of a scenario. */
function showWithoutGpu(): void {
  byId("headline").textContent = "";
  byId("diagnosis").replaceChildren();
  try {
    const target = hostTarget(permitted());
    if (target !== undefined) multiples.showTarget(target);
  } catch {
    // The worker reports errors in the settings.
  }
  const scenario = scenarioOf(settings);
  if (scenario !== undefined) void showRecording(scenario.name, starts);
}

async function showRecording(name: string, asOf: number): Promise<void> {
  try {
    const response = await fetch(`./recordings/${name}.json`);
    const read = (await response.json()) as Recording;
    // Meanwhile there was another request, or the live run has begun.
    if (asOf !== starts || playing || film.frames.length > 0) return;
    openRecording(read);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) time.replay();
  } catch {
    // Without the recording, the page shows the target and the live run.
  }
}

/** Shows a recorded run. */
function openRecording(read: Recording): void {
  recording = read;
  film.replace(framesOf(read));
  showCharts(read.columns);
  time.reset();
  render();
}

function showSelection(): void {
  byId("selected").replaceChildren(
    ...names().map((name, n) => {
      const input = make("input", { type: "radio", name: "selected", checked: n === selected });
      input.addEventListener("change", () => {
        selected = n;
        trajectory.reset();
        byId("gauge").replaceChildren();
        send({ type: "select", index: n });
      });
      return make("label", {}, input, swatch(n) as unknown as Node, name);
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
  editor.show(settings.environment, settings.env, multiples.targetFrame, (env) => {
    settings = { ...settings, env };
    form.show(settings);
    scenarios.show(scenarioOf(settings));
    if (recording !== undefined) goLive();
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
      if (recording === undefined) showCharts(report.columns);
      break;
    case "retired":
      undo.keep(report.retire, report.states);
      break;
    case "progress":
      onProgress(report);
      break;
    case "sampled": {
      const { samples } = report;
      // Those of a recorded run are not known.
      if (recording !== undefined) break;
      trajectory.show(report.trajectory);
      byId("samples").replaceChildren(...samples.map(({ name, logReward }) => make("li", {}, `${name}  log R ${numberText(logReward)}`)));
      break;
    }
    case "flow":
      void showFlow(report);
      break;
    case "paused":
      setPlaying(false);
      break;
    case "variance":
      byId("gauge").replaceChildren(gaugeView(report, curveColour(selected)));
      break;
    case "exported":
      download(report.name, report.bytes);
      break;
    case "evaluated":
      onEvaluated(report);
      break;
    case "failed":
      onFailed(report);
  }
}

function onFailed(report: Extract<Report, { type: "failed" }>): void {
  setPlaying(false);
  setState("failed");
  if (report.code === "reward") {
    showRewardFailed(report);
    return;
  }
  const hasNoGpu = report.code === "no-webgpu" || report.code === "no-adapter" || /WebGPU/.test(report.message);
  const shown = recording === undefined ? "" : " What you see was recorded.";
  byId("state").textContent = `Nothing is being trained.${shown}`;
  showError(report.message, report.fix);
  // Settings that are refused would be refused again.
  const isRefused = report.code === "argument" || report.code === "limit";
  byId("retry").hidden = isRefused;
  byId("defaults").hidden = !isRefused;
  if (hasNoGpu) byId("play").title = "Training needs WebGPU";
}

function onProgress({ frame, stepsPerSecond, faults }: Extract<Report, { type: "progress" }>): void {
  setState("ready");
  if (faults.length > 0) showError(faults.join(". "));
  document.body.dataset["step"] = String(frame.step);
  const rate = stepsPerSecond > 0 ? `${numberText(stepsPerSecond)} steps/s · ` : "";
  if (recording !== undefined && !playing) {
    waiting = frame;
    byId("state").textContent = `Ready to train on ${started?.adapter ?? "this GPU"}. Until then you see a recorded run.`;
    return;
  }
  if (recording !== undefined) goLive();
  film.add(frame);
  if (time.at === undefined) render();
  else showTime();
  byId("state").textContent = `step ${frame.step} · ${rate}${started?.adapter ?? ""}`;
  speak(frame, names());
}

/** Shows the newest flow of the selected objective. */
async function showFlow({ graph, policy, backward }: Extract<Report, { type: "flow" }>): Promise<void> {
  flowGraph = graph ?? flowGraph;
  if (policy === undefined) {
    byId("flow").hidden = true;
    return;
  }
  const { mountFlow } = await import("./flow/index.js");
  const isShown = flowGraph?.from.length === policy.length && recording === undefined;
  byId("flow").hidden = !isShown;
  if (!isShown || flowGraph === undefined) return;
  flowView ??= mountFlow(byId("flow-view"));
  byId("flow-of").textContent = names()[selected] ?? "";
  flowView.show({ graph: flowGraph, policy, backward, colour: curveColour(selected) });
}

/** Loads the section of downloads after the first picture. */
async function loadTakeAway(): Promise<void> {
  const [{ mountTakeAway }, { mapFigures }] = await Promise.all([import("./take-away/index.js"), import("./page/figures.js")]);
  const shown = () => film.frames[time.at ?? film.frames.length - 1];
  mountTakeAway(byId("take-away"), {
    settings: () => settings,
    steps: () => shown()?.step ?? 0,
    address: () => location.href,
    figures: () => {
      const frame = shown();
      const flow = byId("flow").hidden ? undefined : flowView?.figure;
      const maps = frame === undefined ? [] : mapFigures(frame, names());
      return [...maps, ...(flow ? [{ name: "flow", content: flow }] : []), ...(curves?.figures() ?? [])];
    },
    curves: () => ({ columns, records: film.frames.map(({ step, runs }) => ({ step, runs })) }),
  });
}

/** Loads the explanation when the user opens it. */
function openArticle(): void {
  const box = byId<HTMLDetailsElement>("article-box");
  box.addEventListener("toggle", () => {
    if (box.open && byId("article").childElementCount === 0)
      void import("./article/index.js").then(({ mountArticle }) => mountArticle(byId("article")));
  });
}

/** Shows the picture at the slider's position, or the newest. */
function render(): void {
  const { frames } = film;
  const at = time.at ?? frames.length - 1;
  const frame = frames[at];
  byId("badge").hidden = recording === undefined;
  if (recording !== undefined) {
    byId("badge").textContent = "Recorded: press Train to run it here";
    byId("badge").title = `Recorded on ${recording.adapter}`;
  }
  if (frame === undefined) return;
  const diagnoses = frame.runs.map((_, n) =>
    diagnosisAt(frames, at, n, { name: names()[n] ?? "", objective: settings.choices[n]?.objective }),
  );
  multiples.show(frame, diagnoses);
  const isEvery = frame.runs.length === settings.choices.length;
  const diagnosed = diagnoses.map(({ verdict }, n) => ({ name: names()[n] ?? "", verdict, missed: frame.runs[n]?.missed ?? null }));
  byId("headline").textContent = isEvery ? summaryOf(diagnosed) : "";
  byId("diagnosis").replaceChildren(...diagnosisList(names(), diagnoses));
  curves?.show(frames, time.at === undefined ? undefined : frame.step);
  showTime();
  if (recording !== undefined) byId("flow").hidden = true;
}

function showTime(): void {
  const { frames } = film;
  time.show(frames.length, frames[time.at ?? frames.length - 1]?.step ?? 0);
  byId<HTMLButtonElement>("save-run").disabled = frames.length === 0;
}

/** Shows that the expression fails for the changed settings. */
function showRewardFailed({ message, fix }: Extract<Report, { type: "failed" }>): void {
  byId<HTMLDetailsElement>("settings-box").open = true;
  byId("state").textContent = "The reward could not be evaluated: the reason is below its field.";
  rewardField.show(settings, "failed");
  rewardField.showProblem(sentenceOf(message, fix));
}

/** Runs an action, and shows its error on the page if it fails. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (cause) {
    const { message, fix } = wordsOf(cause);
    showError(message, fix);
    byId("retry").hidden = true;
  }
}

async function importFile(file: File): Promise<void> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  attempt(() => {
    if (file.name.endsWith(".json")) importRecording(readRecording(file.name, bytes));
    else importCheckpoint(file.name, bytes);
  });
}

function importRecording(read: Recording): void {
  change(fromHash(read.hash).settings, { stop: true, mayRun: false });
  openRecording(read);
}

/** Adds a checkpoint's model to the comparison; replaces all models if it has another target. */
function importCheckpoint(name: string, bytes: Uint8Array): void {
  const given = settingsOfCheckpoint(name, bytes);
  const isSame = haveSameTarget(given, settings);
  if (isSame && settings.choices.length < MOST_CHOICES) {
    const keep = [...settings.choices.map((_, n) => n), null];
    change({ ...settings, choices: [...settings.choices, ...given.choices] }, { keep, files: [...files, bytes], stop: true });
    showNotice(`${name} is compared with what was there. A link to this page cannot hold its model, and leaves it out.`);
    return;
  }
  const mixed = isSame ? "there is no room for another model" : "it has another target";
  change(given, { keep: [null], files: [bytes], mayRun: false, stop: true });
  showNotice(`${name} has replaced the models that were there, because ${mixed}. Undo brings them back.`);
}

/** Takes the settings from the address. An address that cannot be read stays, with an explanation. */
function readAddress(): void {
  const { latest } = undo;
  if (latest !== undefined && location.hash === `#${latest.hash}`) {
    undoLatest();
    return;
  }
  const address = fromHash(location.hash);
  mayRun = false;
  settings = address.settings;
  files = settings.choices.map(() => null);
  film.replace([]);
  until = address.steps;
  setPlaying(address.play);
  start({ keep: [] });
  explain(address);
}

function explain({ problems }: Address): void {
  if (problems.length === 0) return;
  const sentences = problems.map((problem) => `${problem.slice(0, 1).toUpperCase()}${problem.slice(1)}.`).join(" ");
  showNotice(`${sentences} For these parts the page uses its own settings; the address stays as it is, so that you can correct it.`);
}

const rewardField = new RewardField(useReward, () => {
  asked = undefined;
});
const form = new Form(settings, (changed) => attempt(() => change(checked({ ...changed, temperature: settings.temperature }))));
const scenarios = new ScenarioPicker((scenario) => {
  if (scenarioOf(settings) === scenario && undo.latest === undefined && recording !== undefined) return time.replay();
  change(scenario.settings, { keep: scenario.settings.choices.map(() => null), stop: true });
});

function reset(): void {
  change(settings, { keep: settings.choices.map(() => null), stop: true, files });
}

byId("play").addEventListener("click", () => play(!playing));
byId("step").addEventListener("click", () => takeStep());
byId("reset").addEventListener("click", reset);
byId("undo").addEventListener("click", undoLatest);

function takeStep(): void {
  goLive();
  send({ type: "step" });
}

byId("share").addEventListener("click", async () => {
  history.replaceState(null, "", `#${toHash(settings)}`);
  const left = settings.choices.some(({ file }) => file !== undefined) ? " It leaves out models from files." : "";
  const steps = film.frames.at(-1)?.step ?? 0;
  const playing = steps > 0 ? `&play=1&steps=${steps}` : "";
  try {
    await navigator.clipboard.writeText(`${location.href}${playing}`);
    say(`The address of these settings is on the clipboard${playing === "" ? "" : "; opening it shows the run from its start"}.${left}`);
  } catch {
    say(`The page's address now holds these settings.${left}`);
  }
});
byId("export").addEventListener("click", () => send({ type: "export" }));
byId("import").addEventListener("click", () => byId("file").click());
byId("save-run").addEventListener("click", () => {
  const about = recording ?? { hash: toHash(settings), adapter: started?.adapter ?? "", columns };
  const text = JSON.stringify(recorded(film.frames, about));
  download(`${settings.environment}-run.json`, new TextEncoder().encode(text));
});

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
  start({ keep: [] });
});
byId("defaults").addEventListener("click", () => {
  const environment = environmentNames.includes(settings.environment) ? settings.environment : DEFAULTS.environment;
  change({ ...DEFAULTS, environment, env: parametersOf(environment) });
});
byId("notice-close").addEventListener("click", () => {
  byId("notice").hidden = true;
});
byId<HTMLSelectElement>("speed").addEventListener("change", ({ currentTarget }) => {
  send({ type: "speed", speed: (currentTarget as HTMLSelectElement).value as Speed });
});
byId<HTMLInputElement>("temperature").addEventListener("input", ({ currentTarget }) => {
  settings = { ...settings, temperature: Number((10 ** Number((currentTarget as HTMLInputElement).value)).toPrecision(3)) };
  byId("temperature-value").textContent = settings.temperature.toFixed(2);
  history.replaceState(null, "", `#${toHash(settings)}`);
  goLive();
  send({ type: "temperature", value: settings.temperature });
});
byId<HTMLInputElement>("gauge-on").addEventListener("change", ({ currentTarget }) => {
  const on = (currentTarget as HTMLInputElement).checked;
  if (on) byId("gauge").replaceChildren(make("p", { className: "faint" }, "Measuring …"));
  else byId("gauge").replaceChildren();
  send({ type: "gauge", on });
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden && playing) {
    resting = true;
    send({ type: "pause" });
  } else if (!document.hidden && resting && playing) {
    resting = false;
    send({ type: "play", until });
  }
});
addEventListener("hashchange", readAddress);
onThemeChange(() => {
  multiples.refresh();
  curves?.redraw();
});
enablePresentation({ play: () => play(!playing), step: takeStep, reset });

arrangeLayout();
readAddress();
openArticle();
void loadCurves();
void loadTakeAway();
