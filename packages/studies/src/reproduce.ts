import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Environment, makeEnvironment } from "@webgfn/envs";
import { drawPictures, readRuns, reportPage } from "@webgfn/report";
import { mapsFile } from "@webgfn/report/internal";
import type { Configuration } from "@webgfn/runs";
import { line } from "@webgfn/runs/internal";
import { RunFolder } from "@webgfn/runs/node";
import { carryOut, Interruption, notWritable, openQuietly, reason, requireNoLinks, tell, writeText } from "@webgfn/runs/node/internal";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { unknownWord } from "@webgfn/tensor/internal";
import { type Comparison, compare, comparisonCsv, comparisonHtml, comparisonLine, comparisonMarkdown } from "./comparison.js";
import { OBJECTIVES, TASKS, type Task, VARIANCE_TASK } from "./paper.js";
import { type Study, studiesOf } from "./studies.js";
import { type VarianceFigure, varianceChart, varianceFigure, varianceHtml, variancePlan } from "./variance-figure.js";

const RESULTS = "results.csv";
const TABLE = "results.md";
const REPORT = "report.html";
/** The file of measured variances, in the folder of the task {@link VARIANCE_TASK}. */
const VARIANCE = "variance.json";

/** Options of {@link reproduce}. */
export interface ReproduceOptions {
  /** Names of tasks. An empty list means all tasks. */
  tasks: readonly string[];
  /** Names of objectives. Default: all objectives of the study. */
  objectives?: readonly string[];
  /** The folder for runs, tables, report and pictures. Unfinished runs in it are resumed, finished ones are kept. */
  out: string;
  /** Whether to train only one in 25 of the paper's steps. */
  quick: boolean;
  /** Whether to print one JSON object instead of lines of text. */
  json: boolean;
  /** Writes to standard output. */
  print: (text: string) => Promise<unknown>;
}

/**
 * Runs the paper's study, compares every run's result with the paper's, and writes tables, pictures and a report.
 *
 * @returns the exit status: 0, or the status of the signal that stopped the study.
 * @throws WebgfnError `argument` for an unknown task or objective.
 */
export async function reproduce({ tasks, objectives = OBJECTIVES, out, quick, json, print }: ReproduceOptions): Promise<number> {
  const known: readonly string[] = OBJECTIVES;
  const unknown = objectives.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownWord("an objective of the study", unknown, OBJECTIVES);
  const chosenTasks = chosen(tasks);

  requireOwnFolders(chosenTasks, quick, out);

  const comparisons: Comparison[] = [];
  let figure: VarianceFigure | undefined;
  const device = await openQuietly();
  const interruption = new Interruption();
  const { signal } = interruption;
  try {
    for (const task of chosenTasks) {
      const environments = new Environments();
      for (const study of studiesOf(task, quick).filter(({ configuration }) => objectives.includes(configuration.objective))) {
        const comparison = await runStudy(device, study, environments, out, signal);
        if (comparison === undefined) return stopped(interruption);
        comparisons.push(comparison);
        if (!json) await print(`${comparisonLine(comparison)}\n`);
        writeText(join(out, RESULTS), comparisonCsv(comparisons));
      }
      const plan = variancePlan(objectives, quick);
      if (task.name !== VARIANCE_TASK || plan.objectives.length === 0) continue;
      tell("measuring the variance of gradients …\n");
      figure = await varianceFigure(device, plan, join(out, task.name, VARIANCE), signal);
      if (figure === undefined) return stopped(interruption);
    }
  } finally {
    interruption.dispose();
    device.dispose();
  }
  await writeReport(comparisons, figure, out);
  const found = { results: comparisons.map(result), ...(figure === undefined ? {} : { variance: figure.rows }), adapter: device.adapter };
  await print(json ? line(found) : `\n${summary(comparisons, out)}`);
  return 0;
}

/**
 * The study writes into folders below its own, where a folder from somebody else may contain links.
 *
 * @throws WebgfnError `file` naming the link.
 */
function requireOwnFolders(tasks: readonly Task[], quick: boolean, out: string): void {
  const paths = tasks.flatMap((task) => studiesOf(task, quick).map((study) => folderOf(study, out)));
  try {
    for (const path of [...paths, join(out, "pictures")]) requireNoLinks(join(out), path);
  } catch (cause) {
    throw notWritable(out, reason(cause));
  }
}

function stopped({ status }: Interruption): number {
  tell("webgfn: stopped; run the same command again to resume\n");
  return status;
}

