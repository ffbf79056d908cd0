import type { RandomStream } from "@webgfn/tensor";

/** A part of a reward that can be summed over all cells and drawn from. */
export interface RewardTerm {
  /** Its sum over all cells. */
  readonly mass: number;
  /** Draws a cell in proportion to the term. It is called only if the mass is above 0. */
  draw(random: RandomStream, cell: Uint32Array): void;
}

/** A reward of the hypergrid's cells, R = Σ terms. */
export interface GridReward {
  /** The WGSL module `package::grid_reward`, which defines `cell_log_reward`. */
  readonly shader: string;
  readonly constants: Readonly<Record<string, number>>;
  /** The module's `environment_data`. */
  readonly data: Float32Array;
  /** Z is the sum of their masses. */
  readonly terms: readonly RewardTerm[];
  /** R from which a cell counts as a mode. */
  readonly modeReward: number;
}

/** A grid {0 … side − 1}^dimensions. */
export interface GridSize {
  readonly dimensions: number;
  readonly side: number;
}

/** Draws each coordinate from the same list. */
function drawFrom(values: readonly number[]): RewardTerm["draw"] {
  return (random, cell) => {
    for (let i = 0; i < cell.length; i++) cell[i] = values[random.integer(values.length)] as number;
  };
}

/** The coordinates along one dimension. */
export function coordinatesOf({ side }: GridSize): number[] {
  return Array.from({ length: side }, (_, x) => x);
}

/** The term `height` on the cells whose coordinates are all in `values`. */
export function boxTerm(height: number, values: readonly number[], { dimensions }: GridSize): RewardTerm {
  return { mass: height * values.length ** dimensions, draw: drawFrom(values) };
}

/**
 * The term `height` on the cells whose coordinates are all in `values`, but not all in `hole`, a part of them.
 */
export function frameTerm(height: number, values: readonly number[], hole: readonly number[], { dimensions }: GridSize): RewardTerm {
  const draw = drawFrom(values);
  const inHole = new Set(hole);
  return {
    mass: height * (values.length ** dimensions - hole.length ** dimensions),
    // Rejection: the hole is at most 4/5 of a grid along each dimension, and at most half of two values.
    draw(random, cell) {
      do draw(random, cell);
      while (cell.every((x) => inHole.has(x)));
    },
  };
}
