/** The numbers of two lists, one after the other, as float32. */
export function joined(first: ArrayLike<number>, second: ArrayLike<number>): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
