/** Most sets that are listed, for exact targets and the enumeration of states. */
export const MOST_LISTED_SETS = 2 ** 20;

/** Sets of whole numbers below a size, in ascending order of their bits as one number. */
export interface ListedSets {
  readonly count: number;
  /** [count × words]: the bits of each set. */
  readonly bits: Uint32Array;
  /** [count]: what `join` returned for each set. */
  readonly loads: Float64Array;
}

/**
 * Lists the sets that can be made by adding members in ascending order, the empty set first; undefined if there are more than 2^20.
 *
 * @param join returns the load of a set with one more member, or undefined if that member cannot join. It gets the set's load (0 for the
 * empty set) and its bits, which begin at `start`.
 */
export function listSets(
  size: number,
  join: (member: number, load: number, bits: readonly number[], start: number) => number | undefined,
): ListedSets | undefined {
  const words = Math.ceil(size / 32);
  const bits = new Array<number>(words).fill(0);
  const loads = [0];
  for (let member = 0; member < size; member++) {
    const known = loads.length;
    for (let n = 0; n < known; n++) {
      const load = join(member, loads[n] as number, bits, n * words);
      if (load === undefined) continue;
      if (loads.length === MOST_LISTED_SETS) return undefined;
      for (let word = 0; word < words; word++) {
        const own = word === member >>> 5 ? 1 << (member & 31) : 0;
        bits.push((bits[n * words + word] as number) | own);
      }
      loads.push(load);
    }
  }
  return { count: loads.length, bits: Uint32Array.from(bits), loads: Float64Array.from(loads) };
}
