import type { Column } from "@webgfn/trainer";
import type { Point } from "../protocol.js";

/** The values of all objectives at one evaluation. */
export interface CurveRecord {
  step: number;
  /** [objective] */
  points: readonly Point[];
}

/** The curves as a table: a line per evaluation and objective, with the columns' names at the top. What was not measured is empty. */
export function curvesCsv(labels: readonly string[], columns: readonly Column[], records: readonly CurveRecord[]): string {
  const lines = [
    ["step", "objective", ...columns.map(({ key }) => key)],
    ...records.flatMap(({ step, points }) =>
      labels.map((label, n) => [String(step), label, ...columns.map(({ key }) => numberIn(points[n]?.[key]))]),
    ),
  ];
  return lines.map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

const numberIn = (value: number | undefined): string => (value === undefined || !Number.isFinite(value) ? "" : String(value));
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
