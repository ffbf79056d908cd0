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

/**
 * The header of a `.npy` file (NumPy's format 1.0) with a structured array of `rows` records: the magic bytes, the header's length, and a
 * Python literal, padded so that the data begin at a multiple of 64 bytes. Append the records of {@link npyRows}.
 */
export function npyHeader(columns: readonly Column[], rows: number): Uint8Array {
  const fields = columns.map(({ name, type, shape }) => `('${name}', '${type}'${shape.length === 0 ? "" : `, ${tuple(shape)}`})`);
  const literal = `{'descr': [${fields.join(", ")}], 'fortran_order': False, 'shape': ${tuple([rows])}, }`;
  const before = 10;
  const text = `${literal.padEnd(Math.ceil((before + literal.length + 1) / 64) * 64 - before - 1)}\n`;
  const header = new Uint8Array(before + text.length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(header.buffer).setUint16(8, text.length, true);
  header.set(new TextEncoder().encode(text), before);
  return header;
}

/**
 * Encodes records of a `.npy` file.
 *
 * @param rows [row][column]: a list of numbers. A list shorter than its column is padded with −1.
 */
export function npyRows(columns: readonly Column[], rows: readonly (readonly (readonly number[])[])[]): Uint8Array {
  const width = columns.reduce((sum, column) => sum + WIDTHS[column.type] * countOf(column), 0);
  const bytes = new Uint8Array(rows.length * width);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const row of rows) {
    columns.forEach((column, c) => {
      const values = row[c] as readonly number[];
      for (let i = 0; i < countOf(column); i++) {
        const value = values[i] ?? PADDING;
        if (column.type === "<f4") view.setFloat32(at, value, true);
        else if (column.type === "<i4") view.setInt32(at, value, true);
        else if (column.type === "<u4") view.setUint32(at, value, true);
        else view.setUint8(at, value);
        at += WIDTHS[column.type];
      }
    });
  }
  return bytes;
}
