import { csv, escapeText, numberText, tableHtml } from "@webgfn/report/internal";
import { adapterText, show, showSpread } from "@webgfn/runs/internal";
import type { Evaluation } from "@webgfn/runs/node";
import { clock } from "@webgfn/runs/node/internal";
import { type Spread, spreadOf } from "@webgfn/trainer";
import type { Study } from "./studies.js";

/** The result of a run, compared with the paper's. */
export interface Comparison {
  study: Study;
  /** Distance from the target before training. */
  before: Spread | undefined;
  /** Final distance from the target; undefined if the run's last evaluation has none. */
  after: Spread | undefined;
  /** Seconds of training, without evaluations. */
  seconds: number;
  /** Adapters that the run was trained on: several if it was resumed on another machine. */
  adapters: string[];
  verdict: Verdict;
}

/** Whether a distance from the target agrees with the paper's, or is nearer or farther; empty if one of them is unknown. */
export type Verdict = "as the paper" | "nearer" | "farther" | "";

/** Largest rounding error of the paper's numbers, which have two decimals. */
const PRINTED = 0.005;

/**
 * Compares a distance with the paper's. They agree if they differ by at most twice the standard error of their difference, with n seeds
 * each, plus the rounding error of the paper's numbers.
 */
export function verdict(ours: Spread | undefined, paper: Spread | undefined, seeds: number): Verdict {
  if (ours === undefined || paper === undefined) return "";
  const allowed = 2 * Math.sqrt((ours.sd ** 2 + paper.sd ** 2) / seeds) + PRINTED;
  if (Math.abs(ours.mean - paper.mean) <= allowed) return "as the paper";
  return ours.mean < paper.mean ? "nearer" : "farther";
}

/** Compares the final distance of a study's run with the paper's. */
export function compare(study: Study, evaluations: readonly Evaluation[]): Comparison {
  const last = evaluations.at(-1);
  const first = evaluations.find(({ step }) => step === 0);
  const distance = (progress: Evaluation | undefined) => progress && spreadOf(progress.replicas, study.task.metric);
  const after = distance(last);
  return {
    study,
    before: distance(first),
    after,
    seconds: last?.seconds ?? 0,
    adapters: [...new Set(evaluations.flatMap(({ adapter }) => (adapter === undefined ? [] : [adapterText(adapter)])))],
    verdict: verdict(after, study.paper, study.configuration.replicas),
  };
}

const METRICS = { l1: "L1", js: "JS" } as const;

/** A comparison as a line: `sets  renyi  L1  0.569 -> 0.0207 ± 0.0009  paper 0.03 ± 0  nearer`. */
export function comparisonLine({ study, before, after, verdict: found }: Comparison): string {
  const { task, name, configuration, paper } = study;
  const value = (spread: Spread | undefined) => (spread === undefined ? "–" : showSpread(spread, configuration.replicas));
  const start = before === undefined ? "" : `${show(before.mean)} -> `;
  return [
    task.name.padEnd(17),
    name.padEnd(16),
    METRICS[task.metric],
    `${start}${value(after)}`.padEnd(26),
    paper === undefined ? "" : `paper ${paper.mean} ± ${paper.sd}`.padEnd(20),
    found,
  ]
    .join(" ")
    .trimEnd();
}

/** The HTML of the report that compares every run with the paper. */
export function comparisonHtml(comparisons: readonly Comparison[]): string {
  return `${comparisonTable(comparisons)}
<p>${escapeText(circumstances(comparisons))}</p>`;
}

/** A sentence on the time of training and the adapters. */
function circumstances(comparisons: readonly Comparison[]): string {
  const seconds = comparisons.reduce((sum, comparison) => sum + comparison.seconds, 0);
  const adapters = [...new Set(comparisons.flatMap((comparison) => comparison.adapters))];
  return `Trained in ${clock(seconds)} without evaluations and compilation, on ${adapters.join("; ") || "an unrecorded adapter"}.`;
}

