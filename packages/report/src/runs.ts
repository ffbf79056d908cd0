import { realpathSync } from "node:fs";
import type { Environment } from "@webgfn/envs";
import type { Configuration, Parts } from "@webgfn/runs";
import { environmentOf, OBJECTIVE_PARAMETERS, SETTINGS, shortName } from "@webgfn/runs/internal";
import { type Evaluation, RunFolder } from "@webgfn/runs/node";
import { orders } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { requireArgument, shownName } from "@webgfn/tensor/internal";
import type { Column } from "@webgfn/trainer";
import { describeFault, inOrder } from "@webgfn/trainer/internal";

/** A run in a report. */
export interface ReportedRun {
  /** The run's folder. */
  folder: RunFolder;
  /** Distinguishes the run from the other runs on its environment. */
  label: string;
  /** Its evaluations, in the order of steps. */
  evaluations: Evaluation[];
  /** The columns of the evaluations. */
  columns: readonly Column[];
  /** The environment, objective and policy loaded from the user's files. */
  parts: Parts;
}

/** Runs with the same target: of one environment with one reward and one prior, if they have one. Their curves share charts. */
export interface RunGroup {
  /** The environment's title; its name if the environment comes from a user's file that the command did not name. */
  title: string;
  /** `undefined` if the environment comes from a user's file that the command did not name. */
  environment: Environment | undefined;
  /** The runs, in the order given. */
  runs: ReportedRun[];
}

/**
 * Reads runs and groups them by their targets, in the order given. A folder that is given twice counts once.
 *
 * @param notes receives a sentence for each missing part of a run.
 * @param partsOf loads a run's parts from the user's files; it returns undefined, and adds a note, if they cannot be loaded.
 * @throws WebgfnError `argument` if a folder is not a run folder.
 *
 * @example
 * ```ts
 * import { readRuns } from "@webgfn/report";
 * const notes: string[] = [];
 * const groups = await readRuns(["runs/sets", "runs/sets-tb", "runs/grid"], notes);
 * for (const { title, runs } of groups) console.log(title, runs.length); // runs of one target are one group
 * ```
 */
export async function readRuns(
  paths: readonly string[],
  notes: string[],
  partsOf: (folder: RunFolder) => Promise<Parts | undefined> = async () => ({}),
): Promise<RunGroup[]> {
  requireArgument.list("paths", paths);
  requireArgument.list("notes", notes);
  const groups = new Map<string, RunGroup>();
  const opened = new Set<string>();
  for (const path of paths) {
    const folder = openFolder(path);
    if (opened.size === opened.add(realpathSync(path)).size) continue;
    const { configuration } = folder;
    const { environment, env, reward, rewardTable, rewardNetwork, rewardParameters, beta, prior } = configuration;
    const key = JSON.stringify([environment, env, reward, rewardTable, rewardNetwork, rewardParameters, beta, prior]);
    const parts = await partsOf(folder);
    const group = groups.get(key) ?? groupOf(configuration, parts);
    groups.set(key, group);
    const { evaluations, fault } = folder.readMetrics();
    for (const note of shortcomings(path, configuration, evaluations, fault)) notes.push(note);
    for (const note of brokenReplicas(path, configuration, evaluations.at(-1))) notes.push(note);
    const { columns, fault: damage } = folder.readColumns(evaluations);
    if (damage !== undefined) notes.push(`${path}: ${damage}.`);
    group.runs.push({ folder, label: "", evaluations, columns, parts: parts ?? {} });
  }
  for (const group of groups.values()) setLabels(group.runs);
  return [...groups.values()];
}

/**
 * Checks groups of runs that a program passes.
 *
 * @throws WebgfnError `argument` if they are not a result of `readRuns`.
 */
export function requireGroups(groups: unknown): void {
  requireArgument.list("groups", groups);
  for (const group of groups as unknown[]) {
    requireArgument.object("a group of runs", group);
    requireArgument.list("the runs of a group", (group as Partial<RunGroup>).runs);
  }
}

function groupOf(configuration: Configuration, parts: Parts | undefined): RunGroup {
  const environment = parts === undefined ? undefined : environmentOf(configuration, parts);
  const { prior } = configuration;
  const title = environment?.title ?? shortName(configuration.environment);
  return { title: prior === undefined ? title : `${title}, prior ${shownName(prior.name)}`, environment, runs: [] };
}

