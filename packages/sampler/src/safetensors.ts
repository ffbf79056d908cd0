import { WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief, shownName } from "@webgfn/tensor/internal";

/** A tensor of a file: float32, row-major. */
export interface FileTensor {
  /** Extents, the outermost axis first. */
  shape: readonly number[];
  /** The numbers, row by row. */
  data: Float32Array;
}

/** The content of a safetensors file. */
export interface TensorFile {
  tensors: Record<string, FileTensor>;
  metadata: Record<string, string>;
}

/** Bytes that can be read in parts: a file on a disk, or an array. */
export interface ByteSource {
  byteLength: number;
  /** Fills `into` with the bytes from `start` on. */
  read(start: number, into: Uint8Array): void;
}

/** Most bytes of a header, for writing and reading: the limit of the safetensors library. */
export const LONGEST_HEADER = 100_000_000;
/** The header's length comes first, in this many bytes. */
const PREFIX = 8;
/** The only name in the header that is not a tensor. */
const METADATA = "__metadata__";

/**
 * Encodes float32 tensors as safetensors, in pieces: a little-endian u64 with the header's length and the JSON header, then each
 * tensor's data. `safetensors.torch.load_file` reads the result.
 *
 * @throws WebgfnError `argument` for a tensor whose data do not fill its shape, `file` for a header longer than readers accept.
 */
export function* safetensorsPieces({ tensors, metadata }: TensorFile): Generator<Uint8Array> {
  requireTensors(tensors);
  const entries = Object.entries(tensors);
  let end = 0;
  const header: [string, unknown][] = [[METADATA, metadata]];
  for (const [name, { shape, data }] of entries) {
    header.push([name, { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] }]);
    end += data.byteLength;
  }
  yield headerBytes(Object.fromEntries(header));
  for (const [, { data }] of entries) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The header, after its length. Blanks at its end, which the format allows, align the data to 8 bytes. */
function headerBytes(header: object): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / PREFIX) * PREFIX;
  if (length > LONGEST_HEADER) {
    throw new WebgfnError("file", `the header would have ${length} bytes, and no reader of safetensors takes more than ${LONGEST_HEADER}`);
  }
  const bytes = new Uint8Array(PREFIX + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, PREFIX);
  return bytes;
}

/** @throws WebgfnError `argument` for the first tensor that has no float32 data, or whose data do not fill its shape. */
export function requireTensors(tensors: Readonly<Record<string, unknown>>): asserts tensors is Record<string, FileTensor> {
  for (const [name, tensor] of Object.entries(tensors)) {
    const { shape, data } = (tensor ?? {}) as Partial<FileTensor>;
    const shown = `the tensor "${shownName(name)}"`;
    if (name === METADATA) throw argumentError(`${shown} has the name that is kept for the metadata`);
    if (!(data instanceof Float32Array)) throw argumentError(`the data of ${shown} must be a Float32Array, not ${inBrief(data)}`);
    if (!isSizes(shape) || numbersIn(shape) !== data.length) {
      throw argumentError(`${shown} has ${data.length} numbers, which do not fill the shape ${inBrief(shape)}`);
    }
  }
}

/** Encodes float32 tensors as one array: see {@link safetensorsPieces}. */
export function encodeSafetensors(content: TensorFile): Uint8Array {
  const pieces = [...safetensorsPieces(content)];
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let file: Uint8Array;
  try {
    file = new Uint8Array(length);
  } catch (cause) {
    throw new WebgfnError("file", `the file would have ${length} bytes, more than one array can have here`, { cause });
  }
  let offset = 0;
  for (const piece of pieces) {
    file.set(piece, offset);
    offset += piece.byteLength;
  }
  return file;
}

/** The bytes of an array as a source. */
export function sourceOf(file: Uint8Array): ByteSource {
  return { byteLength: file.byteLength, read: (start, into) => into.set(file.subarray(start, start + into.byteLength)) };
}

/** A tensor's entry in the header. Offsets are bytes from the end of the header. */
interface Entry {
  tensor: string;
  dtype: string;
  shape: number[];
  start: number;
  end: number;
}

/** A tensor as stored in a file. */
export interface StoredTensor {
  shape: readonly number[];
  /** A type of the format, such as `F32`, `BF16` or `I64`. */
  dtype: string;
  /** Little-endian and row-major, in a separate array. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** A web page identifies itself within this many bytes. */
const HTML_WITHIN = 256;
/** Bytes per number of each supported type. */
const WIDTHS: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };
const FLOAT32: readonly string[] = ["F32"];

