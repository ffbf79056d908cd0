import type { CsvValue } from "../csv.js";
import { columnOf, csvRows, type Row, rowsCsv, settingCell, withUsualColumns } from "../tables.js";
import { flattened } from "./setting-axes.js";
import type { Sweep, SweptRun } from "./swept-runs.js";
import { environmentText } from "./variants.js";

/**
 * The values of all runs of a sweep as CSV (RFC 4180), with one line for each seed: the columns of `report.csv`, after `index` in the plan,
 * `state` and `failure`. A run that has not begun has only its settings.
 */
export function sweepCsv({ runs, columns }: Sweep): string {
  const all = withUsualColumns(columns);
  return rowsCsv(
    runs.flatMap((run) => {
      const { index, state, failure, folder, configuration, evaluations, exactLogZ } = run;
      const ofRun = { index, state, failure };
      if (configuration === undefined) return plannedRows(run, ofRun);
      return csvRows(environmentText(configuration), exactLogZ, { folder: { path: folder, configuration }, evaluations }, all, ofRun);
    }),
  );
}

/** Most seeds of a run. A tampered plan may contain more. */
const MOST_PLANNED = 4096;

/** The rows of the seeds of a run that has not begun, as far as the plan contains them. */
function plannedRows({ folder, settings }: SweptRun, first: Row): Row[] {
  const cells = Object.entries(flattened(settings)).map(([key, value]): [string, CsvValue] => [columnOf(key), settingCell(value)]);
  const row = { ...first, folder, ...Object.fromEntries(cells) };
  const { seed, replicas } = settings;
  if (typeof seed !== "number" || typeof replicas !== "number" || !(replicas <= MOST_PLANNED)) return [row];
  return Array.from({ length: replicas }, (_, r) => ({ ...row, replica: r, seed: seed + r }));
}