/** Opens a run folder. Folders are arguments of the command, so an unusable one is an error of code `argument`. */
function openFolder(path: string): RunFolder {
  try {
    return RunFolder.open(path);
  } catch (cause) {
    if (!(cause instanceof WebgfnError) || cause.code !== "file") throw cause;
    throw new WebgfnError("argument", cause.message, { ...(cause.fix === undefined ? {} : { fix: cause.fix }), cause });
  }
}

/** Sentences about missing evaluations of a run. */
function shortcomings(path: string, { steps }: Configuration, evaluations: readonly Evaluation[], fault: string | undefined): string[] {
  const last = evaluations.at(-1);
  if (last === undefined) return [`${path} holds no evaluation${fault === undefined ? "" : `: ${fault}`}.`];
  const reached = `${path} is reported up to step ${last.step} of ${steps}`;
  if (fault !== undefined) return [`${reached}: ${fault}.`];
  return last.step < steps ? [`${reached}: it has no later evaluation.`] : [];
}

/** A sentence for each replica that was broken at the last evaluation. Their numbers are in no mean and no curve. */
function brokenReplicas(path: string, { seed }: Configuration, last: Evaluation | undefined): string[] {
  return (last?.replicas ?? []).flatMap((replica, r) => {
    const fault = replica?.fault;
    if (!fault) return [];
    return [`${path}: ${describeFault(fault, r, seed + r)}; it was trained no further, and is left out of means and curves.`];
  });
}

/** The columns of all these runs, in the order of tables. If two have the same key, the first one counts. */
export function columnsOf(runs: readonly Pick<ReportedRun, "columns">[]): Column[] {
  const byKey = new Map<string, Column>();
  for (const column of runs.flatMap(({ columns }) => columns)) if (!byKey.has(column.key)) byKey.set(column.key, column);
  return inOrder([...byKey.values()]);
}

/** An objective with its order, such as `renyi, alpha 0.5`. */
export function nameOfObjective(configuration: Configuration): string {
  return [shortName(configuration.objective), ...orders(configuration)].join(", ");
}

/** Fields that labels leave out: they are already in the label, or do not change results. */
const NOT_IN_LABELS: readonly string[] = [
  "environment",
  "env",
  "objective",
  ...Object.keys(OBJECTIVE_PARAMETERS),
  "objectiveParameters",
  "evaluateEvery",
  "checkpointEvery",
];
const IN_LABELS = (Object.keys(SETTINGS) as (keyof Configuration)[]).filter((field) => !NOT_IN_LABELS.includes(field));

/** Labels runs with their objectives. Runs with equal labels also get the settings that differ, and if none differ, their folders. */
function setLabels(runs: readonly ReportedRun[]): void {
  for (const run of runs) run.label = nameOfObjective(run.folder.configuration);
  for (const twins of alike(runs)) {
    const settings = (field: keyof Configuration) => twins.map(({ folder }) => parameterText(folder.configuration[field]));
    const differing = IN_LABELS.filter((field) => new Set(settings(field)).size > 1);
    for (const run of twins) {
      run.label = [run.label, ...differing.map((field) => `${field} ${parameterText(run.folder.configuration[field])}`)].join(", ");
    }
  }
  for (const twins of alike(runs)) for (const run of twins) run.label = `${run.label}, ${run.folder.path}`;
}

/** Groups of runs with equal labels. */
function alike(runs: readonly ReportedRun[]): ReportedRun[][] {
  const byLabel = new Map<string, ReportedRun[]>();
  for (const run of runs) {
    const twins = byLabel.get(run.label);
    if (twins === undefined) byLabel.set(run.label, [run]);
    else twins.push(run);
  }
  return [...byLabel.values()].filter((twins) => twins.length > 1);
}

/** A setting as text. A file is shown by its name. */
export function parameterText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "object") return String(value);
  if ("name" in value && "text" in value) return String(value.name);
  if (!Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, each]) => `${name} ${parameterText(each)}`)
      .join(", ");
  }
  return JSON.stringify(value)
    .replace(/^\[|\]$/g, "")
    .replaceAll(",", ", ");
}
