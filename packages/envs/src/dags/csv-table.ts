import { checkName, DataFault, type DataFile, fault, quoted } from "../data-file.js";
import { type CsvRecord, csvRecords, type Separator } from "./csv-records.js";
import { causeOf, isGrouped, isMissing, isMissingLevel, isNumber, isWhole, levelOf, numberOf } from "./numbers.js";

/** A table of samples. */
export interface SampleTable {
  /** The header's names, or `x0`, `x1`, … without a header. The columns of row labels and interventions are left out. */
  names: string[];
  /** [row][column]: numbers, or numbers of levels. */
  rows: Float64Array[];
  /** [column]: the names of its levels, in the order in which they occur, if the values are levels. */
  levels?: string[][];
  /** [row]: the index of the column with the intervention, or −1. Absent without a column of interventions. */
  interventions?: Int32Array;
  /** Number of rows that were left out because a value was missing. */
  dropped: number;
}

/** How the cells of a table are read. */
export interface SampleOptions {
  /** Whether values are numbers (default), or levels: words or numbers of which each column has a few. */
  values?: "numbers" | "levels";
  /**
   * The name of a column that names the variable on which an experiment intervened in each sample, by its name or its number from 1; an empty
   * cell means none.
   */
  interventions?: string | undefined;
  /** What happens to a row without a value: it is refused (default) or left out. */
  missing?: "refuse" | "drop";
}

/** Most rows. It bounds the cost of a file. */
const MOST_ROWS = 1_000_000;
/** Most levels of a column. */
const MOST_LEVELS = 256;
/** Fewest rows that count 1, 2, 3, … for the first column to look like an index. */
const FEWEST_COUNTED = 4;
/** What pandas and readr write in place of a missing name. */
const NAMELESS = /^(|unnamed: ?\d+(\.\d+)?|\.\.\.\d+)$/i;
/** Names of a first column that numbers the rows rather than measuring something. */
const INDEX_NAME = /^(index|id|row|rows?[._ ]?(names?|numbers?|nums?|ids?))$/i;
/** Names that R gives an unnamed first column when it reads a table. The column is an index if it counts the rows. */
const R_INDEX_NAME = /^(X|V1)$/;

/** Advice for a missing value. */
const DROP = "fill it in, or leave such samples out (missing: drop)";
const LABELS = "; row labels (an index) must have no name in the header";

/** The layout of the columns, from the first two rows. */
interface Layout {
  /** The names, if the first row is a header. */
  names: string[] | undefined;
  /** Whether the first column holds row labels, which are left out. */
  labelled: boolean;
  /** Whether the header has no cell for the labels. */
  short: boolean;
  /** Whether the names are numbers, so that only the empty name before them shows that they are a header. */
  numbered: boolean;
  /** Number of cells of a row, without the empty ones at its end. */
  used: number;
  /** Number of cells of a row. */
  cells: number;
  /** The line of the row that determines the number of cells. */
  line: number;
}

/** The error for a row with too many or too few cells: the file may use another separator. */
export class ShapeFault extends DataFault {}

/** A file read with one separator. */
export interface TableReading {
  table: SampleTable;
  /**
   * Refuses a file that fits the separator but can still be read in two ways.
   *
   * @throws WebgfnError `file` with the line, both meanings, and how to choose one.
   */
  check(): void;
}

/**
 * Reads a table with a known separator.
 *
 * @throws WebgfnError `file` with the line, the column, what was found there and a possible reason.
 */
