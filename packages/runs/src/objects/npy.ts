import type { Environment } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief, shownName } from "@webgfn/tensor/internal";
import { type FileColumn, type ObjectColumns, recordColumns, sizeOf } from "./columns.js";
import type { FoundObject, ObjectBytes } from "./found-object.js";
import { NUMBER_TYPES, type Read } from "./number-types.js";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Whether bytes begin like a file of NumPy. */
export function isNpy(bytes: Uint8Array): boolean {
  return bytes instanceof Uint8Array && MAGIC.every((byte, n) => bytes[n] === byte);
}

/** A type of NumPy: its size in bytes, and its reader. Texts and padding are skipped. */
interface NumpyType {
  width: number;
  read?: Read;
}

/** A field of the file's records. */
interface Field {
  name: string;
  type: NumpyType;
  text: string;
  shape: readonly number[];
  /** Its offset in a record. */
  offset: number;
}

/** The header of a file. */
interface Header {
  /** The fields of a record; a single field without a name for a plain array. */
  fields: readonly Field[];
  isRecords: boolean;
  isFortran: boolean;
  shape: readonly number[];
  /** Offset of the numbers. */
  start: number;
}

function fail(file: ObjectBytes, message: string): WebgfnError {
  return new WebgfnError("file", `${file.name}: ${message}`);
}

/**
 * The objects of a `.npy` file: an array of records whose fields include the environment's columns, or a plain array if the environment has
 * one column. Further fields with one number are returned with the objects.
 *
 * @throws WebgfnError `file` with what was found, and for a wrong value its record.
 */
