/**
 * The bytes of TensorBoard's event files: protocol buffers of the message `Event`, in the frames of TFRecord. The fields are those of
 * event.proto and summary.proto in https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** One number of a curve. */
export interface Scalar {
  /** The name of the curve. */
  tag: string;
  /** Stored as a float32, the precision that TensorBoard shows. */
  value: number;
  /** Label and help that TensorBoard shows next to the curve. Only the first number of a curve needs them. */
  about?: { label: string; help: string };
}

/** The CRC-32C polynomial (Castagnoli), bits reversed. */
const POLYNOMIAL = 0x82f63b78;
/** TFRecord rotates checksums and adds this number, so that checksums of data with checksums stay reliable. */
const MASK_DELTA = 0xa282ead8;
/** Bytes of a record around its payload: the length, and the checksums of length and payload. */
const FRAME = 16;
const SESSION_START = 1;
const DATA_CLASS_SCALAR = 1;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/** The CRC-32C of RFC 3720. Node's `zlib.crc32` uses another polynomial. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** A TFRecord: length (u64), its masked CRC, the payload, its masked CRC. All numbers are little-endian. */
export function record(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.length + FRAME);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(payload, 12);
  view.setUint32(12 + payload.length, maskedCrc(payload), true);
  return bytes;
}

/** The beginning of an event file: the version of the format, and a start at step 0, which makes readers drop the events of older files. */
export function openingRecords(seconds: number): Uint8Array[] {
  const version = event(seconds, 0).tag(3, WireType.LengthDelimited).string("brain.Event:2");
  const start = message(event(seconds, 0), 7, (session) => session.tag(1, WireType.Varint).int32(SESSION_START));
  return [version, start].map((each) => record(each.finish()));
}

/**
 * The record of numbers that belong to one step.
 *
 * @param seconds when they were measured, in seconds since 1970.
 */
export function scalarRecord(seconds: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const written = message(event(seconds, step), 5, (summary) => {
    for (const scalar of scalars) message(summary, 1, (value) => writeScalar(value, scalar));
  });
  return record(written.finish());
}

function writeScalar(writer: BinaryWriter, { tag, value, about }: Scalar): void {
  writer.tag(1, WireType.LengthDelimited).string(tag);
  // Numbers beyond the largest float32 become infinite; the writer would refuse them.
  writer.tag(2, WireType.Bit32).float(Math.fround(value));
  if (about === undefined) return;
  message(writer, 9, (metadata) => {
    message(metadata, 1, (plugin) => plugin.tag(1, WireType.LengthDelimited).string("scalars"));
    metadata.tag(2, WireType.LengthDelimited).string(about.label);
    metadata.tag(3, WireType.LengthDelimited).string(about.help);
    metadata.tag(4, WireType.Varint).int32(DATA_CLASS_SCALAR);
  });
}

function event(seconds: number, step: number): BinaryWriter {
  return new BinaryWriter().tag(1, WireType.Bit64).double(seconds).tag(2, WireType.Varint).int64(step);
}

/** Writes a field that is a message. */
function message(writer: BinaryWriter, field: number, write: (writer: BinaryWriter) => void): BinaryWriter {
  write(writer.tag(field, WireType.LengthDelimited).fork());
  return writer.join();
}
