import { type Configuration, FIELDS } from "../configuration.js";
import { adapterText, exactLogZ, type Spread } from "../results.js";
import { type Chart, logZError, placesOf } from "./curves.js";
import { type Cell, tableHtml } from "./html.js";
import { numberText, spreadText } from "./numbers.js";
import { distanceOf, parameterText, type ReportedRun, type RunGroup, spreadAt } from "./runs.js";

export { adapterText };

const NOTHING = "–";

/** The final values of runs on the same environment, for people. */
export function finalTable(group: RunGroup): string {
  const { environment, runs } = group;
  const distance = distanceOf(group);
  const name = distance === "l1" ? "L1" : "JS";
  const exact = exactLogZ(environment);
  const columns = [
    "objective",
    "estimator",
    "step",
    "replicas",
    ...(distance === undefined ? [] : [`${name} before`, `${name} after`]),
    "log Z",
    ...(exact === undefined ? [] : ["error of log Z"]),
    "seconds",
    "steps/s",
    "trajectories/s",
    "adapter",
    "folder",
  ];
  const rows = runs.map((run, colour): Cell[] => {
    const { configuration, path } = run.folder;
    const { before, after, rates } = ends(run);
    const spreadCell = (value: Spread | undefined) => (value === undefined ? NOTHING : spreadText(value, configuration.replicas));
    const rate = (value: number | undefined) => (value === undefined ? NOTHING : numberText(value));
    return [
      { text: run.label, colour },
      configuration.estimator,
      `${run.evaluations.at(-1)?.step ?? NOTHING} of ${configuration.steps}`,
      String(configuration.replicas),
      ...(distance === undefined ? [] : [spreadCell(spreadAt(before, distance)), spreadCell(spreadAt(after, distance))]),
      spreadCell(spreadAt(after, "logZ")),
      ...(exact === undefined ? [] : [spreadCell(after && logZError(after, exact))]),
      rate(rates?.seconds),
      rate(rates?.stepsPerSecond),
      rate(rates?.trajectoriesPerSecond),
      adaptersOf(run) ?? "not recorded",
      path,
    ];
  });
  const truth = exact === undefined ? "" : `; exact log Z ${Number(exact.toFixed(4))}`;
  return tableHtml(`Final values, mean ± population sd over the replicas${truth}`, columns, rows);
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
  const columns = [chart.across.short, ...chart.curves.map(({ label, colour }) => ({ text: label, colour }))];
  const spreads = chart.curves.some(({ points }) => points.some(({ replicas }) => replicas > 1));
  return tableHtml(`${chart.title}${spreads ? ", mean ± population sd over the replicas" : ""}`, columns, rows);
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

/** The final values of all runs as CSV (RFC 4180), one run a line; what is not known is empty. */
export function finalValuesCsv(groups: readonly RunGroup[]): string {
  const rows = groups.flatMap((group) => group.runs.map((run) => csvRow(group, run)));
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
  return lines.map((values) => `${values.map(csvCell).join(",")}\r\n`).join("");
}

function csvRow({ environment }: RunGroup, run: ReportedRun): Record<string, string | number | null | undefined> {
  const { path, configuration } = run.folder;
  const { before, after, rates } = ends(run);
  const exact = exactLogZ(environment);
  const [l1Before, l1, jsBefore, js] = (["l1", "js"] as const).flatMap((key) => [spreadAt(before, key), spreadAt(after, key)]);
  const logZ = spreadAt(after, "logZ");
  const error = after && exact !== undefined ? logZError(after, exact) : undefined;
  return {
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
    l1Before: l1Before?.mean,
    l1BeforeSd: l1Before?.sd,
    l1: l1?.mean,
    l1Sd: l1?.sd,
    jsBefore: jsBefore?.mean,
    jsBeforeSd: jsBefore?.sd,
    js: js?.mean,
    jsSd: js?.sd,
    logZ: logZ?.mean,
    logZSd: logZ?.sd,
    exactLogZ: exact,
    logZError: error?.mean,
    logZErrorSd: error?.sd,
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
