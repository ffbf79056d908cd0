import { soundReplicas } from "@webgfn/trainer/internal";
import { escapeText } from "../html.js";
import { numberText, spreadText } from "../numbers.js";
import { runsText, seedsText, stateText, stepText } from "./cells.js";
import type { Metric } from "./metrics.js";
import { summaryOf, type Variant, type Variants } from "./variants.js";

/** A cell, with the number to sort by. Without a number, the text is used. */
interface SortedCell {
  text: string;
  number?: number | undefined;
}

interface SortedColumn {
  heading: string;
  help?: string;
  /** Index of the metric in the column. */
  metric?: number;
  /** The direction of the first click. */
  first?: "descending" | undefined;
  isNumeric: boolean;
  cell(variant: Variant): SortedCell;
}

/** The table of all combinations. A click on a heading sorts it; at first it is sorted by the chosen metric. */
export function settingsTable({ axes, variants }: Variants, metrics: readonly Metric[], chosen: number): string {
  const columns = columnsOf(axes, metrics);
  const by = columns.findIndex(({ metric }) => metric === chosen);
  const rows = variants.map((variant, v) => ({ v, cells: columns.map(({ cell }) => cell(variant)) }));
  const descending = columns[by]?.first === "descending";
  // Cells without a value come last.
  const orderOf = (cell: SortedCell | undefined) =>
    cell?.number === undefined ? Number.POSITIVE_INFINITY : cell.number * (descending ? -1 : 1);
  if (by >= 0) rows.sort((a, b) => orderOf(a.cells[by]) - orderOf(b.cells[by]) || a.v - b.v);
  const head = columns.map(({ heading, help, metric, first, isNumeric }, c) => {
    const attributes = [
      'scope="col"',
      ...(c === by ? [`aria-sort="${descending ? "descending" : "ascending"}"`] : []),
      ...(isNumeric ? ['class="number"'] : []),
    ];
    const data = [...(metric === undefined ? [] : [`data-metric="${metric}"`]), ...(first === undefined ? [] : [`data-first="${first}"`])];
    const title = help === undefined ? "" : ` title="${escapeText(help)}"`;
    return `<th ${[...attributes, ...data].join(" ")}><button type="button"${title}>${escapeText(heading)}</button></th>`;
  });
  const body = rows.map(({ v, cells }) => {
    const all = cells.map(({ text, number }, c) => {
      const sorted = number === undefined || String(number) === text ? "" : ` data-number="${Number(number.toPrecision(7))}"`;
      return `<td${columns[c]?.isNumeric ? ' class="number"' : ""}${sorted}>${escapeText(text)}</td>`;
    });
    return `<tr data-variant="${v}">${all.join("")}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="All settings">
<table id="settings"><caption>All settings: mean ± population sd over the sound seeds. Click a heading to sort.</caption>
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody></table></div>`;
}

function columnsOf(axes: Variants["axes"], metrics: readonly Metric[]): SortedColumn[] {
  return [
    ...axes.map(
      ({ key, values, numbers }, a): SortedColumn => ({
        heading: key,
        isNumeric: numbers !== undefined,
        cell: ({ at }) => ({ text: values[at[a] as number] as string, number: numbers?.[at[a] as number] }),
      }),
    ),
    { heading: "state", isNumeric: false, cell: (variant) => ({ text: stateText(variant) }) },
    {
      heading: "seeds",
      isNumeric: true,
      cell: (variant) => {
        const valued = soundReplicas(variant.final).length;
        return { text: seedsText(valued, variant), number: valued };
      },
    },
    ...metrics.map(
      ({ key, label, help, direction }, metric): SortedColumn => ({
        heading: label,
        help: direction === undefined ? help : `${help}; ${direction} is better`,
        metric,
        first: direction === "higher" ? "descending" : undefined,
        isNumeric: true,
        cell: ({ final }) => {
          const summary = summaryOf(final, key);
          return summary === undefined ? { text: "–" } : { text: spreadText(summary, summary.seeds), number: summary.mean };
        },
      }),
    ),
    { heading: "steps", isNumeric: true, cell: (variant) => ({ text: stepText(variant), number: variant.step }) },
    {
      heading: "seconds",
      isNumeric: true,
      cell: ({ seconds }) => ({ text: seconds === undefined ? "–" : numberText(seconds), number: seconds }),
    },
    { heading: "runs", isNumeric: false, cell: (variant) => ({ text: runsText(variant), number: variant.runs[0]?.index }) },
  ];
}
