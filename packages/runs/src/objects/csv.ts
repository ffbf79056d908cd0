import type { DataFile, Environment } from "@webgfn/envs";
import { type CsvRecord, csvRecords, fault, isGrouped, isMissing, numberOf, quoted } from "@webgfn/envs/internal";
import { shownName } from "@webgfn/tensor/internal";
import { type FileColumn, type ObjectColumns, objectColumns, sizeOf } from "./columns.js";
import type { FoundObject } from "./found-object.js";

const SEPARATORS = [
  { name: "commas", character: "," },
  { name: "tabs", character: "\t" },
  { name: "semicolons", character: ";" },
  { name: "bars", character: "|" },
];
/** Longest heading that may name a column. */
const LONGEST_HEADING = 1000;
/** Most names that a message lists. */
const MOST_LISTED = 4;

/** The place of a number in an object's columns: `items_3` is number 3 of the column `items`. */
interface Cell {
  column: FileColumn;
  index: number;
}

/**
 * The objects of a table, one per line. Its header names the columns in any order: `point_0`, `point_1` for a column `point` of two numbers,
 * `adjacency_0_1` for number [0, 1] of a matrix, counted from 0. Other columns are skipped. Cells are separated by commas, tabs, semicolons
 * or bars.
 *
 * @throws WebgfnError `file` with the line, what was found there, and a possible reason.
 */
export function* csvObjects(environment: Environment, file: DataFile, text: string): Generator<FoundObject> {
  const { columns, object } = objectColumns(environment).value as ObjectColumns;
  const wanted = columns.flatMap((column) => Array.from({ length: sizeOf(column) }, (_, index): Cell => ({ column, index })));
  const names = wanted.map(cellName);
  const lists = columns.filter(({ shape }) => shape.length > 0).map(({ name }) => name);
  const separator = separatorOf(file, text, names, lists);
  let header:
    | { line: number; cells: readonly string[]; places: readonly number[]; rest: readonly [name: string, place: number][] }
    | undefined;
  let empty: number | undefined;
  for (const { line, cells, comment } of csvRecords(file, text, separator)) {
    if (comment) continue;
    if (cells.length === 0) {
      empty ??= line;
      continue;
    }
    if (header === undefined) {
      const places = placesIn(file, { line, cells }, names, lists);
      const rest = cells.map((cell, place): [string, number] => [cell.trim(), place]).filter(([, place]) => !places.includes(place));
      header = { line, cells, places, rest };
      empty = undefined;
      continue;
    }
    if (empty !== undefined) throw fault(file, empty, "expected an object, found an empty line");
    const { cells: headings, places, rest } = header;
    if (cells.length !== headings.length) {
      throw fault(file, line, `expected ${headings.length} values as in line ${header.line}, found ${cells.length}`);
    }
    const values: Record<string, number[]> = Object.fromEntries(columns.map(({ name }) => [name, []]));
    wanted.forEach(({ column }, n) => {
      const place = places[n] as number;
      values[column.name]?.push(numberIn(file, line, cells[place] as string, headings[place] as string));
    });
    const others = Object.fromEntries(rest.map(([name, place]) => [name, cells[place]]));
    yield { value: madeObject(file, line, () => object(values)), others, place: `${file.name}:${line}` };
  }
}

/** Calls an environment's function, and converts its errors to errors of the line. */
function madeObject(file: DataFile, line: number, make: () => object): object {
  try {
    return make();
  } catch (cause) {
    throw fault(file, line, cause instanceof Error ? cause.message : String(cause));
  }
}

/** `items_3`, `adjacency_0_1`, or the column's own name for a single number. */
function cellName({ column: { name, shape }, index }: Cell): string {
  let rest = index;
  const at = shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    const place = Math.floor(rest / stride);
    rest -= place * stride;
    return place;
  });
  return [name, ...at].join("_");
}

/** The names that a heading may stand for, in the form of {@link cellName}: programs also write `items[3]`, `items.3`, `adjacency[0, 1]`. */
function meanings(heading: string, lists: readonly string[]): string[] {
  if (heading.length > LONGEST_HEADING) return [];
  const numbered = lists.flatMap((column) => {
    const rest = heading.slice(column.length);
    const numbers = heading.startsWith(column) && /^[\s_.,()[\]x\d-]+$/.test(rest) ? rest.match(/\d+/g) : null;
    return numbers === null ? [] : [[column, ...numbers.map(Number)].join("_")];
  });
  return [heading, ...numbered];
}

/** The separator that gives the first record the wanted names, or otherwise the most cells. */
function separatorOf(file: DataFile, text: string, names: readonly string[], lists: readonly string[]): (typeof SEPARATORS)[number] {
  const tried = SEPARATORS.map((separator) => {
    const cells = firstRecord(file, text, separator)?.cells ?? [];
    const found = new Set(cells.flatMap((cell) => meanings(cell, lists)));
    return { separator, cells: cells.length, known: names.filter((name) => found.has(name)).length };
  });
  const [best] = tried.sort((a, b) => b.known - a.known || b.cells - a.cells);
  return best?.separator ?? (SEPARATORS[0] as (typeof SEPARATORS)[number]);
}

function firstRecord(file: DataFile, text: string, separator: (typeof SEPARATORS)[number]): CsvRecord | undefined {
  try {
    for (const record of csvRecords(file, text, separator)) if (!record.comment && record.cells.length > 0) return record;
  } catch {
    // Its quotes may be valid with another separator.
  }
  return undefined;
}

/**
 * The place of every name in the header. Lists must have no further numbers: these would belong to other objects.
 *
 * @param lists the columns that hold more than one number.
 */
function placesIn(
  file: DataFile,
  { line, cells }: Pick<CsvRecord, "line" | "cells">,
  names: readonly string[],
  lists: readonly string[],
): number[] {
  const places = new Map<string, number>();
  const known = new Set(names);
  const listed = names.length > MOST_LISTED ? `${names.slice(0, 2).join(", ")}, … ${names.at(-1)}` : names.join(", ");
  let beyond: string | undefined;
  for (const [place, cell] of cells.entries()) {
    const [, ...numbered] = meanings(cell, lists);
    const name = [cell, ...numbered].find((meant) => known.has(meant));
    if (name === undefined) {
      if (numbered.length > 0) beyond ??= cell;
      continue;
    }
    if (places.has(name)) throw fault(file, line, `the header names the column ${name} twice`);
    places.set(name, place);
  }
  const missing = names.filter((name) => !places.has(name));
  if (missing.length === 0) {
    if (beyond === undefined) return names.map((name) => places.get(name) as number);
    throw fault(file, line, `expected a header with ${listed} and no further numbers, found ${shownName(beyond)}`);
  }
  const isAll = missing.length === names.length;
  const found = isAll ? quoted(cells.join(",")) : `none named ${missing[0]}`;
  const isHeadless = isAll && cells.every((cell) => Number.isFinite(numberOf(cell)));
  throw fault(file, line, `expected a header with ${listed}, found ${found}${isHeadless ? "; the first line must name the columns" : ""}`);
}

/** The number of a cell. */
function numberIn(file: DataFile, line: number, cell: string, heading: string): number {
  const value = numberOf(cell);
  if (Number.isFinite(value) && !(cell.includes(",") && isGrouped(cell))) return value;
  const cause = isMissing(cell)
    ? "; a list that is too short is filled with -1"
    : isGrouped(cell)
      ? "; write decimal points, and no separators of thousands"
      : "";
  throw fault(file, line, `expected a number in column ${shownName(heading)}, found ${quoted(cell)}${cause}`);
}