/**
 * Decodes a safetensors file of float32 tensors. Each tensor gets its own array.
 *
 * @param name name of the file in errors.
 * @throws WebgfnError `file` if it is not a complete, well-formed file of this kind.
 */
export function decodeSafetensors(source: ByteSource, name = "the file"): TensorFile {
  const { tensors, metadata } = readSafetensors(source, name, FLOAT32);
  const decoded = Object.entries(tensors).map(([tensor, { shape, bytes }]): [string, FileTensor] => [
    tensor,
    { shape, data: new Float32Array(bytes.buffer) },
  ]);
  return { tensors: Object.fromEntries(decoded), metadata };
}

/**
 * Reads the tensors of a safetensors file as they are stored.
 *
 * @param name name of the file in errors.
 * @param dtypes the accepted types.
 * @throws WebgfnError `file` if it is not a complete, well-formed file of such tensors.
 */
export function readSafetensors(
  source: ByteSource,
  name: string,
  dtypes: readonly string[] = Object.keys(WIDTHS),
): { tensors: Record<string, StoredTensor>; metadata: Record<string, string> } {
  const damaged = (what: string) => new WebgfnError("file", `${name} is not a readable safetensors file: ${what}`);
  const size = source.byteLength;
  const part = (start: number, length: number): Uint8Array<ArrayBuffer> => {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(length);
    } catch (cause) {
      throw new WebgfnError("file", `${name} cannot be read: there is no memory for ${length} bytes of it`, { cause });
    }
    source.read(start, bytes);
    return bytes;
  };
  if (size < PREFIX) throw damaged(`it has ${size} bytes`);
  const length = new DataView(part(0, PREFIX).buffer).getBigUint64(0, true);
  // Eight letters of a text, read as a number, exceed the length of any header.
  if (length > BigInt(LONGEST_HEADER) && isHtml(part(0, Math.min(size, HTML_WITHIN)))) throw damaged("it looks like HTML, a web page");
  if (length > BigInt(size - PREFIX)) {
    const hint = length > BigInt(LONGEST_HEADER) ? ", so that it may be a file of another kind" : "";
    throw damaged(`it ends within its header, which would have ${length} bytes${hint}`);
  }
  if (length > BigInt(LONGEST_HEADER)) throw damaged(`its header has ${length} bytes, and the longest has ${LONGEST_HEADER}`);
  const dataStart = PREFIX + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(part(PREFIX, Number(length))));
  } catch (cause) {
    if (cause instanceof WebgfnError) throw cause;
    throw damaged("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw damaged("its header is not an object");
  const { [METADATA]: metadata = {}, ...entries } = header as Record<string, unknown>;
  if (typeof metadata !== "object" || metadata === null || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw damaged("its metadata are not texts");
  }
  const found = Object.entries(entries).map(([tensor, entry]) => entryOf(tensor, entry, dtypes, size - dataStart, damaged));
  requireNoGaps(found, size - dataStart, damaged);
  const tensors = found.map(({ tensor, dtype, shape, start, end }): [string, StoredTensor] => [
    tensor,
    { shape, dtype, bytes: part(dataStart + start, end - start) },
  ]);
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

/** Whether a file begins like a web page, which servers send for an unknown address. */
export function isHtml(file: Uint8Array): boolean {
  return /^\s*<(!doctype|!--|html|head|body|\?xml)/i.test(new TextDecoder().decode(file.subarray(0, HTML_WITHIN)));
}

function entryOf(tensor: string, entry: unknown, dtypes: readonly string[], size: number, damaged: (what: string) => WebgfnError): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const shown = `tensor "${shownName(tensor)}"`;
  if (typeof dtype !== "string" || !dtypes.includes(dtype)) {
    throw damaged(`${shown} is ${typeof dtype === "string" ? shownName(dtype) : inBrief(dtype)}, not ${dtypes.join(", ")}`);
  }
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) throw damaged(`${shown} has no proper shape and offsets`);
  const [start, end] = offsets as [number, number];
  if (end - start !== (WIDTHS[dtype] as number) * numbersIn(shape) || end > size) throw damaged(`${shown} does not lie within it`);
  return { tensor, dtype, shape, start, end };
}

/** Checks that every byte belongs to exactly one tensor, as the format demands, so that tensors take no more memory than the file. */
function requireNoGaps(entries: readonly Entry[], size: number, damaged: (what: string) => WebgfnError): void {
  let covered = 0;
  for (const { tensor, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) throw damaged(`tensor "${shownName(tensor)}" overlaps another, or leaves a gap`);
    covered = end;
  }
  if (covered !== size) throw damaged("it has bytes of no tensor");
}

const numbersIn = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
