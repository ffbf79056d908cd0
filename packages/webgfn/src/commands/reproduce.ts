import { existsSync } from "node:fs";
import { join } from "node:path";
import { environment } from "@webgfn/envs";
import { type Device, unknownWord, WebgfnError } from "@webgfn/tensor";
import type { Arguments } from "../arguments.js";
import type { Command } from "../command.js";
import { openQuietly } from "../device.js";
import { Interruption } from "../interruption.js";
import { line } from "../json.js";
import { print } from "../output.js";
import { page } from "../report/page.js";
import { drawPictures } from "../report/pictures.js";
import { readRuns } from "../report/runs.js";
import { type Comparison, compare, comparisonCsv, comparisonHtml, comparisonLine } from "../reproduction/comparison.js";
import { OBJECTIVES, TASKS, type Task } from "../reproduction/paper.js";
import { type Study, studiesOf } from "../reproduction/studies.js";
import { RunFolder, writeText } from "../run-folder.js";
import { carryOut } from "../training.js";

const RESULTS = "results.csv";
const REPORT = "report.html";

export const reproduce: Command = {
  name: "reproduce",
  summary: "run the paper's study and compare with its results",
  operands: "[TASK…]",
  mostOperands: TASKS.length,
  options: {
    out: {
      value: "DIR",
      text: "where its runs, results.csv and report.html go; what is there already is gone on with (default reproduction)",
    },
    objective: { value: "NAME,…", text: `only runs of these: ${OBJECTIVES.join(", ")} (default all)` },
    quick: { text: "one in 25 of the paper's steps, to see that it works" },
    json: { text: "print the comparison as one JSON object" },
  },
  takesEnvironmentParameters: false,
  examples: ["reproduce sets", "reproduce --quick --out quick", "reproduce"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const out = given.values.get("out") ?? "reproduction";
  const json = given.switches.has("json");
  const quick = given.switches.has("quick");
  const objectives = given.values.get("objective")?.split(",") ?? OBJECTIVES;
  const unknown = objectives.find((name) => !OBJECTIVES.includes(name));
  if (unknown !== undefined) throw unknownWord("an objective of the study", unknown, OBJECTIVES);
  const studies = chosen(given.operands)
    .flatMap((task) => studiesOf(task, quick))
    .filter(({ configuration }) => objectives.includes(configuration.objective));

  const comparisons: Comparison[] = [];
  const device = await openQuietly();
  const interruption = new Interruption();
  try {
    for (const study of studies) {
      const comparison = await carriedOut(device, study, out, interruption.signal);
      if (comparison === undefined) {
        process.stderr.write("webgfn: stopped; the same command goes on where it was\n");
        return interruption.status;
      }
      comparisons.push(comparison);
      if (!json) await print(`${comparisonLine(comparison)}\n`);
      writeText(join(out, RESULTS), comparisonCsv(comparisons));
    }
  } finally {
    interruption.dispose();
    device.dispose();
  }
  await writeReport(comparisons, out);
  await print(json ? line({ results: comparisons.map(result), adapter: device.adapter }) : `\n${summary(comparisons, out)}`);
  return 0;
}

/** The same page as `webgfn report` makes of the runs, with the comparison in front. */
async function writeReport(comparisons: readonly Comparison[], out: string): Promise<void> {
  const notes: string[] = [];
  const paths = comparisons.map(({ study }) => folderOf(study, out)).filter((path) => existsSync(path));
  const groups = readRuns(paths, notes);
  const pictures = await drawPictures(groups, notes, (text) => process.stderr.write(`${text}\n`));
  writeText(join(out, REPORT), page(groups, pictures, notes, comparisonHtml(comparisons)));
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

/** Trains a study, or goes on with it, or only reads how it ended. `undefined` where the signal came first. */
async function carriedOut(device: Device, study: Study, out: string, signal: AbortSignal): Promise<Comparison | undefined> {
  const path = folderOf(study, out);
  const { configuration } = study;
  const { steps, checkpointEvery } = configuration;
  const plan = { configuration, environment: environment(configuration.environment, configuration.env), checkpointEvery };
  try {
    if (!existsSync(path)) {
      await carryOut(device, { ...plan, out: path }, signal);
    } else {
      const folder = RunFolder.open(path);
      if (JSON.stringify(folder.configuration) !== JSON.stringify(configuration)) {
        throw new WebgfnError("file", `${path} was made with other settings`, { fix: "choose another --out" });
      }
      if (folder.readMetrics().evaluations.at(-1)?.step !== steps) {
        await carryOut(device, { ...plan, continued: folder }, signal);
      }
    }
  } catch (error) {
    // A run whose numbers go wrong is a result, too; the others go on.
    if (!(error instanceof WebgfnError) || error.code !== "numbers") throw error;
    process.stderr.write(`webgfn: ${study.task.name}/${study.name}: ${error.message}\n`);
    return compare(study, []);
  }
  const { evaluations } = RunFolder.open(path).readMetrics();
  return evaluations.at(-1)?.step === steps ? compare(study, evaluations) : undefined;
}

function result({ study, before, after, seconds, verdict }: Comparison) {
  const { task, name, configuration, paper } = study;
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
  };
}

function summary(comparisons: readonly Comparison[], out: string): string {
  const count = (verdict: string) => comparisons.filter((comparison) => comparison.verdict === verdict).length;
  return `${count("as the paper")} as the paper, ${count("nearer")} nearer to the target, ${count("farther")} farther
  values  ${join(out, RESULTS)}
  report  ${join(out, REPORT)}
`;
}
