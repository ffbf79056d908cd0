import type { DensityPicture, Environment, PlaneWindow } from "@webgfn/envs";
import { largestOf } from "@webgfn/tensor/internal";
import type { EvaluatorInputs } from "../evaluation/evaluator.js";
import { heldOutEstimates } from "../evaluation/held-out.js";

/** Cells along each axis. */
const CELLS = 40;

/** The target's density R/Z and the learned one, each as [row from the top][column]. */
interface Densities {
  target: number[][];
  learned: number[][];
}

/** A window of the plane, divided into CELLS × CELLS cells. */
export interface DensityMap {
  readonly window: PlaneWindow;
  /** x at the centre of each column, from the left; y at the centre of each row, from the top. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** Both densities at the cells' centres. A point has one trajectory, so p_F of that trajectory is the learned density. */
  measure(inputs: EvaluatorInputs): Promise<Densities>;
}

/**
 * Prepares a map of the target's and the learned density over the plane. If log Z is unknown, the target is normalised over the window.
 *
 * @param window [left, right, bottom, top]. Default: the picture's window.
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
      const { logProbabilities, logTargets } = estimates;
      const logZ = exactLogZ.available ? exactLogZ.value : logSumExp(logTargets) + logCellArea;
      return { target: grid(logTargets.map((logReward) => logReward - logZ)), learned: grid(logProbabilities) };
    },
  };
}

function logSumExp(values: Float64Array): number {
  const highest = largestOf(values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
