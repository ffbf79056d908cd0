import { argumentError, inBrief, shownName } from "@webgfn/tensor/internal";

/** NumPy's little-endian types: 32-bit floats, signed and unsigned integers, and bytes. */
type NumpyType = "<f4" | "<i4" | "<u4" | "|u1";

/** One column of a structured array: the type of its numbers, and the shape of one row's value. */
export interface Column {
  name: string;
  type: NumpyType;
  /** [] for a single number. */
  shape: readonly number[];
}

/** Pads lists that are shorter than their column. */
const PADDING = -1;

const WIDTHS: Readonly<Record<NumpyType, number>> = { "<f4": 4, "<i4": 4, "<u4": 4, "|u1": 1 };

const countOf = ({ shape }: Column): number => shape.reduce((product, extent) => product * extent, 1);

/** Formats a Python tuple. */
const tuple = (values: readonly number[]): string => `(${values.join(", ")}${values.length === 1 ? "," : ""})`;

/** Bytes of a header whose length fits into the two bytes of format 1.0; format 2.0 has four. */
const LONGEST_SHORT_HEADER = 0xffff;
/** The data begin at a multiple of this. */
const ALIGNMENT = 64;

/** A text as a Python literal in ASCII. */
function pythonText(text: string): string {
  const letters = Array.from({ length: text.length }, (_, k) => {
    const code = text.charCodeAt(k);
    if (code < 0x20 || code > 0x7e) return `\\u${code.toString(16).padStart(4, "0")}`;
    return text[k] === "'" || text[k] === "\\" ? `\\${text[k]}` : text[k];
  });
  return `'${letters.join("")}'`;
}

/**
 * The header of a `.npy` file with a structured array of `rows` records: the magic bytes, the header's length, and a Python literal,
 * padded so that the data begin at a multiple of 64 bytes. The format is NumPy's 1.0, or 2.0 for a header of more than 64 KiB. Append the
 * records of {@link npyRows}.
 *
 * @throws WebgfnError `argument` if two columns have the same name, or one has none: NumPy does not read such files.
 */
export function npyHeader(columns: readonly Column[], rows: number): Uint8Array {
  requireNames(columns);
  const fields = columns.map(({ name, type, shape }) => `(${pythonText(name)}, '${type}'${shape.length === 0 ? "" : `, ${tuple(shape)}`})`);
  const literal = `{'descr': [${fields.join(", ")}], 'fortran_order': False, 'shape': ${tuple([rows])}, }`;
  const padded = (before: number) => `${literal.padEnd(Math.ceil((before + literal.length + 1) / ALIGNMENT) * ALIGNMENT - before - 1)}\n`;
  const isShort = padded(10).length <= LONGEST_SHORT_HEADER;
  const before = isShort ? 10 : 12;
  const text = padded(before);
  const header = new Uint8Array(before + text.length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, isShort ? 1 : 2, 0]);
  const view = new DataView(header.buffer);
  if (isShort) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  header.set(new TextEncoder().encode(text), before);
  return header;
}

function requireNames(columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (name === "" || seen.has(name))
      throw argumentError(`an array of records cannot have two fields "${shownName(name)}", nor one without a name`);
    seen.add(name);
  }
}

/** The least and the largest number of each integer type. */
const RANGES: Readonly<Partial<Record<NumpyType, readonly [number, number]>>> = {
  "<i4": [-(2 ** 31), 2 ** 31 - 1],
  "<u4": [0, 2 ** 32 - 1],
  "|u1": [0, 255],
};

/** @throws WebgfnError `argument` for a value that the column's type cannot hold; the file would contain another number. */
function requireFits({ name, type }: Column, value: unknown): asserts value is number {
  const range = RANGES[type];
  const fits = typeof value === "number" && (range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1]));
  if (!fits) throw argumentError(`the field "${shownName(name)}" of an object holds ${type}, not ${inBrief(value)}`);
}

/**
 * Encodes records of a `.npy` file.
 *
 * @param rows [row][column]: a list of numbers. A list shorter than its column is padded with −1.
 * @throws WebgfnError `argument` for a list that is longer than its column, or a number that its type cannot hold.
 */
export function npyRows(columns: readonly Column[], rows: readonly (readonly (readonly number[])[])[]): Uint8Array {
  const width = columns.reduce((sum, column) => sum + WIDTHS[column.type] * countOf(column), 0);
  const bytes = new Uint8Array(rows.length * width);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const row of rows) {
    columns.forEach((column, c) => {
      const values = row[c] as readonly number[];
      const count = countOf(column);
      if (values.length > count) {
        throw argumentError(
          `the field "${shownName(column.name)}" of an object has ${values.length} numbers, and there is room for ${count}`,
        );
      }
      for (let i = 0; i < count; i++) {
        const value = i < values.length ? values[i] : PADDING;
        if (i < values.length) requireFits(column, value);
        if (column.type === "<f4") view.setFloat32(at, value as number, true);
        else if (column.type === "<i4") view.setInt32(at, value as number, true);
        else if (column.type === "<u4") view.setUint32(at, value as number, true);
        else view.setUint8(at, value as number);
        at += WIDTHS[column.type];
      }
    });
  }
  return bytes;
}