export function* npyObjects(environment: Environment, file: ObjectBytes): Generator<FoundObject> {
  const made = recordColumns(environment);
  if (!made.available) throw fail(file, `${made.reason}; write the objects as JSON lines`);
  const { columns, object } = made.value as ObjectColumns;
  const header = headerOf(file);
  const { isRecords, shape, start } = header;
  const fields = isRecords ? fieldsFor(file, header, columns) : plainField(file, header, columns);
  const [rows = 0] = shape;
  const last = header.fields.at(-1) as Field;
  const width = isRecords ? last.offset + widthOf(last) : sizeOf(columns[0] as FileColumn) * last.type.width;
  const [needed, found] = [rows * width, file.bytes.length - start];
  if (found !== needed) {
    throw fail(file, `expected ${needed} bytes of ${rows} records, found ${found}${found < needed ? "; the file may be cut off" : ""}`);
  }
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset + start, found);
  const others = isRecords ? header.fields.filter((field) => field.type.read && field.shape.length === 0 && !fields.includes(field)) : [];
  for (let row = 0; row < rows; row++) {
    const place = `${file.name}: record ${row}`;
    const values = Object.fromEntries(
      columns.map((column, c) => {
        const { type, offset } = fields[c] as Field;
        const { read, width: step } = type as Required<NumpyType>;
        return [column.name, Array.from({ length: sizeOf(column) }, (_, i) => read(view, row * width + offset + i * step))];
      }),
    );
    let value: object;
    try {
      value = object(values);
    } catch (cause) {
      throw new WebgfnError("file", `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    const numbers = others.map(({ name, type, offset }) => [name, (type.read as Read)(view, row * width + offset)]);
    yield { value, others: Object.fromEntries(numbers), place };
  }
}

/** Whether a file contains an array of numbers, not records. */
export function isPlainNpy(file: ObjectBytes): boolean {
  return !headerOf(file).isRecords;
}

/**
 * The numbers of an array without records, of any shape.
 *
 * @throws WebgfnError `file` for records, or for an array that has no numbers or is cut off.
 */
export function npyNumbers(file: ObjectBytes): number[] {
  const { fields, isRecords, shape, start } = headerOf(file);
  const [{ type, text }] = fields as [Field];
  const { read, width } = type;
  if (isRecords || read === undefined) throw fail(file, `expected an array of numbers, found ${isRecords ? "records" : shownName(text)}`);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const found = file.bytes.length - start;
  if (found !== count * width) throw fail(file, `expected ${count * width} bytes of ${count} numbers, found ${found}`);
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset + start, found);
  return Array.from({ length: count }, (_, n) => read(view, n * width));
}

const widthOf = ({ type, shape }: Field): number => type.width * shape.reduce((product, extent) => product * extent, 1);
const tuple = (shape: readonly number[]): string => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** The file's field for each column. */
function fieldsFor(file: ObjectBytes, { fields, shape }: Header, columns: readonly FileColumn[]): Field[] {
  if (shape.length !== 1) throw fail(file, `expected a list of records, found an array of shape ${tuple(shape)}`);
  return columns.map((column) => {
    const field = fields.find(({ name }) => name === column.name);
    if (field === undefined) {
      const names = fields.map(({ name }) => shownName(name)).filter((name) => name !== "");
      const trees = column.name === "actions" ? "; sample with --trajectories, or write JSON lines" : "";
      throw fail(file, `expected a field ${column.name}, found ${names.join(", ") || "none"}${trees}`);
    }
    if (field.shape.join() !== column.shape.join()) {
      throw fail(file, `expected the field ${column.name} to have the shape ${tuple(column.shape)}, found ${tuple(field.shape)}`);
    }
    if (field.type.read === undefined) throw fail(file, `expected numbers in the field ${column.name}, found ${shownName(field.text)}`);
    return field;
  });
}

/** The numbers of an array that has no records. */
function plainField(file: ObjectBytes, { fields, shape, isFortran }: Header, columns: readonly FileColumn[]): Field[] {
  const [field] = fields as [Field];
  const [column, ...others] = columns;
  const names = columns.map(({ name }) => name).join(", ");
  if (column === undefined || others.length > 0) throw fail(file, `expected records with ${names}, found an array without fields`);
  if (field.type.read === undefined) throw fail(file, `expected numbers, found ${shownName(field.text)}`);
  if (shape.slice(1).join() !== column.shape.join() || shape.length === 0) {
    throw fail(
      file,
      `expected records with ${names}, or an array of shape (N${column.shape.map((n) => `, ${n}`).join("")}), found ${tuple(shape)}`,
    );
  }
  if (isFortran && shape.length > 1)
    throw fail(file, "expected rows one after another, found Fortran's order; save np.ascontiguousarray(a)");
  return [field];
}

/** Reads the header: format 1, 2 or 3. */
function headerOf(file: ObjectBytes): Header {
  const { bytes } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[6] ?? 0;
  const before = version === 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.length < before)
    throw fail(file, "expected a NumPy array of format 1, 2 or 3, found a damaged header");
  const start = before + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) throw fail(file, "the header is cut off");
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(before, start));
  const literal = new PythonLiteral(text).read();
  const { descr, shape, fortran_order: isFortran } = (literal ?? {}) as Record<string, unknown>;
  const isShape = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  if (descr === undefined || !isShape(shape) || typeof isFortran !== "boolean")
    throw fail(file, "expected a NumPy array, found a damaged header");
  if (typeof descr === "string") {
    return {
      fields: [{ name: "", type: typeOf(file, descr), text: descr, shape: [], offset: 0 }],
      isRecords: false,
      isFortran,
      shape,
      start,
    };
  }
  if (!Array.isArray(descr) || descr.length === 0) throw fail(file, `expected records of numbers, found ${inBrief(descr)}`);
  let offset = 0;
  const fields = descr.map((entry: unknown): Field => {
    const [named, text, inner = []] = Array.isArray(entry) ? (entry as unknown[]) : [];
    // A field may have a title before its name.
    const name = Array.isArray(named) ? named[1] : named;
    if (typeof name !== "string" || typeof text !== "string" || !isShape(inner))
      throw fail(file, `expected fields of numbers, found ${inBrief(entry)}`);
    const field = { name, type: typeOf(file, text), text, shape: inner, offset };
    offset += widthOf(field);
    return field;
  });
  return { fields, isRecords: true, isFortran, shape, start };
}

/** Bytes per letter of types without numbers: texts, bytes, times. */
const PASSED_OVER: Readonly<Record<string, number>> = { S: 1, a: 1, V: 1, U: 4, M: 1, m: 1, c: 1, f: 1 };

/** A type such as `<i4`. */
function typeOf(file: ObjectBytes, text: string): NumpyType {
  const [, order = "", kind = "", digits = ""] = /^([<>|=]?)([a-zA-Z])(\d+)(?:\[.*\])?$/.exec(text) ?? [];
  const reader = NUMBER_TYPES[`${kind}${digits}`];
  if (reader !== undefined) return { width: Number(digits), read: reader(order !== ">") };
  const unit = PASSED_OVER[kind];
  if (unit !== undefined && digits.length < 9) return { width: unit * Number(digits) };
  const pickle = text.includes("O") ? ", Python objects that only Python can read" : "";
  throw fail(file, `expected fields of numbers, found ${shownName(text)}${pickle}`);
}

/** Reads the literals of headers: dictionaries, lists, tuples, texts, whole numbers, True, False and None. */
class PythonLiteral {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The literal's value; tuples become lists. Undefined if the text is not a literal. */
  read(): unknown {
    try {
      const value = this.#value(0);
      return this.#token(/\S/y) === undefined ? value : undefined;
    } catch {
      return undefined;
    }
  }

  #token(pattern: RegExp): string | undefined {
    const blank = /\s*/y;
    blank.lastIndex = this.#at;
    blank.exec(this.#text);
    pattern.lastIndex = blank.lastIndex;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }

  #need(pattern: RegExp): string {
    const found = this.#token(pattern);
    if (found === undefined) throw new Error("no literal");
    return found;
  }

  #value(depth: number): unknown {
    if (depth > 8) throw new Error("nested too deep");
    const token = this.#need(/[{[(]|[ub]?'(?:[^'\\]|\\.)*'|[ub]?"(?:[^"\\]|\\.)*"|-?\d+|True|False|None/y);
    if (token === "{") {
      const entries = this.#list(/\}/y, () => {
        const key = String(this.#value(depth + 1));
        this.#need(/:/y);
        return [key, this.#value(depth + 1)] as const;
      });
      return Object.fromEntries(entries);
    }
    if (token === "[" || token === "(") return this.#list(token === "[" ? /\]/y : /\)/y, () => this.#value(depth + 1));
    if (token === "True" || token === "False") return token === "True";
    if (token === "None") return null;
    return /^-?\d/.test(token) ? Number(token) : textOf(token.replace(/^[ub]/, ""));
  }

  #list<T>(end: RegExp, entry: () => T): T[] {
    const entries: T[] = [];
    while (this.#token(end) === undefined) {
      entries.push(entry());
      if (this.#token(/,/y) === undefined) {
        this.#need(end);
        break;
      }
    }
    return entries;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** The text of a quoted literal. */
function textOf(literal: string): string {
  return literal.slice(1, -1).replace(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi, (_, long?: string, short?: string, letter = "") => {
    const code = long ?? short;
    return code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16));
  });
}
