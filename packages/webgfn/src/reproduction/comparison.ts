import type { Progress } from "@webgfn/trainer";
import { tableHtml } from "../report/html.js";
import { type Spread, show, showSpread, spreadOf } from "../results.js";
import type { Study } from "./studies.js";

/** How a run ended, beside what the paper says. */
export interface Comparison {
  study: Study;
  before: Spread | undefined;
  /** Final distance; absent where the run's last evaluation has none. */
  after: Spread | undefined;
  seconds: number;
  verdict: Verdict;
}

export type Verdict = "as the paper" | "nearer" | "farther" | "";

/** The paper prints two decimals. */
const PRINTED = 0.005;

/**
 * Whether two results agree: within twice the standard error of their difference, n seeds each, and what printing rounds
 * off.
 */
export function verdict(ours: Spread | undefined, paper: Spread | undefined, seeds: number): Verdict {
  if (ours === undefined || paper === undefined) return "";
  const allowed = 2 * Math.sqrt((ours.sd ** 2 + paper.sd ** 2) / seeds) + PRINTED;
  if (Math.abs(ours.mean - paper.mean) <= allowed) return "as the paper";
  return ours.mean < paper.mean ? "nearer" : "farther";
}

export function compare(study: Study, evaluations: readonly Progress[]): Comparison {
  const last = evaluations.at(-1);
  const first = evaluations.find(({ step }) => step === 0);
  const distance = (progress: Progress | undefined) => progress && spreadOf(progress.replicas, study.task.metric);
  const after = distance(last);
  return {
    study,
    before: distance(first),
    after,
    seconds: last?.seconds ?? 0,
    verdict: verdict(after, study.paper, study.configuration.replicas),
  };
}

const METRICS = { l1: "L1", js: "JS" } as const;

/** `sets  renyi  L1  0.569 -> 0.0207 ± 0.0009  paper 0.03 ± 0  nearer` */
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

/** Every run beside the paper's result, for the report. */
export function comparisonHtml(comparisons: readonly Comparison[]): string {
  const value = (spread: Spread | undefined, replicas: number) => (spread === undefined ? "–" : showSpread(spread, replicas));
  return tableHtml(
    "Final distances beside the paper's, mean ± sd over the replicas",
    ["run", "metric", "steps", "before", "paper, before", "after", "paper, after", ""],
    comparisons.map(({ study: { task, name, configuration, paper }, before, after, verdict: found }) => [
      `${task.name}, ${name}`,
      METRICS[task.metric],
      String(configuration.steps),
      value(before, configuration.replicas),
      task.before === undefined ? "–" : String(task.before),
      value(after, configuration.replicas),
      paper === undefined ? "–" : `${paper.mean} ± ${paper.sd}`,
      found,
    ]),
  );
}

const COLUMNS = "task,run,objective,alpha,estimator,metric,replicas,steps,before,mean,sd,paper_mean,paper_sd,verdict,seconds";

/** Every run as a line of CSV. */
export function comparisonCsv(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ study, before, after, seconds, verdict: found }) => {
    const { task, name, configuration, paper } = study;
    const { objective, alpha, estimator, replicas, steps } = configuration;
    return [
      task.name,
      name,
      objective,
      alpha,
      estimator,
      task.metric,
      replicas,
      steps,
      before?.mean,
      after?.mean,
      after?.sd,
      paper?.mean,
      paper?.sd,
      found,
      seconds,
    ]
      .map((cell) => cell ?? "")
      .join(",");
  });
  return `${[COLUMNS, ...lines].join("\n")}\n`;
}
