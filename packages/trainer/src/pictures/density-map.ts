import type { DensityPicture, Environment, PlaneWindow } from "@webgfn/envs";
import type { EvaluatorInputs } from "../evaluation/evaluator.js";
import { heldOutEstimates } from "../evaluation/held-out.js";

/** Cells along each axis. */
const CELLS = 40;

/** The target's density R/Z beside a learned one, as [row from the top][column]. */
interface Densities {
  target: number[][];
  learned: number[][];
}

/** A window of the plane in CELLS × CELLS cells. */
export interface DensityMap {
  readonly window: PlaneWindow;
  /** Coordinates at the cells' middles: of the columns from the left, of the rows from the top. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** Both densities at the cells' middles. A point has one trajectory, so that p_F is the density that a policy has learned. */
  measure(inputs: EvaluatorInputs): Promise<Densities>;
}

/**
 * Prepares a map of densities over the plane. Where log Z is unknown, the target is normalised over the window.
 *
 * @param window default: the picture's own.
 */
export function densityMap(environment: Environment, picture: DensityPicture, window: PlaneWindow = picture.window): DensityMap {
  const [left, right, bottom, top] = window;
  const middles = (from: number, to: number) => Array.from({ length: CELLS }, (_, k) => from + ((k + 0.5) * (to - from)) / CELLS);
  const columns = middles(left, right);
  const rows = middles(top, bottom);
  const { stateWords, exactLogZ } = environment;
  const states = new Uint32Array(CELLS ** 2 * stateWords);
  rows.forEach((y, i) => {
    columns.forEach((x, j) => {
      states.set(picture.stateAt([x, y]), (i * CELLS + j) * stateWords);
    });
  });
  const logCellArea = Math.log(((right - left) * (top - bottom)) / CELLS ** 2);
  const grid = (logDensities: Float64Array) => rows.map((_, i) => [...logDensities.subarray(i * CELLS, (i + 1) * CELLS)].map(Math.exp));
  return {
    window,
    columns,
    rows,
    async measure(inputs) {
      const [estimates] = await heldOutEstimates(inputs, states);
      if (estimates === undefined) throw new Error("there is no replica");
      const { logProbabilities, logRewards } = estimates;
      const logZ = exactLogZ.available ? exactLogZ.value : logSumExp(logRewards) + logCellArea;
      return { target: grid(logRewards.map((logReward) => logReward - logZ)), learned: grid(logProbabilities) };
    },
  };
}

function logSumExp(values: Float64Array): number {
  const highest = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
