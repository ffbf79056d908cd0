import { BLOCK, BLOCKS, type Mode } from "./modes.js";

/** The most blocks whose sequences are counted: 32 bits, which take a fraction of a second. */
export const MOST_COUNTED = 4;

/** Sequences of one block with the same distances to all of {@link BLOCKS}. */
interface BlockClass {
  /** [block of BLOCKS] */
  distances: Uint8Array;
  count: number;
}

/** The distinct ends of the modes from one block on. */
interface Ends {
  /** [end]: its first block. */
  blocks: number[];
  /** [end]: index of the rest among the ends from the next block on. */
  rests: number[];
  /** Number of ends from the next block on. */
  most: number;
}

/** Beginnings of sequences with the same distances to all groups of modes, where a group shares its end. */
interface Beginnings {
  /** [end of modes]: the distance to the nearest of the modes with this end. */
  nearest: Uint8Array;
  count: number;
}

/**
 * Counts the sequences at each distance from the nearest mode, exactly: [distance] → number of sequences. Z = Σ_d count_d · exp(−exponent · d).
 *
 * It counts block by block from left to right. Among modes with the same end, only the nearest so far matters. Beginnings with the same
 * distances to all ends of modes are counted together.
 */
export function distanceCounts(modes: readonly Mode[]): Float64Array {
  const length = modes[0]?.length ?? 0;
  const classes = blockClasses();
  let all: Beginnings[] = [{ nearest: new Uint8Array(modes.length), count: 1 }];
  for (let block = 0; block < length; block++) {
    const { blocks, rests, most } = endsFrom(modes, block);
    const next = new Map<string, Beginnings>();
    for (const { nearest: before, count } of all) {
      for (const { distances, count: times } of classes) {
        const nearest = new Uint8Array(most).fill(255);
        for (let end = 0; end < before.length; end++) {
          const rest = rests[end] as number;
          nearest[rest] = Math.min(nearest[rest] as number, (before[end] as number) + (distances[blocks[end] as number] as number));
        }
        const key = nearest.join();
        const known = next.get(key);
        if (known === undefined) next.set(key, { nearest, count: count * times });
        else known.count += count * times;
      }
    }
    all = [...next.values()];
  }
  const counts = new Float64Array(BLOCK * length + 1);
  for (const { nearest, count } of all) counts[nearest[0] as number] = count;
  return counts;
}

function endsFrom(modes: readonly Mode[], from: number): Ends {
  const different = (start: number) => [...new Map(modes.map((mode) => [mode.slice(start).join(), mode.slice(start)])).entries()];
  const rests = new Map(different(from + 1).map(([key], number) => [key, number]));
  const own = different(from).map(([, end]) => end);
  return {
    blocks: own.map(([block]) => block as number),
    rests: own.map((end) => rests.get(end.slice(1).join()) as number),
    most: rests.size,
  };
}

function blockClasses(): BlockClass[] {
  const classes = new Map<string, BlockClass>();
  for (let bits = 0; bits < 2 ** BLOCK; bits++) {
    const distances = Uint8Array.from(BLOCKS, (block) => ones(bits ^ Number.parseInt(block, 2)));
    const known = classes.get(distances.join());
    if (known === undefined) classes.set(distances.join(), { distances, count: 1 });
    else known.count++;
  }
  return [...classes.values()];
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest &= rest - 1) count++;
  return count;
}
