import { available, type Capability, unavailable } from "./capability.js";

/** A sampled object (decoded terminal state) as plain data, such as `{ items: [1, 4] }`. The command line prints it as JSON. */
export type SampledObject = object;

/** The kind of an object. */
export type ObjectKind = "set" | "sequence" | "cell" | "graph" | "tree" | "point" | "other";

/** A column of numbers that represents objects as arrays of one shape, for NumPy and CSV. */
export interface ObjectColumn<O extends SampledObject = SampledObject> {
  /** The field's name in a file. */
  readonly name: string;
  /** Type of the numbers in a file. */
  readonly dtype: "float32" | "int32" | "uint32" | "uint8";
  /** Shape of one object's array; [] for a single number. */
  readonly shape: readonly number[];
  /** The array's numbers, row by row. Files pad a list that is too short with −1. */
  values(object: O): readonly number[];
}

/** A rectangle of the plane. */
export type PlaneWindow = readonly [left: number, right: number, bottom: number, top: number];

/** Labels of the horizontal and the vertical axis of a map. */
export interface PictureAxes {
  /** The horizontal axis. */
  readonly across: string;
  /** The vertical axis. */
  readonly up: string;
}

/** A map with one cell per object. */
export interface CellPicture<O extends SampledObject = SampledObject> {
  /** Tells it from other pictures. */
  readonly kind: "cells";
  /** Labels of the axes. */
  readonly axes: PictureAxes;
  /** Names of the columns from left to right, and of the rows from bottom to top. */
  readonly columns: readonly string[];
  /** See `columns`. */
  readonly rows: readonly string[];
  /** The object's column, from the left, and row, from the bottom. */
  cell(object: O): readonly [column: number, row: number];
  /** The cells that a trajectory visits: one before the first action and one after each action. */
  path?(actions: readonly number[]): readonly (readonly [number, number])[];
}

/** A density over a window of the plane. Every object must have one trajectory, so that log p_F is its log density. */
export interface DensityPicture {
  /** Tells it from other pictures. */
  readonly kind: "density";
  /** Labels of the axes. */
  readonly axes: PictureAxes;
  /** The part of the plane that contains nearly all of the target's mass. */
  readonly window: PlaneWindow;
  /** The terminal state of a point, `stateWords` words. */
  stateAt(point: readonly [x: number, y: number]): Uint32Array;
  /** The points that a trajectory visits: one before the first action and one after each action. */
  path?(actions: readonly number[]): readonly (readonly [number, number])[];
}

/** A matrix with the probability of each edge i → j. */
export interface EdgePicture<O extends SampledObject = SampledObject> {
  /** Tells it from other pictures. */
  readonly kind: "edges";
  /** Names of the nodes. */
  readonly names: readonly string[];
  /** The object's edges as pairs of node numbers. */
  edges(object: O): readonly (readonly [from: number, to: number])[];
  /** P(i → j) under R/Z, as [i][j]. */
  readonly exactMarginals: Capability<() => number[][]>;
  /** P(there is a directed path from i to j) under R/Z, as [i][j]. Default: unknown. */
  readonly exactPaths?: Capability<() => number[][]>;
  /** The edges of the graph that the data were simulated from, for comparison. */
  readonly reference?: readonly (readonly [from: number, to: number])[];
}

/** A ranking of objects, each drawn as a tree. `text` must return an object in Newick format. */
export interface TreePicture {
  /** Tells it from other pictures. */
  readonly kind: "trees";
  /** Names of the leaves. */
  readonly names?: readonly string[];
  /** The groups of leaves that the tree of a terminal state separates from all others, each in ascending order. */
  clades?(state: Uint32Array): readonly (readonly number[])[];
  /** The probability of each clade under R/Z. */
  readonly exactClades?: Capability<() => readonly { readonly leaves: readonly number[]; readonly support: number }[]>;
}

/** A ranking of objects by their text. */
export interface RankingPicture {
  /** Tells it from other pictures. */
  readonly kind: "ranking";
}

/** The kind of picture that compares the target with a learned distribution. */
export type ObjectPicture<O extends SampledObject = SampledObject> =
  | CellPicture<O>
  | DensityPicture
  | EdgePicture<O>
  | TreePicture
  | RankingPicture;

/** The display of an environment's objects: as text, as arrays, action by action, and in pictures. */
export interface ObjectDisplay<O extends SampledObject = SampledObject> {
  /** The kind of the objects. */
  readonly kind: ObjectKind;
  /** The object on one line, in usual notation: `{1, 4, 7}`. */
  text(object: O): string;
  /** Objects as arrays of one shape, or the reason why they have no such form. */
  readonly columns: Capability<readonly ObjectColumn<O>[]>;
  /**
   * The inverse of `columns`: returns the object with these column values, which were read from a file. Lists have the full length of their
   * column, including padding. `encode` checks the object. Absent if objects cannot be read from columns.
   */
  fromColumns?(values: Readonly<Record<string, readonly number[]>>): O;
  /** The object that these actions build. Only objects without `columns` need it: files identify them by their actions. */
  fromActions?(actions: readonly number[]): O;
  /** Describes each action of a trajectory on one line. */
  steps(actions: readonly number[]): string[];
  /** The picture that compares the target with a learned distribution. */
  readonly picture: ObjectPicture<O>;
}

/** How the objects of a user-defined environment are shown. Every field has a default, and `columns` may be a plain list. */
export type DisplayDescription<O extends SampledObject> = Partial<Omit<ObjectDisplay<O>, "columns">> & {
  readonly columns?: readonly ObjectColumn<O>[] | ObjectDisplay<O>["columns"];
};

/**
 * Fills in the defaults: an object's text is its JSON, an action is shown by its number, there are no columns, and pictures are rankings.
 *
 * @param name the environment's name, for the message about missing columns.
 */
export function completeDisplay<O extends SampledObject>(name: string, { columns, ...given }: DisplayDescription<O>): ObjectDisplay<O> {
  return {
    kind: "other",
    text: (object) => JSON.stringify(object),
    steps: (actions) => actions.map((action) => `action ${action}`),
    picture: { kind: "ranking" },
    ...given,
    columns: columnsOf(columns) ?? unavailable(`${name} does not say how its objects are written as arrays of one shape`),
  };
}

function columnsOf<O extends SampledObject>(given: DisplayDescription<O>["columns"]): ObjectDisplay<O>["columns"] | undefined {
  return given === undefined || "available" in given ? given : available(given);
}

/** The display of objects `{ words }`, which consist of their state's words. */
export function wordsDisplay(stateWords: number): DisplayDescription<{ words: number[] }> {
  return {
    text: ({ words }) => words.join(", "),
    columns: [{ name: "words", dtype: "uint32", shape: [stateWords], values: ({ words }) => words }],
    fromColumns: ({ words = [] }) => ({ words: [...words] }),
  };
}
