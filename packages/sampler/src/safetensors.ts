import { WebgfnError } from "@webgfn/tensor";

/** A tensor of a file: float32, row-major. */
export interface FileTensor {
  shape: readonly number[];
  data: Float32Array;
}

export interface TensorFile {
  tensors: Record<string, FileTensor>;
  metadata: Record<string, string>;
}

/** Longest header that is read; a larger one is damage, not a checkpoint. */
const LONGEST_HEADER = 16 * 2 ** 20;

/**
 * Encodes float32 tensors as safetensors: a little-endian u64 header length, a JSON header, then the data.
 * PyTorch's `safetensors.torch.load_file` reads the result.
 */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  // The format allows trailing spaces in the header; they align the data to 8 bytes.
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json + " ".repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8));
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let offset = 8 + text.length;
  for (const { data } of Object.values(tensors)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * Decodes a safetensors file of float32 tensors.
 *
 * @param name what the file is called in errors.
 * @throws WebgfnError `file` when it is not a whole, well-formed file of this kind.
 */
export function decodeSafetensors(file: Uint8Array, name = "the file"): TensorFile {
  const damaged = (what: string) => new WebgfnError("file", `${name} is not a readable safetensors file: ${what}`);
  if (file.byteLength < 8) throw damaged(`it has ${file.byteLength} bytes`);
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(LONGEST_HEADER, file.byteLength - 8))) throw damaged("it ends within its header");
  const dataStart = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, dataStart)));
  } catch {
    throw damaged("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw damaged("its header is not an object");
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  const found = Object.entries(entries).map(([tensor, entry]) => {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (dtype !== "F32") throw damaged(`tensor "${tensor}" is ${String(dtype)}, not F32`);
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) throw damaged(`tensor "${tensor}" has no proper shape and offsets`);
    const [start, end] = offsets as [number, number];
    const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
    if (end - start !== bytes || dataStart + end > file.byteLength) throw damaged(`tensor "${tensor}" does not lie within it`);
    return { tensor, shape, start, end };
  });
  // As the format wants it, every byte belongs to one tensor: the tensors take no more memory than the file.
  let covered = 0;
  for (const { tensor, start, end } of [...found].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) throw damaged(`tensor "${tensor}" overlaps another, or leaves a gap`);
    covered = end;
  }
  if (dataStart + covered !== file.byteLength) throw damaged("it has bytes of no tensor");
  if (typeof metadata !== "object" || metadata === null || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw damaged("its metadata are not texts");
  }
  const tensors = Object.fromEntries(
    found.map(({ tensor, shape, start, end }) => [tensor, { shape, data: copied(file, dataStart + start, end - start) }]),
  );
  return { tensors, metadata: metadata as Record<string, string> };
}

/** A copy, aligned as Float32Array wants it; a Node Buffer's own `slice` would be a view of the whole file. */
function copied(file: Uint8Array, start: number, bytes: number): Float32Array {
  const copy = new Uint8Array(bytes);
  copy.set(file.subarray(start, start + bytes));
  return new Float32Array(copy.buffer);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
