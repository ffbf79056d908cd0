import { csv, escapeText, numberText, tableHtml } from "@webgfn/report/internal";
import { show } from "@webgfn/runs/internal";
import { type Spread, spreadOf } from "@webgfn/trainer";
import type { Result, Together } from "./results.js";
import { SEEDS, type Task } from "./tasks.js";

/** The results of a contestant on a task. */
export interface Row {
  task: Task;
  contestant: string;
  /** The trainings done so far. */
  results: readonly Result[];
  /** The speed of three replicas of this project together. */
  together?: Together;
  /** Why there are no trainings. */
  failure?: string;
}

/** Name and direction of improvement of each measure. The first one that a row has is its distance from the target. */
const MEASURES = {
  l1: { title: "L1", better: "lower" },
  reverse: { title: "log Z − ELBO", better: "lower" },
  forward: { title: "EUBO − log Z", better: "lower" },
  logReward: { title: "mean log R", better: "higher" },
  correlation: { title: "Spearman", better: "higher" },
  modes: { title: "modes in 1,000 samples", better: "higher" },
  logZError: { title: "log Z error", better: "lower" },
} as const;

type Measure = keyof typeof MEASURES;
const NAMES = Object.keys(MEASURES) as Measure[];

const spreadOfMeasure = ({ results }: Row, name: string) =>
  spreadOf(
    results.map(({ measures }) => measures),
    name,
  );

/** Steps per second of each training. */
function speedOf({ results, task }: Row): Spread | undefined {
  return spreadOf(
    results.map(({ seconds }) => ({ rate: task.settings.steps / seconds })),
    "rate",
  );
}

/** Whether this project is as near to the target as the other library: nearer, or within two standard deviations of their difference. */
function isAsGood(name: Measure, ours: Spread, theirs: Spread): boolean {
  const worse = MEASURES[name].better === "lower" ? ours.mean - theirs.mean : theirs.mean - ours.mean;
  return worse <= 2 * Math.hypot(ours.sd, theirs.sd);
}

const times = (ratio: number) => `${ratio.toPrecision(2)}×`;

/** For each task and library, a sentence that compares our distance and speed with the library's. */
export function verdicts(rows: readonly Row[]): string[] {
  const ours = rows.find(({ contestant }) => contestant === "webgfn");
  if (ours === undefined || ours.results.length === 0) return [];
  const measure = NAMES.find((name) => spreadOfMeasure(ours, name) !== undefined);
  if (measure === undefined) return [];
  return rows.flatMap((row) => {
    const [mine, theirs] = [spreadOfMeasure(ours, measure), spreadOfMeasure(row, measure)];
    const [speed, other] = [speedOf(ours), speedOf(row)];
    if (row === ours || mine === undefined || theirs === undefined || speed === undefined || other === undefined) return [];
    const quality = isAsGood(measure, mine, theirs) ? "as near to the target as" : "farther from the target than";
    const ratio = speed.mean / other.mean;
    const pace = ratio >= 1 ? `${times(ratio)} as fast` : `${times(1 / ratio)} slower`;
    return [`${row.task.name}: ${quality} ${row.contestant} (${MEASURES[measure].title}), ${pace}`];
  });
}

const value = (spread: Spread | undefined) => (spread === undefined ? "–" : `${show(spread.mean)} ± ${show(spread.sd)}`);

/** A row of the tables: task, contestant, its distance, other measures, speed, seconds of compiling. */
function cells(row: Row): string[] {
  const { task, contestant, results, together, failure } = row;
  if (results.length === 0) return [task.title, contestant, failure ?? "not run", "", "", "", ""];
  const [first, ...others] = NAMES.filter((name) => spreadOfMeasure(row, name) !== undefined);
  const there = spreadOfMeasure(row, "modesThere");
  const measured = (name: Measure) =>
    `${MEASURES[name].title} ${value(spreadOfMeasure(row, name))}${name === "modes" && there !== undefined ? ` of ${there.mean}` : ""}`;
  const speed = speedOf(row);
  const [rate = 0] = speed === undefined ? [] : [speed.mean];
  const of = results.length < SEEDS.length ? ` (${results.length} of ${SEEDS.length} seeds)` : "";
  return [
    task.title,
    contestant,
    first === undefined ? "–" : `${measured(first)}${of}`,
    others.map(measured).join(", "),
    numberText(rate),
    together === undefined ? "" : numberText(together.stepsPerSecond * together.replicas),
    numberText(spreadOf(results, "compileSeconds")?.mean ?? 0),
  ];
}

const HEADINGS = ["task", "contestant", "distance", "other measures", "steps/s", "steps/s, 3 replicas together", "compiling, s"];

const settingsText = ({ settings: { hidden, batch, steps } }: Task) => `batch ${batch}, ${steps} steps, MLP ${hidden.join("-")}`;

/** Published numbers, a sentence for each task. */
const published = (rows: readonly Row[]) => [
  ...new Set(rows.map(({ task }) => `${task.title} (${settingsText(task)}). Published: ${task.published}.`)),
];

/** Descriptions of what ran, one line for each contestant. */
function contestantsText(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ contestant, results }) => results.map(({ about }) => `${contestant}: ${about}`)))];
}

export function rowsMarkdown(rows: readonly Row[]): string {
  const row = (values: readonly string[]) => `| ${values.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  const list = (texts: readonly string[]) => texts.map((text) => `- ${text}\n`).join("");
  return `${[row(HEADINGS), row(HEADINGS.map(() => "---")), ...rows.map((each) => row(cells(each)))].join("\n")}

Mean ± sd over seeds ${SEEDS.join(", ")}.

${list(contestantsText(rows))}
${list(published(rows))}
${list(byTask(rows).flatMap(verdicts))}`;
}

export function rowsHtml(rows: readonly Row[]): string {
  const list = (texts: readonly string[]) => `<ul>${texts.map((text) => `<li>${escapeText(text)}</li>`).join("")}</ul>`;
  return `${tableHtml(`Benchmarks of the field, mean ± sd over seeds ${SEEDS.join(", ")}`, HEADINGS, rows.map(cells))}
${[contestantsText(rows), published(rows), byTask(rows).flatMap(verdicts)].map(list).join("\n")}`;
}

/** The rows of each task. */
export function byTask(rows: readonly Row[]): Row[][] {
  return [...new Set(rows.map(({ task }) => task))].map((task) => rows.filter((row) => row.task === task));
}

/** One line for each training. */
export function rowsCsv(rows: readonly Row[]): string {
  const columns = [
    "task",
    "contestant",
    "seed",
    "batch",
    "steps",
    "seconds",
    "steps_per_second",
    "compile_seconds",
    ...NAMES,
    "modesThere",
    "about",
  ];
  const lines = rows.flatMap(({ results }) =>
    results.map(({ task, contestant, seed, settings: { batch, steps }, seconds, compileSeconds, measures, about }) => {
      const found = [...NAMES, "modesThere"].map((name) => measures[name]);
      return [task, contestant, seed, batch, steps, seconds, steps / seconds, compileSeconds, ...found, about];
    }),
  );
  return csv([columns, ...lines], "\n");
}

/** A row as a line of text. */
export function rowLine(row: Row): string {
  const [, contestant = "", distance = "", others = "", speed = ""] = cells(row);
  const tail = row.results.length === 0 ? "" : `  ${speed.padStart(7)} steps/s  ${others}`;
  return `${row.task.name.padEnd(20)} ${contestant.padEnd(9)} ${distance}${tail}`;
}