function comparisonTable(comparisons: readonly Comparison[]): string {
  const value = (spread: Spread | undefined, replicas: number) => (spread === undefined ? "–" : showSpread(spread, replicas));
  return tableHtml(
    "Final distances beside the paper's, mean ± sd over the replicas",
    ["run", "metric", "steps", "before", "paper, before", "after", "paper, after", "", "seconds", "note"],
    comparisons.map(({ study: { task, name, configuration, paper, note }, before, after, verdict: found, seconds }) => [
      `${task.name}, ${name}`,
      METRICS[task.metric],
      String(configuration.steps),
      value(before, configuration.replicas),
      task.before === undefined ? "–" : String(task.before),
      value(after, configuration.replicas),
      paper === undefined ? "–" : `${paper.mean} ± ${paper.sd}`,
      found,
      numberText(seconds),
      note,
    ]),
  );
}

const MARKS: Readonly<Record<Verdict, string>> = { "as the paper": "=", nearer: "↓", farther: "↑", "": "" };

/** The paper's table as Markdown: a row per objective, a column per task, and in each cell our result above the paper's. */
export function comparisonMarkdown(comparisons: readonly Comparison[]): string {
  const tasks = [...new Set(comparisons.map(({ study }) => study.task))];
  const plain = comparisons.filter(({ study }) => study.note === "");
  const names = [...new Set(plain.map(({ study }) => study.name))];
  const cell = (found: Comparison | undefined) => {
    if (found?.after === undefined) return "–";
    const { study, after, verdict: judged } = found;
    const paper = study.paper === undefined ? "" : `<br>paper ${study.paper.mean} ± ${study.paper.sd} ${MARKS[judged]}`;
    return `${short(after)}${paper}`;
  };
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const own = (task: Study["task"], name: string) => plain.find(({ study }) => study.task === task && study.name === name);
  const before = tasks.map((task) => {
    const first = plain.find(({ study, before: found }) => study.task === task && found !== undefined)?.before;
    return `${first === undefined ? "–" : short(first)}${task.before === undefined ? "" : `<br>paper ${task.before}`}`;
  });
  const further = comparisons.filter(({ study }) => study.note !== "");
  return `${[
    row(["", ...tasks.map(({ name, metric }) => `${name}, ${METRICS[metric]}`)]),
    row(["---", ...tasks.map(() => "---")]),
    row(["before training", ...before]),
    ...names.map((name) => row([name, ...tasks.map((task) => cell(own(task, name)))])),
  ].join("\n")}

Mean ± sd over the replicas; = as the paper's, ↓ nearer to the target, ↑ farther. ${circumstances(comparisons)}
${further.length === 0 ? "" : "\n"}${further
  .map((found) => `- ${found.study.task.name}, ${found.study.name}: ${cell(found).replace("<br>", "; ")} (${found.study.note})\n`)
  .join("")}`;
}

/** A mean ± sd with three decimals, one more than the paper's numbers have. */
function short({ mean, sd }: Spread): string {
  return `${mean.toFixed(3)} ± ${sd.toFixed(3)}`;
}

const COLUMNS = ["task", "run", "objective", "alpha", "estimator", "metric", "replicas", "steps", "before", "mean", "sd"];
const COLUMNS_OF_PAPER = ["paper_mean", "paper_sd", "verdict", "seconds"];

/** The comparisons as CSV, one line per run. */
export function comparisonCsv(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ study, before, after, seconds, verdict: found }) => {
    const { task, name, configuration, paper } = study;
    const { objective, alpha, estimator, replicas, steps } = configuration;
    const ofRun = [task.name, name, objective, alpha, estimator, task.metric, replicas, steps, before?.mean, after?.mean, after?.sd];
    return [...ofRun, paper?.mean, paper?.sd, found, seconds];
  });
  return csv([[...COLUMNS, ...COLUMNS_OF_PAPER], ...lines], "\n");
}
