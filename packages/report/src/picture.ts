import type { ConsensusNode } from "@webgfn/envs/internal";

/** A comparison of the target with the distributions that runs have learned: maps with the same cells, drawn graphs, or a ranking of objects. */
export type Picture = Maps | Graphs | Trees | Ranking;

/** Graphs with the same nodes: one of the target, then one per run. Edges are as thick as they are likely. */
export interface Graphs {
  kind: "graphs";
  title: string;
  explanation: string;
  names: readonly string[];
  /** [from][to]: probability of an edge; the diagonal is ignored. */
  graphs: readonly HeatMap[];
}

/** Maps with the same cells: one of the target, then one per run. */
export interface Maps {
  kind: "maps";
  title: string;
  explanation: string;
  /** Labels of the axes. */
  axes: { across: string; up: string };
  /** Names of the columns, from left to right, and of the rows, from top to bottom. */
  columns: readonly string[];
  rows: readonly string[];
  /** Whether to write each cell's number into it. */
  written: boolean;
  maps: readonly HeatMap[];
}

/** Consensus trees with the support of each clade: one of the target, if it is known, then one per run. */
export interface Trees {
  kind: "trees";
  title: string;
  explanation: string;
  names: readonly string[];
  trees: readonly { label: string; colour?: number; root: ConsensusNode }[];
}

/** A table of objects, the best first. */
export interface Ranking {
  kind: "ranking";
  title: string;
  explanation: string;
  /** Headings. The object is the last column, because its text may be long. */
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** One number per cell, of the target or of a run. */
export interface HeatMap {
  label: string;
  /** Index of the run's colour; left out for the target. */
  colour?: number;
  /** Values of at least 0 as [row from the top][column]; NaN for a place without a cell. */
  values: readonly (readonly number[])[];
}
