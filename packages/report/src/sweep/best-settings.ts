import { escapeText, tableHtml } from "../html.js";
import { spreadText } from "../numbers.js";
import { runsText, seedsText, stateText, stepText } from "./cells.js";
import { type Metric, type Ranked, ranked } from "./metrics.js";
import type { Variant, Variants } from "./variants.js";

/** Rows of the table of the best combinations. */
const BEST = 5;
/** Most environments with separate tables. */
const MOST_PROBLEMS = 12;

/** The best settings by each metric; the page shows one metric at a time. */
export function bestHtml(all: Variants, metrics: readonly Metric[], chosen: number): string {
  return metrics.map((metric, m) => `<div data-best="${m}"${m === chosen ? "" : " hidden"}>\n${bestBy(all, metric)}\n</div>`).join("\n");
}

function bestBy({ axes, problems, variants }: Variants, metric: Metric): string {
  if (metric.direction === undefined)
    return `<p>${escapeText(metric.label)} has no direction of improvement, so that no settings are best. Choose another metric.</p>`;
  const shown = problems.slice(0, MOST_PROBLEMS).map((title, problem) => {
    const own = variants.filter((variant) => variant.problem === problem);
    // Within one environment, the environment's settings do not differ.
    const differing = axes.map((_, a) => a).filter((a) => new Set(own.map(({ at }) => at[a])).size > 1);
    const table = (caption: string, rows: readonly Ranked[]) =>
      rankedTable(`${caption}${title === "" ? "" : ` on ${title}`}`, rows, axes, differing, metric);
    const objectives = bestOfObjectives(own, metric);
    const tables = [
      ...(objectives.length > 1 ? [table("Best settings of each objective", objectives)] : []),
      ...(objectives.length > 1 && metric.perObjective ? [] : [table(`Best settings`, ranked(own, metric).slice(0, BEST))]),
    ];
    return `${problems.length > 1 ? `<h3>${escapeText(title)}</h3>\n` : ""}<div class="tables">\n${tables.join("\n")}\n</div>`;
  });
  const rest = problems.length - MOST_PROBLEMS;
  return [...shown, ...(rest > 0 ? [`<p>${rest} more environments are in the table of all settings.</p>`] : [])].join("\n");
}

/** The best combination of each objective, the best one first if they can be compared. */
function bestOfObjectives(variants: readonly Variant[], metric: Metric): Ranked[] {
  const nameOf = ({ objective, fullObjective }: Variant) => (metric.perObjective ? fullObjective : objective);
  const names = [...new Set(variants.map(nameOf))];
  const best = names.flatMap((name) =>
    ranked(
      variants.filter((variant) => nameOf(variant) === name),
      metric,
    ).slice(0, 1),
  );
  if (metric.perObjective) return best;
  const order = ranked(
    best.map(({ variant }) => variant),
    metric,
  ).map(({ variant }) => variant);
  return [...best].sort((a, b) => place(order, a.variant) - place(order, b.variant));
}

/** The rank of a combination. Unranked combinations, which are unfinished while others are finished, come last. */
function place(order: readonly Variant[], variant: Variant): number {
  return order.includes(variant) ? order.indexOf(variant) : order.length;
}

function rankedTable(
  caption: string,
  rows: readonly Ranked[],
  axes: Variants["axes"],
  differing: readonly number[],
  metric: Metric,
): string {
  const isWhole = rows.every(({ variant }) => variant.isDone);
  const isRanked = metric.perObjective !== true;
  const headings = [
    ...(isRanked ? ["rank"] : []),
    metric.label,
    ...differing.map((a) => axes[a]?.key as string),
    "seeds",
    "steps",
    ...(isWhole ? [] : ["state"]),
    "run",
  ];
  const cells = rows.map(({ variant, summary }, k) => [
    ...(isRanked ? [String(k + 1)] : []),
    spreadText(summary, summary.seeds),
    ...differing.map((a) => axes[a]?.values[variant.at[a] as number] as string),
    seedsText(summary.seeds, variant),
    stepText(variant),
    ...(isWhole ? [] : [stateText(variant)]),
    runsText(variant),
  ]);
  return tableHtml(caption, headings, cells);
}
