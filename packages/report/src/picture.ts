/** The target and what runs have learned of it, as maps of the same cells, or as a ranking of objects. */
export type Picture = Maps | Ranking;

export interface Maps {
  kind: "maps";
  title: string;
  explanation: string;
  /** What lies along the axes. */
  axes: { across: string; up: string };
  /** Names of the columns, from left to right, and of the rows, from top to bottom. */
  columns: readonly string[];
  rows: readonly string[];
  /** Whether the cells are few enough for their numbers. */
  written: boolean;
  maps: readonly HeatMap[];
}

export interface Ranking {
  kind: "ranking";
  title: string;
  explanation: string;
  /** The objects come last: their names may be long. */
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface HeatMap {
  label: string;
  /** Number of the run's colour; the target has none. */
  colour?: number;
  /** Values of at least 0 as [row from the top][column]; NaN where there is no such cell. */
  values: readonly (readonly number[])[];
}
