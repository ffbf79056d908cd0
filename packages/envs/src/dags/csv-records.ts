import { type DataFile, fault, quoted } from "../data-file.js";

/** The separator of two cells: one character, or any number of blanks. */
export interface Separator {
  /** Its name in messages. */
  name: string;
  /** Undefined for blanks: spaces and tabs. */
  character?: string;
}

/** A row of a table as text. */
export interface CsvRecord {
  /** The line where it begins, from 1. */
  line: number;
  /** The cells, without the blanks and quotes around them. Empty for an empty line. */
  cells: string[];
  /** How many of the cells were quoted. */
  quotedCells: number;
  /** Whether the line is a comment: it begins with "#" or "//". Its cells are those after the mark. */
  comment: boolean;
}

/** Most cells of a row: far more than any environment takes. It bounds the cost of a file. */
const MOST_COLUMNS = 1000;
/** Most characters of a quoted cell. */
const MOST_OF_CELL = 10_000;

const LINE_END = /\r\n?|\n/g;
/** The mark of a comment. Excel's errors, such as #N/A, are cells. */
const COMMENT = /^\s*(#+(?!(n\/a|div\/0!|ref!|value!|num!|null!|name\?))|\/\/+)/i;

/**
 * Splits a table into rows of cells according to RFC 4180: a quoted cell may hold separators, line ends, and "" for a quote. Quotes within a
 * cell that does not begin with one are ordinary characters.
 *
 * @param text the file's text, from `start.at` on, which is in line `start.line`.
 * @throws WebgfnError `file` if a quote is not closed, if text follows a closing quote, or if a row has more than 1000 cells.
 */
export function* csvRecords(file: DataFile, text: string, separator: Separator, start = { at: 0, line: 1 }): Generator<CsvRecord> {
  const end = new RegExp(LINE_END);
  let { at, line } = start;
  for (;;) {
    end.lastIndex = at;
    const match = end.exec(text);
    const stop = match?.index ?? text.length;
    const raw = text.slice(at, stop);
    const mark = COMMENT.exec(raw);
    const body = mark === null ? raw : raw.slice(mark[0].length);
    const first = line;
    if (mark !== null || !raw.includes('"')) {
      const cells = plainCells(body, separator);
      if (cells.length > MOST_COLUMNS) throw tooWide(file, first);
      yield { line: first, cells: cells.every((cell) => cell === "") ? [] : cells, quotedCells: 0, comment: mark !== null };
      if (match === null) return;
      at = end.lastIndex;
      line++;
    } else {
      const record = quotedCells(file, text, at, line, separator);
      yield { line: first, cells: record.cells, quotedCells: record.quotedCells, comment: false };
      if (record.end >= text.length) return;
      end.lastIndex = record.end;
      end.exec(text);
      at = end.lastIndex;
      line = record.line + 1;
    }
  }
}

function tooWide(file: DataFile, line: number): Error {
  return fault(file, line, `expected at most ${MOST_COLUMNS} columns, found more`);
}

function plainCells(text: string, { character }: Separator): string[] {
  if (character === undefined) return text.trim().split(/[ \t]+/, MOST_COLUMNS + 1);
  return text.split(character, MOST_COLUMNS + 1).map((cell) => cell.trim());
}

/** The cells of a row with quotes, the position of its end, and the line of this position. */
function quotedCells(
  file: DataFile,
  text: string,
  from: number,
  firstLine: number,
  { character }: Separator,
): { cells: string[]; quotedCells: number; end: number; line: number } {
  const cells: string[] = [];
  let [at, line, count] = [from, firstLine, 0];
  const isBlank = (c: string | undefined): boolean => (c === " " || c === "\t") && c !== character;
  const isEnd = (c: string | undefined): boolean => c === undefined || c === "\n" || c === "\r";
  const isSeparator = (c: string | undefined): boolean => (character === undefined ? isBlank(c) : c === character);
  const skipBlanks = (): void => {
    while (isBlank(text[at])) at++;
  };
  for (;;) {
    skipBlanks();
    if (character === undefined && isEnd(text[at])) break;
    if (cells.length === MOST_COLUMNS) throw tooWide(file, firstLine);
    if (text[at] === '"') {
      const [opened, column] = [line, cells.length + 1];
      let value = "";
      for (at++; ; at++) {
        const close = text.indexOf('"', at);
        if (close < 0) throw fault(file, opened, `expected a closing " after the cell in column ${column}, found the end of the file`);
        value += text.slice(at, close);
        if (value.length > MOST_OF_CELL)
          throw fault(file, opened, `expected a closing " after the cell in column ${column}, found none nearby`);
        at = close + 1;
        if (text[at] !== '"') break;
        value += '"';
      }
      line += value.match(LINE_END)?.length ?? 0;
      const touching = !isSeparator(text[at]) && !isEnd(text[at]) && !isBlank(text[at]);
      skipBlanks();
      if (touching || !(isSeparator(text[at]) || isEnd(text[at]) || character === undefined)) {
        const cause = value.endsWith("\\") ? '; within quotes "" is a quote, not \\"' : '; within quotes "" is a quote';
        throw fault(
          file,
          opened,
          `expected the next column after the quoted cell in column ${column}, found ${quoted(text[at] as string)}${cause}`,
        );
      }
      cells.push(value.trim());
      count++;
    } else {
      const begin = at;
      while (!isEnd(text[at]) && !isSeparator(text[at])) at++;
      cells.push(text.slice(begin, at).trim());
    }
    if (isEnd(text[at])) break;
    if (character !== undefined) at++;
  }
  return { cells, quotedCells: count, end: at, line };
}
