import type { Environment } from "@webgfn/envs";
import { readSafetensors, type StoredTensor, sourceOf } from "@webgfn/sampler/internal";
import { WebgfnError } from "@webgfn/tensor";
import { shownName } from "@webgfn/tensor/internal";
import { type ObjectColumns, recordColumns, sizeOf } from "./columns.js";
import type { FoundObject, ObjectBytes } from "./found-object.js";
import { NUMBER_TYPES } from "./number-types.js";

/** The numbers of a file's tensors, by the tensors' names. */
export type NumbersByName = Readonly<Record<string, { shape: readonly number[]; numbers: Float64Array }>>;

/** Types of the safetensors format by their names in {@link NUMBER_TYPES}. */
const TYPES: Readonly<Record<string, string>> = {
  F64: "f8",
  F32: "f4",
  F16: "f2",
  BF16: "bf2",
  I64: "i8",
  I32: "i4",
  I16: "i2",
  I8: "i1",
  U8: "u1",
  BOOL: "b1",
};

/** Whether bytes begin like a safetensors file: with the length of a JSON header. */
export function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 9) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return length > 1n && length < 1n << 32n && bytes[8] === 0x7b;
}

/**
 * The tensors of a safetensors file.
 *
 * @throws WebgfnError `file` for a damaged file, or tensors without numbers.
 */
export function tensorsIn({ name, bytes }: ObjectBytes): { tensors: NumbersByName; metadata: Readonly<Record<string, string>> } {
  const { tensors, metadata } = readSafetensors(sourceOf(bytes), name, Object.keys(TYPES));
  const numbers = Object.entries(tensors).map(([tensor, { shape, ...stored }]) => [tensor, { shape, numbers: numbersOf(stored) }]);
  return { tensors: Object.fromEntries(numbers), metadata };
}

function numbersOf({ dtype, bytes }: Pick<StoredTensor, "dtype" | "bytes">): Float64Array {
  const type = TYPES[dtype] as string;
  const read = (NUMBER_TYPES[type] as (typeof NUMBER_TYPES)[string])(true);
  const width = Number(/\d+$/.exec(type));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / width }, (_, n) => read(view, n * width));
}

/**
 * The objects of tensors: one for each of the environment's columns, whose first axis counts objects. Tensors with one number for each object
 * are returned with the objects.
 *
 * @throws WebgfnError `file` for a tensor that is missing or has another shape.
 */
export function* tensorObjects(environment: Environment, name: string, tensors: NumbersByName): Generator<FoundObject> {
  const fail = (message: string) => new WebgfnError("file", `${name}: ${message}`);
  const made = recordColumns(environment);
  if (!made.available) throw fail(`${made.reason}; write the objects as JSON lines`);
  const { columns, object } = made.value as ObjectColumns;
  let rows: number | undefined;
  for (const column of columns) {
    const found = Object.hasOwn(tensors, column.name) ? tensors[column.name] : undefined;
    if (found === undefined) {
      const names = Object.keys(tensors).map((each) => shownName(each));
      throw fail(`expected a tensor ${column.name}, found ${names.join(", ") || "none"}`);
    }
    rows ??= found.shape[0];
    if (found.shape.join() !== [rows, ...column.shape].join() || rows === undefined) {
      throw fail(`expected the tensor ${column.name} to have the shape [${[rows ?? "N", ...column.shape]}], found [${found.shape}]`);
    }
  }
  const beside = Object.entries(tensors).filter(([, { shape }]) => shape.join() === `${rows}`);
  for (let row = 0; row < (rows ?? 0); row++) {
    const values = columns.map((column) => {
      const size = sizeOf(column);
      return [column.name, [...(tensors[column.name] as NumbersByName[string]).numbers.subarray(row * size, (row + 1) * size)]];
    });
    const place = `${name}: row ${row}`;
    const others = Object.fromEntries(beside.map(([each, { numbers }]) => [each, numbers[row]]));
    try {
      yield { value: object(Object.fromEntries(values)), others, place };
    } catch (cause) {
      throw new WebgfnError("file", `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}
