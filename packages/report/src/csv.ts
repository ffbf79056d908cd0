/** Beginnings that make a spreadsheet read a cell as a formula, including full-width forms. */
const FORMULA = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;
/** Numbers separated by blanks: not formulas, although they may begin with a sign. */
const NUMBERS = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?( [+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)*$/i;

/** The value of a CSV cell; an unknown value is an empty cell. */
export type CsvValue = string | number | null | undefined;

/**
 * A cell of a CSV (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe before it: names of adapters and
 * folders come from files that somebody else may have written.
 */
function cell(value: CsvValue): string {
  const plain = String(value ?? "");
  const text = typeof value === "string" && FORMULA.test(plain) && !NUMBERS.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of cells as a CSV. */
export function csv(lines: readonly (readonly CsvValue[])[], lineEnd = "\r\n"): string {
  return lines.map((values) => `${values.map(cell).join(",")}${lineEnd}`).join("");
}