export function readTable(
  file: DataFile,
  text: string,
  separator: Separator,
  start: { at: number; line: number },
  options: SampleOptions,
): TableReading {
  const comments: { before?: CsvRecord; behind?: CsvRecord } = {};
  let empty: CsvRecord | undefined;
  let first: CsvRecord | undefined;
  let rows: Rows | undefined;
  const begin = (header: CsvRecord, second: CsvRecord | undefined): Rows => {
    const begun = new Rows(file, layoutOf(file, header, second), separator, options);
    if (begun.layout.names === undefined) begun.add(header);
    if (comments.behind !== undefined) begun.passComment(comments.behind);
    return begun;
  };
  for (const record of csvRecords(file, text, separator, start)) {
    if (record.comment) {
      if (rows !== undefined) rows.passComment(record);
      else if (first !== undefined) comments.behind ??= record;
      else comments.before = record;
    } else if (record.cells.length === 0) {
      if (first !== undefined) empty ??= record;
    } else if (empty !== undefined) {
      throw unequal(file, empty.line, first?.cells.length ?? 0, first?.line ?? 0, "none");
    } else if (first === undefined) {
      first = record;
    } else {
      rows ??= begin(first, record);
      rows.add(record);
    }
  }
  if (first === undefined) throw fault(file, start.line, "expected samples, found only comments");
  const [header, all] = [first, rows ?? begin(first, undefined)];
  const table = all.table();
  return {
    table,
    check() {
      all.check(header, table);
      if (all.layout.names === undefined) checkUnnamed(file, header, comments.before, table);
    },
  };
}

function unequal(file: DataFile, line: number, expected: number, as: number, found: string, cause = ""): Error {
  return new ShapeFault(file, line, `expected ${expected} value${expected === 1 ? "" : "s"} as in line ${as}, found ${found}${cause}`);
}

/** Decides whether the first row is a header and the first column holds labels. `second` is undefined in a table of one row. */
function layoutOf(file: DataFile, first: CsvRecord, second: CsvRecord | undefined): Layout {
  const { cells, line } = first;
  const width = second?.cells.length ?? cells.length;
  // pandas and R give row labels an empty name. R's write.table gives them no name, so that the header has one cell less.
  const nameless = cells.length >= 2 && NAMELESS.test(cells[0] as string);
  const names = (nameless ? cells.slice(1) : cells).filter((cell) => cell !== "");
  const words = names.some((cell) => !isNumber(cell) && !isMissing(cell)) && !names.some(isNumber);
  const quotedAlone = first.quotedCells === cells.length && second !== undefined && second.quotedCells < second.cells.length;
  const numbered = nameless && !quotedAlone && names.length > 0 && names.every(isWhole);
  if (!(words || quotedAlone || numbered)) {
    return { names: undefined, labelled: false, short: false, numbered, used: usedCells(cells), cells: cells.length, line };
  }

  const short = !nameless && cells.length >= 2 && width === cells.length + 1 && second?.cells.at(-1) !== "";
  const labelled = nameless || short;
  const all = short ? ["", ...cells] : cells.slice(0, usedCells(cells));
  checkHeader(file, { line, reached: second?.line ?? line }, labelled ? all.slice(1) : all, nameless ? 2 : 1);
  // A header and the rows below it may have different numbers of empty cells at the end.
  const emptyBehind = second?.cells.slice(all.length).every((cell) => cell === "") ?? false;
  const rowCells = width >= all.length && emptyBehind ? width : cells.length;
  return {
    names: labelled ? all.slice(1) : all,
    labelled,
    short,
    numbered,
    used: all.length,
    cells: rowCells,
    line: rowCells === cells.length ? line : (second as CsvRecord).line,
  };
}

/** Checks a header's names. The first name belongs to column `from`. */
function checkHeader(file: DataFile, { line, reached }: { line: number; reached: number }, names: readonly string[], from: number): void {
  const columns = new Map<string, number>();
  names.forEach((name, n) => {
    const column = n + from;
    checkName(file, line, name);
    const before = columns.get(name);
    columns.set(name, column);
    const found = name === "" ? "none" : quoted(name);
    if (NAMELESS.test(name)) throw new DataFault(file, line, `expected a name for column ${column} in the header, found ${found}`, reached);
    if (before === undefined) return;
    throw new DataFault(file, line, `expected every name once, but ${found} names columns ${before} and ${column}`, reached);
  });
}

/** Number of cells without the empty ones at the end. */
function usedCells(cells: readonly string[]): number {
  let used = cells.length;
  while (used > 0 && cells[used - 1] === "") used--;
  return used;
}

/** Whether cells count up by 1 from one of these numbers. */
function countsFrom(cells: readonly string[], ...starts: readonly number[]): boolean {
  return (
    cells.length > 0 &&
    starts.includes(Number(cells[0])) &&
    cells.every((cell, n) => isWhole(cell) && Number(cell) === Number(cells[0]) + n)
  );
}

interface Place {
  line: number;
  column: number;
  cell: string;
}

