import { type CsvRecord, csvRecords } from "../dags/csv-records.js";
import { numberOf } from "../dags/numbers.js";
import { checkName, contentOf, type DataFile, eachLine, fault, quoted } from "../data-file.js";

/** Items with a weight and a value each. */
export interface Items {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  readonly values: readonly number[];
}

export const MOST_ITEMS = 1000;
export const LARGEST_NUMBER = 1e6;

/**
 * Reads items from a table, one per line, with the columns `weight` and `value`, and optionally `name`, in any order. Without a header, a
 * line has a weight and a value. Columns are separated by commas, semicolons, tabs or blanks.
 *
 * @throws WebgfnError `file` with the line, what was expected and what was found.
 */
export function parseItems(file: DataFile): Items {
  const text = contentOf(file, "a table of items with the columns weight and value");
  const [first, ...others] = tableRows(file, text);
  if (first === undefined) throw fault(file, 1, "expected items, found none");
  const titles = first.cells.map((cell) => cell.toLowerCase());
  const hasHeader = titles.some((title) => Number.isNaN(numberOf(title)));
  const [weight, value] = hasHeader ? [titles.indexOf("weight"), titles.indexOf("value")] : [0, 1];
  if (weight < 0 || value < 0) {
    throw fault(file, first.line, `expected the columns weight and value, found ${quoted(first.cells.join(", "))}`);
  }
  const name = hasHeader ? titles.indexOf("name") : -1;
  const columns = hasHeader ? titles.length : 2;
  const rows = hasHeader ? others : [first, ...others];
  if (rows.length === 0) throw fault(file, first.line, "expected items below the header, found none");
  if (rows.length > MOST_ITEMS)
    throw fault(file, rows[MOST_ITEMS]?.line ?? 1, `expected at most ${MOST_ITEMS} items, found ${rows.length}`);
  const cell = ({ line, cells }: CsvRecord, column: number, what: string, least: number): number => {
    const number = numberOf(cells[column] as string);
    if (number >= least && number <= LARGEST_NUMBER) return number;
    throw fault(file, line, `expected a ${what} from ${least} to ${LARGEST_NUMBER}, found ${quoted(cells[column] as string)}`);
  };
  for (const { line, cells } of rows) {
    if (cells.length !== columns) throw fault(file, line, `expected ${columns} columns, found ${cells.length}`);
    if (name >= 0) checkName(file, line, cells[name] as string);
  }
  return {
    names: rows.map(({ cells }, n) => (name < 0 ? String(n) : (cells[name] as string))),
    weights: rows.map((row) => cell(row, weight, "weight", 0)),
    values: rows.map((row) => cell(row, value, "value", -LARGEST_NUMBER)),
  };
}

function tableRows(file: DataFile, text: string): CsvRecord[] {
  const head = [...eachLine(text)].find(({ text: line }) => /^\s*[^\s#]/.test(line))?.text ?? "";
  const character = [";", "\t", ","].find((separator) => head.includes(separator));
  const separator = character === undefined ? { name: "blanks" } : { name: character, character };
  return [...csvRecords(file, text, separator)].filter(({ comment, cells }) => !comment && cells.length > 0);
}
