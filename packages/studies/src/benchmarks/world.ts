import { bitSequences, type Environment, hypergrid, ising, qm9Small, type SequenceObject, tableReward, tfbind8 } from "@webgfn/envs";
import {
  bitSequences as bitSequencesTwin,
  hypergrid as hypergridTwin,
  ising as isingTwin,
  latticePairs,
  prependAppend as prependAppendTwin,
  type ReferenceEnvironment,
  sequences as sequencesTwin,
} from "@webgfn/reference";
import { objectsOf, tableLogRewards } from "./table.js";

/** A benchmark's environment in three forms: ours, for training; its float64 twin, for measuring; and a description for other libraries. */
export interface World {
  environment: Environment;
  twin: ReferenceEnvironment<unknown>;
  /** The twin's state of one of our objects. */
  stateOf(object: unknown): unknown;
  /** A state for a library: the value at each place, counted from 0; -1 for an empty place. */
  places(state: unknown): number[];
  /** Objects for comparing policies if not all can be listed, as states, and whether they are exact samples of R/Z. */
  testSet?: { objects: () => unknown[]; isOfTarget: boolean };
  /** The description of the environment for the Python programs: bench/python/field.py. */
  described: Readonly<Record<string, unknown>>;
}

/** The parts of a world whose states have the type S. */
interface Parts<S> extends Omit<World, "twin" | "stateOf" | "places" | "described"> {
  twin: ReferenceEnvironment<S>;
  stateOf(object: never): S;
  places(state: S): number[];
  described: Readonly<Record<string, unknown>>;
}

/** Erases the type of the states: only a world's own functions read them. */
function world<S>(parts: Parts<S>): World {
  return { ...parts, described: { environment: parts.environment.name, ...parts.described } } as unknown as World;
}

export interface GridSizes {
  dimensions: number;
  side: number;
  r0: number;
  r1: number;
  r2: number;
}

export function gridWorld(sizes: GridSizes): World {
  const environment = hypergrid(sizes) as Environment;
  const stateOf = ({ coordinates }: { coordinates: number[] }) => ({ coordinates, stopped: true });
  return world({
    environment,
    twin: hypergridTwin(sizes),
    stateOf,
    places: ({ coordinates }) => coordinates,
    ...exactTestSet(environment, stateOf),
    described: { ...sizes, places: sizes.dimensions, values: sizes.side },
  });
}

export interface BitSizes {
  bits: number;
  wordBits: number;
  modes: number;
  /** Decrease of log R per bit of distance between a sequence and the nearest mode. */
  exponent: number;
}

/** Words are put at any free position. */
export function bitWorld(sizes: BitSizes): World {
  const { bits, wordBits, exponent } = sizes;
  const environment = bitSequences({ ...sizes, order: "any" });
  const made = objectsAmong(environment as Environment, environment.testSet?.() ?? new Uint32Array()) as { bits: number[] }[];
  // The test set has as many objects of each mode as there are bits, and the mode itself is the first.
  const modes = made.filter((_, n) => n % bits === 0).map((object) => object.bits);
  const positions = bits / wordBits;
  const stateOf = ({ bits: sequence }: { bits: number[] }) =>
    Array.from({ length: positions }, (_, i) => Number.parseInt(sequence.slice(i * wordBits, (i + 1) * wordBits).join(""), 2));
  return world({
    environment: environment as Environment,
    twin: bitSequencesTwin({ positions, wordBits, anyOrder: true, exponent, modes }),
    stateOf,
    places: (words) => words,
    testSet: { objects: () => made.map(stateOf), isOfTarget: false },
    described: { bits, wordBits, exponent, modes, places: positions, values: 2 ** wordBits },
  });
}

export interface SpinSizes {
  side: number;
  /** J of a bond. */
  coupling: number;
}

/** An Ising model on a torus. */
export function spinWorld({ side, coupling }: SpinSizes): World {
  const environment = ising({ rows: side, columns: side, coupling }) as Environment;
  const bonds = latticePairs(side, side, true);
  const stateOf = ({ spins }: { spins: number[] }) => spins;
  return world({
    environment,
    twin: isingTwin({ sites: side ** 2, bonds: bonds.map((sites) => ({ sites, coupling })), field: 0 }),
    stateOf,
    places: (spins) => spins.map((spin) => (spin === 0 ? -1 : (spin + 1) / 2)),
    ...exactTestSet(environment, stateOf),
    described: { coupling, bonds, places: side ** 2, values: 2 },
  });
}

/** DNA sequences of 8 bases, whose rewards come from a table: y of each, the last base fastest. */
export function dnaWorld(table: readonly number[]): World {
  const logRewards = tableLogRewards("tfbind8", table);
  const objects = objectsOf(4, 8);
  const twin = sequencesTwin({ length: 8, least: 8, values: [0, 0, 0, 0] });
  return world({
    environment: tfbind8({ reward: tableReward<SequenceObject>({ objects, values: [...table] }) }) as Environment,
    twin: { ...twin, logReward: ({ symbols }) => logRewards[indexOf(symbols, 4)] as number },
    stateOf: ({ symbols }: SequenceObject) => ({ symbols, stopped: true }),
    places: ({ symbols }) => filled(symbols, 8),
    described: { logRewards, places: 8, values: 4 },
  });
}

/** Molecules of 5 out of 11 blocks that grow at both ends, with rewards from a table, too. */
export function moleculeWorld(table: readonly number[]): World {
  const logRewards = tableLogRewards("qm9-small", table);
  const objects = objectsOf(11, 5);
  const twin = prependAppendTwin({ length: 5, values: new Array<number>(11).fill(0) });
  return world({
    environment: qm9Small({ reward: tableReward<SequenceObject>({ objects, values: [...table] }) }) as Environment,
    twin: { ...twin, logReward: (symbols) => logRewards[indexOf(symbols, 11)] as number },
    stateOf: ({ symbols }: SequenceObject) => symbols,
    places: (symbols) => filled(symbols, 5),
    described: { logRewards, places: 5, values: 11 },
  });
}

/** Exact samples in a test set. */
const TESTED = 256;

/** A test set of exact samples of R/Z, if the environment can draw them. */
function exactTestSet(environment: Environment, stateOf: (object: never) => unknown): Pick<World, "testSet"> {
  const { exactSampling } = environment;
  if (!exactSampling?.available) return {};
  const samples = exactSampling.value(TESTED, 0);
  return { testSet: { objects: () => objectsAmong(environment, samples).map((object) => stateOf(object as never)), isOfTarget: true } };
}

function objectsAmong(environment: Environment, states: Uint32Array): unknown[] {
  const { stateWords, decode } = environment;
  return Array.from({ length: states.length / stateWords }, (_, n) => decode(states.subarray(n * stateWords, (n + 1) * stateWords)));
}

const indexOf = (symbols: readonly number[], base: number) => symbols.reduce((index, symbol) => index * base + symbol, 0);
const filled = (symbols: readonly number[], length: number) => Array.from({ length }, (_, i) => symbols[i] ?? -1);
