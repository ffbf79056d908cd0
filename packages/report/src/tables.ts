import type { Configuration } from "@webgfn/runs";
import { adapterText, exactLogZ, rewardEvaluations, SETTINGS } from "@webgfn/runs/internal";
import type { Evaluation } from "@webgfn/runs/node";
import { type Column, columnValue, type Spread, spreadOf } from "@webgfn/trainer";
import { columns, hasBefore, inOrder, soundReplicas } from "@webgfn/trainer/internal";
import { type CsvValue, csv } from "./csv.js";
import type { Chart } from "./curves.js";
import { type Cell, tableHtml } from "./html.js";
import { numberText, spreadText } from "./numbers.js";
import { columnsOf, parameterText, type RunGroup, requireGroups } from "./runs.js";

const NOTHING = "–";

/** The table of final values of runs on the same environment. */
export function finalTable(group: RunGroup): string {
  const { environment, runs } = group;
  const shown = columnsOf(runs).filter(({ shown: where = "everywhere", perObjective = false }) => where === "everywhere" && !perObjective);
  // The runs of a group have one target.
  const [first] = runs;
  const exact = environment && first && exactLogZ(environment, first.folder.configuration);
  const onHost = runs.some((run) => ends(run).after?.rewards !== undefined);
  const headings = [
    "objective",
    "estimator",
    "step",
    "replicas",
    ...shown.flatMap((column) => (hasBefore(column) ? [`${column.label} before`, `${column.label} after`] : [column.label])),
    "rewards evaluated",
    ...(onHost ? ["objects evaluated on the host", "seconds of the reward"] : []),
    "seconds",
    "steps/s",
    "trajectories/s",
    "adapter",
    "folder",
  ];
  const rows = runs.map((run, colour): Cell[] => {
    const { configuration, path } = run.folder;
    const { before, after, rates } = ends(run);
    const rate = (value: number | undefined) => (value === undefined ? NOTHING : numberText(value));
    return [
      { text: run.label, colour },
      configuration.estimator,
      `${run.evaluations.at(-1)?.step ?? NOTHING} of ${configuration.steps}`,
      String(configuration.replicas),
      ...shown.flatMap((column) => (hasBefore(column) ? [before, after] : [after]).map((evaluation) => spreadCell(evaluation, column))),
      rate(rewardsAt(run)),
      ...(onHost ? [rate(after?.rewards?.evaluated), rate(after?.rewards?.seconds)] : []),
      rate(rates?.seconds),
      rate(rates?.stepsPerSecond),
      rate(rates?.trajectoriesPerSecond),
      adaptersOf(run) ?? "not recorded",
      path,
    ];
  });
  const truth = exact === undefined ? "" : `; exact log Z ${Number(exact.toFixed(4))}`;
  return tableHtml(`Final values, mean ± population sd over the sound replicas${truth}`, headings, rows);
}

function spreadAt(evaluation: Evaluation | undefined, { key }: Column): Spread | undefined {
  return evaluation && spreadOf(evaluation.replicas, key);
}

function spreadCell(evaluation: Evaluation | undefined, column: Column): string {
  const spread = spreadAt(evaluation, column);
  return spread === undefined ? NOTHING : spreadText(spread, soundReplicas(evaluation?.replicas ?? []).length);
}

/** The evaluations before and after training, and its speed. */
function ends({ folder, evaluations }: CsvRun) {
  const { batchSize, replicas } = folder.configuration;
  const last = evaluations.at(-1);
  const after = last !== undefined && last.step > 0 ? last : undefined;
  const stepsPerSecond = after !== undefined && after.seconds > 0 ? after.step / after.seconds : undefined;
  return {
    before: evaluations.find(({ step }) => step === 0),
    after,
    rates:
      after === undefined || stepsPerSecond === undefined
        ? undefined
        : { seconds: after.seconds, stepsPerSecond, trajectoriesPerSecond: stepsPerSecond * batchSize * replicas },
  };
}

/** Number of rewards that a run evaluated until its last evaluation. */
function rewardsAt({ folder, evaluations }: CsvRun): number | undefined {
  const last = evaluations.at(-1);
  return last && rewardEvaluations(folder.configuration, last.step);
}

/** The adapters that a run was trained on: several if it was resumed on another machine. */
function adaptersOf({ evaluations }: CsvRun): string | undefined {
  const names = evaluations.flatMap(({ adapter }) => (adapter === undefined ? [] : [adapterText(adapter)]));
  return names.length === 0 ? undefined : [...new Set(names)].join("; ");
}

