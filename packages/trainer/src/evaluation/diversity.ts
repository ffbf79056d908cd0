import type { Environment } from "@webgfn/envs";

/** How far two objects are apart, given by their states. */
export type Distance = (a: Uint32Array, b: Uint32Array) => number;

/**
 * The distance between two objects of an environment, by their kind: edit distance for sequences, Jaccard distance for sets, structural
 * Hamming distance (SHD) for graphs, Robinson–Foulds distance for trees, Manhattan distance for cells and Euclidean distance for points. For
 * other objects it is the number of entries that differ in their columns.
 *
 * @returns `undefined` for other objects without columns.
 */
export function distanceOf<Facts extends Pick<Environment, "objects" | "decode">>({ objects, decode }: Facts): Distance | undefined {
  const { picture, columns } = objects;
  if (picture.kind === "trees" && picture.clades !== undefined) {
    const clades = picture.clades;
    return between((state) => clades(state).map((leaves) => leaves.join()), onlyInOne);
  }
  if (picture.kind === "edges") return between((state) => picture.edges(decode(state)), hamming);
  if (!columns.available) return undefined;
  const numbersOf = (state: Uint32Array) => columns.value.flatMap(({ values }) => values(decode(state)));
  const measure = MEASURES[objects.kind] ?? differing;
  return between(numbersOf, measure);
}

/** A distance of states by the values that `read` decodes from them. */
function between<Read>(read: (state: Uint32Array) => Read, distance: (a: Read, b: Read) => number): Distance {
  const known = new Map<Uint32Array, Read>();
  const readOnce = (state: Uint32Array) => {
    const found = known.get(state) ?? read(state);
    known.set(state, found);
    return found;
  };
  return (a, b) => distance(readOnce(a), readOnce(b));
}

type Numbers = readonly number[];

/** Distances by the kind of the objects, of the numbers in their columns. */
const MEASURES: Readonly<Partial<Record<string, (a: Numbers, b: Numbers) => number>>> = {
  sequence: editDistance,
  set: (a, b) => onlyInOne(a, b) / new Set([...a, ...b]).size || 0,
  cell: (a, b) => total(a.map((value, i) => Math.abs(value - (b[i] as number)))),
  point: (a, b) => Math.sqrt(total(a.map((value, i) => (value - (b[i] as number)) ** 2))),
};

/** Levenshtein's distance: the fewest symbols to insert, remove or replace. */
export function editDistance(a: Numbers, b: Numbers): number {
  // Distances of a's first i symbols to each start of b.
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, symbol] of a.entries()) {
    const next = [i + 1];
    for (const [j, other] of b.entries()) {
      const replaced = (row[j] as number) + (symbol === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Number of members that only one of the two lists has. */
function onlyInOne<Member>(a: readonly Member[], b: readonly Member[]): number {
  const [inA, inB] = [new Set(a), new Set(b)];
  return [...inA].filter((member) => !inB.has(member)).length + [...inB].filter((member) => !inA.has(member)).length;
}

/** Structural Hamming distance: pairs of nodes whose edge is missing, added or turned round. */
function hamming(a: readonly (readonly [number, number])[], b: readonly (readonly [number, number])[]): number {
  const edges = new Set(b.map((edge) => edge.join()));
  const missing = a.filter((edge) => !edges.has(edge.join()));
  const turned = missing.filter(([from, to]) => edges.has(`${to},${from}`));
  return missing.length + (b.length - (a.length - missing.length)) - turned.length;
}

function differing(a: Numbers, b: Numbers): number {
  return total(Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] === b[i] ? 0 : 1)));
}

function total(values: Numbers): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The mean distance between two of these objects; NaN for a single object. */
export function diversity(states: readonly Uint32Array[], distance: Distance): number {
  let sum = 0;
  for (const [n, a] of states.entries()) for (const b of states.slice(n + 1)) sum += distance(a, b);
  return states.length < 2 ? Number.NaN : sum / ((states.length * (states.length - 1)) / 2);
}
