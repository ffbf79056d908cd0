import { contentOf, DataFault, type DataFile, eachLine, fault, quoted } from "../data-file.js";
import type { Separator } from "./csv-records.js";
import { readTable, type SampleOptions, type SampleTable, ShapeFault, type TableReading } from "./csv-table.js";

export type { SampleTable } from "./csv-table.js";

const COMMA: Separator = { name: "commas", character: "," };
const BLANKS: Separator = { name: "blanks" };
const SEPARATORS: readonly Separator[] = [
  COMMA,
  { name: "tabs", character: "\t" },
  { name: "semicolons", character: ";" },
  { name: "bars", character: "|" },
  BLANKS,
];

/** Excel's first line that names the separator. */
const SAYS_SEPARATOR = /^"?sep=([^"\r\n])"?[,;\t]*(\r\n?|\n)/i;
/** Number of lines, and of characters per line, that are searched for separators. */
const LINES_LOOKED_AT = 100;
const MOST_LOOKED_AT = 10_000;

/**
 * Reads a table of numbers, or of levels, with one sample per line: separated by commas, tabs, semicolons, bars or blanks, with or without a
 * header, with decimal points or decimal commas. A first column of row labels (an index) is left out. Lines that begin with "#" or "//" are
 * comments. Empty lines at the end are allowed. A first line `sep=;` names the separator.
 *
 * @throws WebgfnError `file` with the line, the column, what was found there and a possible reason; also if the file can be read in two ways.
 */
export function readSamples(file: DataFile, options: SampleOptions = {}): SampleTable {
  const text = contentOf(file, `comma-separated ${options.values ?? "numbers"}, one sample a line`);
  const said = SAYS_SEPARATOR.exec(text);
  if (said !== null) {
    const [line, character = ","] = said;
    const separator = character === " " ? BLANKS : { name: quoted(character), character };
    return checked(readTable(file, text, separator, { at: line.length, line: 2 }, options));
  }
  const lines = firstLines(text);
  checkKind(file, lines);
  return onlyReading(file, text, candidates(lines), options);
}

/** {@link readSamples} for numbers. */
export function parseNumericCsv(file: DataFile): SampleTable {
  return readSamples(file);
}

/** The first lines that are neither empty nor comments, cut to the number of characters that are searched. */
function firstLines(text: string): string[] {
  const lines: string[] = [];
  for (const { text: line } of eachLine(text)) {
    if (/^\s*($|#(?!n\/a)|\/\/)/i.test(line)) continue;
    lines.push(line.slice(0, MOST_LOOKED_AT));
    if (lines.length === LINES_LOOKED_AT) break;
  }
  return lines;
}

/** Refuses a file that is known not to be a table of samples, and names its kind. */
function checkKind(file: DataFile, [first = "", second = ""]: readonly string[]): void {
  const isTetrad = /^\s*\/[a-z]+/i.test(first);
  const isMatrix = /^\s*\d+\s*$/.test(first) && /^\s*[^\s\d.,;+-]\S*\s+\S/.test(second);
  if (!isTetrad && !isMatrix) return;
  const found = isMatrix ? "a sample size and names, as before a covariance or correlation matrix" : "a section";
  throw fault(file, 1, `expected samples, one a line, found ${found} (a file of Tetrad); give the samples themselves`);
}

/** The separators that occur in the first lines; if there are none, the comma, for a table of one column. */
function candidates(lines: readonly string[]): readonly Separator[] {
  const head = lines.join("\n");
  const found = SEPARATORS.filter(({ character }) => character !== undefined && head.includes(character));
  // Blanks may separate cells, unless there are tabs outside quotes: then blanks are part of a cell.
  if (/\S[ \t]+\S/.test(head) && !head.replace(/"[^"]*"/g, "").includes("\t")) found.push(BLANKS);
  return found.length > 0 ? found : [COMMA];
}

function checked({ table, check }: TableReading): SampleTable {
  check();
  return table;
}

/** The only table that the text can be read as. If there is none, it throws the error of the reading that came furthest. */
function onlyReading(file: DataFile, text: string, separators: readonly Separator[], options: SampleOptions): SampleTable {
  const readings: { separator: Separator; reading: TableReading }[] = [];
  let furthest: DataFault | undefined;
  for (const separator of separators) {
    try {
      readings.push({ separator, reading: readTable(file, text, separator, { at: 0, line: 1 }, options) });
    } catch (error) {
      if (!(error instanceof DataFault)) throw error;
      if (furthest === undefined || isFurther(error, furthest)) furthest = error;
    }
  }
  const [first, ...others] = readings;
  if (first === undefined) throw furthest;
  const other = others.find(({ reading }) => !isSame(reading.table, first.reading.table));
  if (other === undefined) return checked(first.reading);
  const shown = [first, other].map(({ separator, reading }) => `${reading.table.names.length} columns separated by ${separator.name}`);
  throw fault(
    file,
    1,
    `the file can be read in two ways, as ${shown.join(" and as ")}; say which with a first line sep= and the separator`,
  );
}

/** Of two errors in one line, the error of a cell is more informative than a wrong number of cells. */
function isFurther(a: DataFault, b: DataFault): boolean {
  return a.reached > b.reached || (a.reached === b.reached && b instanceof ShapeFault && !(a instanceof ShapeFault));
}

function isSame(a: SampleTable, b: SampleTable): boolean {
  return (
    a.names.length === b.names.length &&
    a.rows.length === b.rows.length &&
    a.names.every((name, n) => name === b.names[n]) &&
    a.rows.every((row, n) => row.every((value, column) => value === b.rows[n]?.[column]))
  );
}