/** The table of a chart's numbers: one line for each position on the first axis. */
export function chartTable({ title, axes, curves }: Chart): string {
  const places = [...new Set(curves.flatMap(({ points }) => points.map(({ at }) => at[0] as number)))].sort((a, b) => a - b);
  const pointsByPlace = curves.map(({ points }) => new Map(points.map((point) => [point.at[0], point])));
  const pointsAt = (place: number) => pointsByPlace.map((points) => points.get(place));
  // Each further axis has one column if all curves have the same positions, else one per curve.
  const positions = axes.flatMap(({ short, inTables }, a): { heading: Cell; positionAt: (place: number) => number | undefined }[] => {
    if (a === 0 || !inTables) return [];
    const known = (place: number) => pointsAt(place).flatMap((point) => (point === undefined ? [] : [point.at[a] as number]));
    if (places.every((place) => new Set(known(place)).size === 1)) return [{ heading: short, positionAt: (place) => known(place)[0] }];
    return curves.map(({ label, colour }, c) => ({
      heading: { text: `${short}, ${label}`, colour },
      positionAt: (place) => pointsAt(place)[c]?.at[a],
    }));
  });
  const rows = places.map((place): Cell[] => [
    String(place),
    ...positions.map(({ positionAt }) => String(positionAt(place) ?? NOTHING)),
    ...pointsAt(place).map((point) => (point === undefined ? NOTHING : spreadText(point, point.replicas))),
  ]);
  const headings = [
    axes[0]?.short ?? "",
    ...positions.map(({ heading }) => heading),
    ...curves.map(({ label, colour }) => ({ text: label, colour })),
  ];
  const spreads = curves.some(({ points }) => points.some(({ replicas }) => replicas > 1));
  return tableHtml(`${title}${spreads ? ", mean ± population sd over the sound replicas" : ""}`, headings, rows);
}

/** The table of all settings of the runs on one environment. */
export function configurationTable({ runs }: RunGroup): string {
  const isSet = (field: keyof Configuration) => runs.some(({ folder }) => folder.configuration[field] !== undefined);
  const fields = (Object.keys(SETTINGS) as (keyof Configuration)[]).filter(
    (field) => field !== "environment" && field !== "env" && isSet(field),
  );
  const rows = fields.map((field) => [field, ...runs.map(({ folder }) => parameterText(folder.configuration[field]))]);
  return tableHtml("Configuration", ["setting", ...runs.map(({ label }, colour) => ({ text: label, colour }))], rows);
}

/** The environment's parameters as text, such as `items 32, size 16`. */
export function parametersText({ runs }: RunGroup): string {
  return Object.entries(runs[0]?.folder.configuration.env ?? {})
    .map(([name, value]) => `${name} ${parameterText(value)}`)
    .join(", ");
}

/** Columns of every CSV, measured or not, so that programs can rely on them. */
const ALWAYS: readonly Column[] = [columns.l1, columns.js, columns.logZ, columns.logZError];

/** Cells by the names of their columns. */
export type Row = Record<string, CsvValue>;

/** The parts of a run that CSV rows need. */
export interface CsvRun {
  folder: { readonly path: string; readonly configuration: Configuration };
  evaluations: readonly Evaluation[];
}

/**
 * The final values of all runs as CSV (RFC 4180), with one line for each seed of each run. Unknown values are empty. A text that a
 * spreadsheet would run as a formula begins with an apostrophe. Every line has
 *
 * - the settings of the run: parameters of the environment as `env.NAME`, those of user-defined objectives and policies as
 *   `objective.NAME` and `policy.NAME`, and g of a balance loss as `objective.loss`, because `loss` is a measured column;
 * - for each column KEY: KEY and KEYSd, the mean and the population sd over the run's sound replicas, and for a column with a direction
 *   of improvement KEYBefore and KEYBeforeSd, the values before training;
 * - `rewardEvaluations`, the number of rewards in training; for a reward on the host also `objectsEvaluated` and `rewardSeconds`, its calls
 *   and time until the last evaluation;
 * - the seed: `replica`, `seed`, whether it is `sound`, and for each column this seed's value, as `seed` followed by KEY with a capital.
 *
 * @example
 * ```ts
 * import { writeFileSync } from "node:fs";
 * import { finalValuesCsv, readRuns } from "@webgfn/report";
 * writeFileSync("report.csv", finalValuesCsv(await readRuns(["runs/sets", "runs/sets-tb"], [])));
 * ```
 */
