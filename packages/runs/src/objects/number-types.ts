/** Reads one number. */
export type Read = (view: DataView, at: number) => number;

/** Types of numbers in files, by NumPy's names, and bfloat16 as `bf2`: a kind and the bytes of one number. */
export const NUMBER_TYPES: Readonly<Record<string, (little: boolean) => Read>> = {
  bf2: (little) => (view, at) => fromBits(view.getUint16(at, little) << 16),
  f2: (little) => (view, at) => half(view.getUint16(at, little)),
  f4: (little) => (view, at) => view.getFloat32(at, little),
  f8: (little) => (view, at) => view.getFloat64(at, little),
  i1: () => (view, at) => view.getInt8(at),
  i2: (little) => (view, at) => view.getInt16(at, little),
  i4: (little) => (view, at) => view.getInt32(at, little),
  i8: (little) => (view, at) => Number(view.getBigInt64(at, little)),
  u1: () => (view, at) => view.getUint8(at),
  u2: (little) => (view, at) => view.getUint16(at, little),
  u4: (little) => (view, at) => view.getUint32(at, little),
  u8: (little) => (view, at) => Number(view.getBigUint64(at, little)),
  b1: () => (view, at) => view.getUint8(at),
};

const FLOAT = new DataView(new ArrayBuffer(4));

/** The float32 of these bits. */
function fromBits(bits: number): number {
  FLOAT.setInt32(0, bits);
  return FLOAT.getFloat32(0);
}

/** The number of the bits of a float16. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