/** Writes the page of `webgfn report` with the comparison in front, and the comparison's table and the maps as files. */
async function writeReport(comparisons: readonly Comparison[], figure: VarianceFigure | undefined, out: string): Promise<void> {
  const notes: string[] = [];
  const paths = comparisons.map(({ study }) => folderOf(study, out)).filter((path) => existsSync(path));
  const groups = await readRuns(paths, notes);
  const pictures = await drawPictures(groups, notes, (text) => tell(`${text}\n`));
  const introduction = {
    title: "On Divergence Measures for Training GFlowNets, reproduced",
    html: [comparisonHtml(comparisons), ...(figure === undefined ? [] : [varianceHtml(figure)])].join("\n"),
    charts: figure === undefined ? [] : [varianceChart(figure)],
  };
  writeText(join(out, TABLE), comparisonMarkdown(comparisons));
  for (const [{ environment: made }, drawn] of pictures) {
    if (made === undefined) continue;
    for (const picture of drawn) if (picture.kind === "maps") writeText(join(out, "pictures", `${made.name}.svg`), mapsFile(picture));
  }
  writeText(join(out, REPORT), reportPage(groups, pictures, notes, introduction));
}

/** A cache of the environments of a task's runs, because making an environment may take a while. */
class Environments {
  readonly #made = new Map<string, Environment>();

  of({ environment: name, env }: Configuration): Environment {
    const key = JSON.stringify([name, env]);
    const made = this.#made.get(key) ?? makeEnvironment(name, env);
    this.#made.set(key, made);
    return made;
  }
}

function folderOf({ task, name }: Study, out: string): string {
  return join(out, task.name, name);
}

function chosen(names: readonly string[]): readonly Task[] {
  return names.length === 0
    ? TASKS
    : names.map((name) => {
        const task = TASKS.find((candidate) => candidate.name === name);
        if (task === undefined) {
          throw unknownWord(
            "a task of the paper",
            name,
            TASKS.map((candidate) => candidate.name),
          );
        }
        return task;
      });
}

/** Trains a study or resumes it, unless it is finished, and compares its result. Returns `undefined` if the signal stopped it. */
async function runStudy(
  device: Device,
  study: Study,
  environments: Environments,
  out: string,
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  const path = folderOf(study, out);
  const { configuration } = study;
  const { steps, checkpointEvery } = configuration;
  const plan = () => ({ configuration, parts: { environment: environments.of(configuration) }, checkpointEvery });
  try {
    // A folder without a configuration was stopped, or found the disk full, before its run began.
    if (!RunFolder.holdsRun(path)) {
      await carryOut(device, { ...plan(), out: path }, signal);
    } else {
      const folder = RunFolder.open(path);
      if (JSON.stringify(folder.configuration) !== JSON.stringify(configuration)) {
        throw new WebgfnError("file", `${path} was made with other settings`, { fix: "choose another --out" });
      }
      if (folder.readMetrics().evaluations.at(-1)?.step !== steps) {
        await carryOut(device, { ...plan(), continued: folder }, signal);
      }
    }
  } catch (error) {
    // A run that ends with NaN or infinity is a result too. Report it and continue with the other runs.
    if (!(error instanceof WebgfnError) || error.code !== "numbers") throw error;
    tell(`webgfn: ${study.task.name}/${study.name}: ${error.message}\n`);
    return compare(study, []);
  }
  const { evaluations } = RunFolder.open(path).readMetrics();
  return evaluations.at(-1)?.step === steps ? compare(study, evaluations) : undefined;
}

function result({ study, before, after, seconds, adapters, verdict }: Comparison) {
  const { task, name, configuration, paper, note } = study;
  const { objective, alpha, estimator, steps, replicas } = configuration;
  return {
    task: task.name,
    run: name,
    objective,
    alpha,
    estimator,
    steps,
    replicas,
    metric: task.metric,
    before,
    after,
    paper,
    verdict,
    seconds,
    adapters,
    note,
  };
}

function summary(comparisons: readonly Comparison[], out: string): string {
  const count = (verdict: string) => comparisons.filter((comparison) => comparison.verdict === verdict).length;
  return `${count("as the paper")} as the paper, ${count("nearer")} nearer to the target, ${count("farther")} farther
  values  ${join(out, RESULTS)}
  table   ${join(out, TABLE)}
  report  ${join(out, REPORT)}
`;
}