export function finalValuesCsv(groups: readonly RunGroup[]): string {
  requireGroups(groups);
  const all = withUsualColumns(columnsOf(groups.flatMap(({ runs }) => runs)));
  const rows = groups.flatMap(({ environment, title, runs }) => {
    return runs.flatMap((run) => csvRows(title, environment && exactLogZ(environment, run.folder.configuration), run, all));
  });
  return rowsCsv(rows);
}

/** Measured columns, and those of every CSV. */
export function withUsualColumns(measured: readonly Column[]): Column[] {
  return inOrder([...measured, ...ALWAYS.filter(({ key }) => !measured.some((column) => column.key === key))]);
}

/** Rows as a CSV. Its columns are those of all rows: runs with other parameters have other columns. */
export function rowsCsv(rows: readonly Row[]): string {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return csv([[...names], ...rows.map((row) => [...names].map((name) => row[name]))]);
}

/** Settings that {@link settingsOf} leaves out, because other cells of a line show them. */
const ELSEWHERE = ["environment", "env", "objectiveParameters", "policyParameters", "rewardParameters", "seed", "files"];

/** All settings of a run by the names of their columns. */
function settingsOf(configuration: Configuration): Row {
  const names = Object.keys(SETTINGS).filter((name) => !ELSEWHERE.includes(name));
  const prefixed = (prefix: string, values: object = {}) =>
    Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, settingCell(value)]);
  return Object.fromEntries([
    ...names.map((name) => [columnOf(name), settingCell(configuration[name as keyof Configuration])]),
    ...prefixed("env", configuration.env),
    ...prefixed("objective", configuration.objectiveParameters),
    ...prefixed("policy", configuration.policyParameters),
    ...prefixed("reward", configuration.rewardParameters),
  ]);
}

/** The column of a setting. A setting with the name of a measured column, such as `loss` (g), gets the prefix `objective.`. */
export function columnOf(setting: string): string {
  return Object.values(columns).some(({ key }) => key === setting) ? `objective.${setting}` : setting;
}

export function settingCell(value: unknown): CsvValue {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "string") return value;
  // Separate numbers by spaces: programs that ignore CSV quotes would split at commas.
  return Array.isArray(value) && value.every((each) => typeof each === "number") ? value.join(" ") : parameterText(value);
}

/**
 * The rows of a run, one for each seed.
 *
 * @param exact the exact log Z, if it is known.
 * @param first cells before all others.
 */
export function csvRows(title: string, exact: number | undefined, run: CsvRun, measured: readonly Column[], first: Row = {}): Row[] {
  const { path, configuration } = run.folder;
  const { before, after, rates } = ends(run);
  const settings = {
    ...first,
    folder: path,
    environment: configuration.environment,
    title,
    ...settingsOf(configuration),
    step: run.evaluations.at(-1)?.step,
    exactLogZ: exact,
  };
  // The key of a user-defined metric may be the name of a setting.
  const nameOf = ({ key }: Column) => (Object.hasOwn(settings, key) ? `${key}Measured` : key);
  const values: Row = {};
  for (const column of measured) {
    const name = nameOf(column);
    const spreads = { [name]: spreadAt(after, column), ...(hasBefore(column) ? { [`${name}Before`]: spreadAt(before, column) } : {}) };
    for (const [key, spread] of Object.entries(spreads)) Object.assign(values, { [key]: spread?.mean, [`${key}Sd`]: spread?.sd });
  }
  const ofRun = {
    ...settings,
    ...values,
    rewardEvaluations: rewardsAt(run),
    objectsEvaluated: after?.rewards?.evaluated,
    rewardSeconds: after?.rewards?.seconds,
    seconds: rates?.seconds,
    stepsPerSecond: rates?.stepsPerSecond,
    trajectoriesPerSecond: rates?.trajectoriesPerSecond,
    adapter: adaptersOf(run),
  };
  return Array.from({ length: configuration.replicas }, (_, r) =>
    Object.assign({}, ofRun, seedCells(configuration, before, after, r, measured)),
  );
}

/** The cells of one seed: its values after training, and before it for columns with a direction of improvement. */
function seedCells(
  configuration: Configuration,
  before: Evaluation | undefined,
  after: Evaluation | undefined,
  r: number,
  measured: readonly Column[],
): Row {
  const [first, last] = [before?.replicas[r], after?.replicas[r]];
  const cells: Row = { replica: r, seed: configuration.seed + r, sound: last && String(last.fault === undefined) };
  for (const column of measured) {
    const name = `seed${column.key[0]?.toUpperCase()}${column.key.slice(1)}`;
    if (hasBefore(column)) cells[`${name}Before`] = first && columnValue(first, column.key);
    cells[name] = last && columnValue(last, column.key);
  }
  return cells;
}