/** Collects the rows, and the facts about all of them that the final checks need. */
class Rows {
  readonly layout: Layout;
  readonly #file: DataFile;
  readonly #separator: Separator;
  readonly #options: SampleOptions;
  /** The column of interventions, or −1. */
  readonly #target: number;
  /** Columns with values. */
  readonly #columns: readonly number[];
  readonly #targets: number[] = [];
  /** [column]: the number of each level. */
  readonly #levels = new Map<number, Map<string, number>>();
  #values = new Float64Array(1024);
  #count = 0;
  #rows = 0;
  #dropped = 0;
  readonly #labels = new Map<string, number>();
  /** The first number with a comma, the first with a point, and the first whose mark cannot separate thousands. */
  #comma: Place | undefined;
  #point: Place | undefined;
  #decimal: Place | undefined;
  #wholeAfterFirst = false;

  constructor(file: DataFile, layout: Layout, separator: Separator, options: SampleOptions) {
    this.#file = file;
    this.layout = layout;
    this.#separator = separator;
    this.#options = options;
    const first = layout.labelled ? 1 : 0;
    this.#target = this.#targetColumn(first);
    this.#columns = Array.from({ length: layout.used - first }, (_, n) => n + first).filter((column) => column !== this.#target);
    for (const column of this.#columns) this.#levels.set(column, new Map());
  }

  #targetColumn(first: number): number {
    const { interventions } = this.#options;
    if (interventions === undefined) return -1;
    const { names } = this.layout;
    const n = names?.indexOf(interventions) ?? -1;
    if (n >= 0) return n + first;
    const found = names === undefined ? "no header" : names.slice(0, 12).map(quoted).join(", ");
    throw fault(this.#file, this.layout.line, `expected a column ${quoted(interventions)} of interventions in the header, found ${found}`);
  }

  /** Skips a comment between rows, unless it may be a row whose label begins with the comment mark. */
  passComment({ line, cells }: CsvRecord): void {
    if (!this.layout.labelled || cells.length !== this.layout.cells) return;
    throw fault(this.#file, line, "expected a row or a comment, found a line that may be either: rename the label, or take the line out");
  }

  add({ line, cells, quotedCells }: CsvRecord): void {
    const { layout } = this;
    const comma = this.#separator.character === ",";
    if (cells.length !== layout.cells) {
      const cause = comma && cells.length > layout.cells ? "; a comma within a number needs quotes, or another separator" : "";
      throw unequal(this.#file, line, layout.cells, layout.line, String(cells.length), cause);
    }
    if (this.#rows === MOST_ROWS) throw fault(this.#file, line, `expected at most ${MOST_ROWS} rows, found more`);
    if (layout.labelled) this.#addLabel(line, cells[0] as string);
    if (layout.short && comma && quotedCells === 0 && isNumber(cells[0] as string)) {
      const found = `${cells.length} values below a header of ${cells.length - 1} names`;
      const how = "Put numbers with a comma, or the labels, in quotes";
      throw fault(this.#file, line, `found ${found}: a comma within a number, or row labels (an index) without a name? ${how}`);
    }
    const extra = cells.findIndex((cell, column) => column >= layout.used && cell !== "");
    if (extra >= 0) {
      throw fault(
        this.#file,
        line,
        `expected nothing in column ${extra + 1}, as in line ${layout.line}, found ${quoted(cells[extra] as string)}`,
      );
    }
    const isGap = this.#options.values === "levels" ? isMissingLevel : isMissing;
    if (this.#options.missing === "drop" && this.#columns.some((column) => isGap(cells[column] as string))) {
      this.#dropped++;
      return;
    }
    this.#rows++;
    for (const column of this.#columns) {
      const place = { line, column: column + 1, cell: cells[column] as string };
      if (this.#options.values === "levels") this.#addLevel(place, column);
      else this.#addNumber(place);
    }
    if (this.#target >= 0) this.#addTarget({ line, column: this.#target + 1, cell: cells[this.#target] as string });
  }

  #addTarget({ line, column, cell }: Place): void {
    const named = (this.layout.names ?? []).indexOf(cell) + (this.layout.labelled ? 1 : 0);
    const isName = this.layout.names?.includes(cell) && named !== this.#target;
    const number = isWhole(cell) ? Number(cell) : -1;
    if (isName) this.#targets.push(this.#columns.indexOf(named));
    else if (isMissingLevel(cell) || /^(none|0)$/i.test(cell)) this.#targets.push(-1);
    else if (number >= 1 && number <= this.#columns.length) this.#targets.push(number - 1);
    else {
      const expected = `expected the variable that was intervened on in column ${column}: its name, its number from 1 to ${this.#columns.length}, or none`;
      throw fault(this.#file, line, `${expected}; found ${quoted(cell)}`);
    }
  }

  #addLevel({ line, column, cell }: Place, at: number): void {
    if (isMissingLevel(cell)) {
      throw fault(this.#file, line, `expected a value in column ${column}, found ${quoted(cell)}; ${DROP}`);
    }
    const numbers = this.#levels.get(at) as Map<string, number>;
    const level = levelOf(cell);
    const known = numbers.get(level);
    if (known === undefined && numbers.size === MOST_LEVELS) {
      const what = `expected at most ${MOST_LEVELS} different values in column ${column}, found more`;
      throw fault(this.#file, line, `${what}; are they measurements? Use a score of numbers, such as bge, or sort them into classes`);
    }
    if (known === undefined) numbers.set(level, numbers.size);
    if (this.#rows > 1 && isWhole(cell)) this.#wholeAfterFirst = true;
    this.#push(known ?? numbers.size - 1);
  }

  #push(value: number): void {
    if (this.#count === this.#values.length) {
      const longer = new Float64Array(2 * this.#count);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#count++] = value;
  }

  #addLabel(line: number, cell: string): void {
    const before = this.#labels.get(cell);
    if (before !== undefined) throw this.#unclear(line, `${quoted(cell)} as in line ${before}`);
    if (isNumber(cell) && !isWhole(cell)) throw this.#unclear(line, quoted(cell));
    this.#labels.set(cell, line);
  }

  /** The error for an unnamed first column that is not an index. */
  #unclear(line: number, found: string): Error {
    const expected = "expected row labels (an index), each once, in column 1, as the header has no name for it";
    return fault(this.#file, line, `${expected}, found ${found}; name the column in the header, or leave it out`);
  }

  #addNumber(place: Place): void {
    const { line, column, cell } = place;
    const value = numberOf(cell);
    if (!Number.isFinite(value)) {
      const mixed = this.layout.names === undefined && this.#rows === 1 && !isMissing(cell) && !isNumber(cell);
      const label = column === 1 && this.layout.names !== undefined && !/\d[,.]/.test(cell) ? LABELS : "";
      const cause = mixed ? "; a header must not hold numbers, and a sample no words" : causeOf(cell) || label;
      throw fault(this.#file, line, `expected a finite number in column ${column}, found ${quoted(cell)}${cause}`);
    }
    if (cell.includes(",")) this.#comma ??= place;
    if (cell.includes(".")) this.#point ??= place;
    if (/[.,]/.test(cell) && !isGrouped(cell)) this.#decimal ??= place;
    if (this.#rows > 1 && isWhole(cell)) this.#wholeAfterFirst = true;
    this.#push(value);
  }

  table(): SampleTable {
    const { names } = this.layout;
    const first = this.layout.labelled ? 1 : 0;
    const width = this.#columns.length;
    return {
      names: this.#columns.map((column, i) => names?.[column - first] ?? `x${i}`),
      rows: Array.from({ length: this.#rows }, (_, n) => this.#values.slice(n * width, (n + 1) * width)),
      ...(this.#options.values === "levels" && { levels: this.#columns.map((column) => [...(this.#levels.get(column)?.keys() ?? [])]) }),
      ...(this.#target >= 0 && { interventions: Int32Array.from(this.#targets) }),
      dropped: this.#dropped,
    };
  }

  check(first: CsvRecord, { names, rows }: SampleTable): void {
    this.#checkDecimals();
    this.#checkNames(first);
    const labels = [...this.#labels.keys()];
    if (this.layout.numbered && labels.some(isNumber) && !countsFrom(labels, 0, 1)) {
      const what = `line ${first.line} may be a header of numbers above an index, or a sample with a missing value`;
      throw fault(this.#file, first.line, `${what}; write names that are no numbers, or the value`);
    }
    if (this.layout.names === undefined) this.#checkFirstRow(first);
    else if (this.#labels.size === names.length && names.every((name) => this.#labels.has(name) && !isNumber(name))) {
      throw fault(
        this.#file,
        first.line,
        "expected samples, found a covariance or correlation matrix: its rows and columns have the same names",
      );
    } else if (!this.layout.labelled && isIndex(names[0] as string, rows)) {
      const what = `column 1 (${quoted(names[0] as string)}) numbers the rows: an index, or a variable?`;
      throw fault(this.#file, first.line, `${what} Leave it out, or rename it`);
    }
  }

  /** Refuses a first row of words that also occur as values below. */
  #checkNames({ line, cells }: CsvRecord): void {
    if (this.layout.names === undefined || this.layout.short) return;
    const column = this.#columns.find((each) => this.#levels.get(each)?.has(levelOf(cells[each] as string)));
    if (column === undefined) return;
    const what = `line ${line} may be a header or a sample: ${quoted(cells[column] as string)} is also a value of column ${column + 1}`;
    throw fault(this.#file, line, `${what}; write names that are no values above it`);
  }

  /** Refuses numbers whose commas or points may either be decimal marks or separate thousands. */
  #checkDecimals(): void {
    const [comma, point] = [this.#comma, this.#point];
    if (comma !== undefined && point !== undefined) {
      const other = `${quoted(point.cell)} in line ${point.line}`;
      throw this.#ambiguous(comma, `beside ${other}; write all numbers with a decimal point and without separators of thousands`);
    }
    const mark = comma ?? (this.#separator.character === ";" ? point : undefined);
    if (mark === undefined || this.#decimal !== undefined) return;
    const digits = mark.cell.replace(/[,.]/g, "");
    const decimal = mark.cell.replace(",", ".");
    throw this.#ambiguous(mark, `which may be ${digits} or ${decimal}; write ${digits} or ${mark.cell}0`);
  }

  #ambiguous({ line, column, cell }: Place, rest: string): Error {
    return fault(this.#file, line, `expected a number of one meaning in column ${column}, found ${quoted(cell)}, ${rest}`);
  }

  /** Refuses a first row of whole numbers that may be a header: it counts the columns, or differs in kind from all other rows. */
  #checkFirstRow({ line, cells }: CsvRecord): void {
    const used = cells.slice(0, this.layout.used);
    if (used.length < 2 || !used.every(isWhole)) return;
    const unlike = this.#rows > 1 && !this.#wholeAfterFirst;
    if (!countsFrom(used, 0) && !unlike) return;
    const what = `line ${line} may be a header of numbers or the first sample`;
    throw fault(this.#file, line, `${what}; write names that are no numbers in its place, or above it`);
  }
}

/** Whether the first column is an index: it has an index's name and distinct whole numbers. */
function isIndex(name: string, rows: readonly Float64Array[]): boolean {
  if (R_INDEX_NAME.test(name)) return countsRows(rows);
  const labels = rows.map(([label]) => label as number);
  return INDEX_NAME.test(name) && rows.length > 1 && new Set(labels).size === rows.length && labels.every(Number.isInteger);
}

/** Whether the first column counts the rows, from 0 or from 1. */
function countsRows(rows: readonly Float64Array[]): boolean {
  const start = rows[0]?.[0];
  return rows.length >= FEWEST_COUNTED && (start === 0 || start === 1) && rows.every(([label], n) => label === start + n);
}

/** Refuses a table without a header whose first column or the comment before it can be read in two ways. */
function checkUnnamed(file: DataFile, first: CsvRecord, comment: CsvRecord | undefined, { names, rows, levels }: SampleTable): void {
  if (comment !== undefined && comment.cells.length === names.length && !comment.cells.every(isNumber)) {
    const what = "line of names that begins with the mark of a comment, or a comment";
    throw fault(file, comment.line, `found a ${what}; take the mark away, or the line`);
  }
  if (names.length < 2 || levels !== undefined || !countsRows(rows)) return;
  throw fault(
    file,
    first.line,
    `column 1 counts the rows from ${rows[0]?.[0]}: an index, or a variable? Leave it out, or write a header with its name`,
  );
}
