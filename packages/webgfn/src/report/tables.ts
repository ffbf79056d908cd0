import { type Column, columns, hasBefore, inOrder, type Spread, soundReplicas, spreadOf } from "@webgfn/trainer";
import { type Configuration, FIELDS } from "../configuration.js";
import { adapterText, exactLogZ } from "../results.js";
import type { Evaluation } from "../run-folder.js";
import { type Chart, placesOf } from "./curves.js";
import { type Cell, tableHtml } from "./html.js";
import { numberText, spreadText } from "./numbers.js";
import { columnsOf, parameterText, type ReportedRun, type RunGroup } from "./runs.js";

export { adapterText };

const NOTHING = "–";

/** The final values of runs on the same environment, for people. */
export function finalTable(group: RunGroup): string {
  const { environment, runs } = group;
  const shown = columnsOf(runs).filter(({ shown: where = "everywhere", perObjective = false }) => where === "everywhere" && !perObjective);
  const exact = exactLogZ(environment);
  const headings = [
    "objective",
    "estimator",
    "step",
    "replicas",
    ...shown.flatMap((column) => (hasBefore(column) ? [`${column.label} before`, `${column.label} after`] : [column.label])),
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

/** The evaluations before and after training, and how fast it went. */
function ends({ folder, evaluations }: ReportedRun) {
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

/** Where a run was trained: more than one adapter where it was gone on with elsewhere. */
function adaptersOf({ evaluations }: ReportedRun): string | undefined {
  const names = evaluations.flatMap(({ adapter }) => (adapter === undefined ? [] : [adapterText(adapter)]));
  return names.length === 0 ? undefined : [...new Set(names)].join("; ");
}

/** What a chart shows, as numbers. */
export function chartTable(chart: Chart): string {
  const pointsByPlace = chart.curves.map(({ points }) => new Map(points.map((point) => [point.at, point])));
  const rows = placesOf(chart).map((place): Cell[] => [
    String(place),
    ...pointsByPlace.map((points) => {
      const point = points.get(place);
      return point === undefined ? NOTHING : spreadText(point, point.replicas);
    }),
  ]);
  const headings = [chart.across.short, ...chart.curves.map(({ label, colour }) => ({ text: label, colour }))];
  const spreads = chart.curves.some(({ points }) => points.some(({ replicas }) => replicas > 1));
  return tableHtml(`${chart.title}${spreads ? ", mean ± population sd over the sound replicas" : ""}`, headings, rows);
}

/** Every setting of the runs on one environment. */
export function configurationTable({ runs }: RunGroup): string {
  const fields = (Object.keys(FIELDS) as (keyof Configuration)[]).filter((field) => field !== "environment" && field !== "env");
  const rows = fields.map((field) => [field, ...runs.map(({ folder }) => parameterText(folder.configuration[field]))]);
  return tableHtml("Configuration", ["setting", ...runs.map(({ label }, colour) => ({ text: label, colour }))], rows);
}

/** The environment's parameters, `items 32, size 16`. */
export function parametersText({ runs }: RunGroup): string {
  return Object.entries(runs[0]?.folder.configuration.env ?? {})
    .map(([name, value]) => `${name} ${parameterText(value)}`)
    .join(", ");
}

/** Columns that every CSV has, so that a program finds them whatever was measured. */
const ALWAYS: readonly Column[] = [columns.l1, columns.js, columns.logZ, columns.logZError];

/**
 * The final values of all runs as CSV (RFC 4180), one run a line; what is not known is empty. For each column KEY there are KEY
 * and KEYSd, the mean and the population sd over the sound replicas, and where it is to improve KEYBefore and KEYBeforeSd.
 */
export function finalValuesCsv(groups: readonly RunGroup[]): string {
  const measured = columnsOf(groups.flatMap(({ runs }) => runs));
  const missing = ALWAYS.filter(({ key }) => !measured.some((column) => column.key === key));
  const rows = groups.flatMap((group) => group.runs.map((run) => csvRow(group, run, inOrder([...measured, ...missing]))));
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
  return lines.map((values) => `${values.map(csvCell).join(",")}\r\n`).join("");
}

function csvRow(
  { environment }: RunGroup,
  run: ReportedRun,
  measured: readonly Column[],
): Record<string, string | number | null | undefined> {
  const { path, configuration } = run.folder;
  const { before, after, rates } = ends(run);
  const settings = {
    folder: path,
    environment: configuration.environment,
    title: environment.title,
    objective: configuration.objective,
    alpha: configuration.alpha,
    lambda: configuration.lambda,
    weights: configuration.weights,
    estimator: configuration.estimator,
    batchSize: configuration.batchSize,
    replicas: configuration.replicas,
    steps: configuration.steps,
    step: run.evaluations.at(-1)?.step,
    exactLogZ: exactLogZ(environment),
  };
  const values: Record<string, number | undefined> = {};
  for (const column of measured) {
    // A metric of one's own may be called like a setting.
    const name = column.key in settings ? `${column.key}Measured` : column.key;
    const spreads = { [name]: spreadAt(after, column), ...(hasBefore(column) ? { [`${name}Before`]: spreadAt(before, column) } : {}) };
    for (const [key, spread] of Object.entries(spreads)) Object.assign(values, { [key]: spread?.mean, [`${key}Sd`]: spread?.sd });
  }
  return {
    ...settings,
    ...values,
    seconds: rates?.seconds,
    stepsPerSecond: rates?.stepsPerSecond,
    trajectoriesPerSecond: rates?.trajectoriesPerSecond,
    adapter: adaptersOf(run),
  };
}

function csvCell(value: string | number | null | undefined): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
