import { contentOf, type DataFile, fault, linesOf, quoted } from "../data-file.js";

/** A table of numbers. */
export interface NumericTable {
  /** The header's names, or `x0`, `x1`, … where there is no header. */
  names: string[];
  rows: Float64Array[];
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** What programs write for a value that is missing or not finite: never a header's name. */
const NOT_A_VALUE = /^([+-]?(nan|inf|infinity)|na|n\/a|null|none|)$/i;

/** Cells of a line, without the spaces and quotes around them. */
function cells(line: string): string[] {
  return line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

/**
 * Reads comma-separated numbers, one sample a line, with or without a header line. Empty lines at the end are allowed.
 *
 * @throws WebgfnError `file` with the file, the line and what was expected there.
 */
export function parseNumericCsv(file: DataFile): NumericTable {
  const lines = linesOf(contentOf(file, "comma-separated numbers, one sample a line"));
  while (lines.at(-1)?.trim() === "") lines.pop();

  const header = cells(lines[0] as string);
  const named = header.every((cell) => !NUMBER.test(cell) && !NOT_A_VALUE.test(cell));
  const names = named ? header : header.map((_, i) => `x${i}`);
  const columns = new Map<string, number>();
  names.forEach((name, column) => {
    const before = columns.get(name);
    if (before !== undefined)
      throw fault(file, 1, `expected every name once, but ${quoted(name)} names columns ${before + 1} and ${column + 1}`);
    columns.set(name, column);
  });
  const rows = lines.slice(named ? 1 : 0).map((text, index) => {
    const line = index + (named ? 2 : 1);
    const values = cells(text);
    if (values.length !== names.length) {
      const expected = `${names.length} value${names.length === 1 ? "" : "s"}`;
      throw fault(file, line, `expected ${expected} as in line 1, found ${text.trim() === "" ? "none" : values.length}`);
    }
    return Float64Array.from(values, (cell, column) => {
      const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
      if (!Number.isFinite(value)) throw fault(file, line, `expected a finite number in column ${column + 1}, found ${quoted(cell)}`);
      return value;
    });
  });
  return { names, rows };
}
