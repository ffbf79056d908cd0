import type { Column } from "@webgfn/trainer";
import type { RunFrame } from "../protocol.js";

/** The values of all objectives at one evaluation. */
export interface CurveRecord {
  step: number;
  /** [objective] */
  runs: readonly Pick<RunFrame, "values" | "ranges">[];
}

/**
 * The curves as a table: a line per evaluation and objective, with the columns' names at the top. Missing values are empty. Several replicas
 * have the mean, the lowest and the highest value.
 */
export function curvesCsv(labels: readonly string[], columns: readonly Column[], records: readonly CurveRecord[]): string {
  const hasRanges = records.some(({ runs }) => runs.some(({ ranges }) => ranges !== undefined));
  const lines = [
    ["step", "objective", ...columns.flatMap(({ key }) => (hasRanges ? [key, `${key}Low`, `${key}High`] : [key]))],
    ...records.flatMap(({ step, runs }) =>
      labels.map((label, n) => {
        const cells = columns.flatMap(({ key }) => {
          const [low, high] = runs[n]?.ranges?.[key] ?? [];
          const mean = numberIn(runs[n]?.values[key]);
          return hasRanges ? [mean, numberIn(low), numberIn(high)] : [mean];
        });
        return [String(step), label, ...cells];
      }),
    ),
  ];
  return lines.map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

const numberIn = (value: number | undefined): string => (value === undefined || !Number.isFinite(value) ? "" : String(value));
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
