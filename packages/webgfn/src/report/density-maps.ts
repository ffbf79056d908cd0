import type { Environment } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { heldOutEstimates } from "@webgfn/trainer";
import { withReplica } from "../replica.js";
import { numberText } from "./numbers.js";
import type { Maps } from "./picture.js";
import type { TrainedRun } from "./pictures.js";

/** Cells along each axis. */
const CELLS = 40;
/** Points of the target that say where it lies. */
const POINTS = 4096;
/** Share of them left out on each side, and what is added to the rest, as a share of its extent. */
const OUTLIERS = 0.002;
const BORDER = 0.08;
const SEED = 1;

export function hasPlaneDensity({ actionSpace, horizon, exactSampling, exactLogZ }: Environment): boolean {
  return actionSpace === "continuous" && horizon === 2 && exactSampling.available && exactLogZ.available;
}

/** Densities in the plane, at the middle of each cell. A point has one trajectory, so that its p_F is the density learned. */
export async function densityMaps(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Maps[]> {
  const { exactSampling, exactLogZ, stateWords } = environment;
  if (!exactSampling.available || !exactLogZ.available) return [];
  const sampled = exactSampling.value(POINTS, SEED);
  const across = middles(coordinates(sampled, stateWords, 0));
  const up = middles(coordinates(sampled, stateWords, 1)).reverse();
  const states = new Uint32Array(CELLS ** 2 * stateWords);
  for (let cell = 0; cell < CELLS ** 2; cell++) {
    // What else a finished state holds is the same for all points.
    states.set(sampled.subarray(0, stateWords), cell * stateWords);
    new Float32Array(states.buffer).set([across[cell % CELLS] as number, up[Math.floor(cell / CELLS)] as number], cell * stateWords);
  }
  const grid = (logDensities: Float64Array) => up.map((_, i) => [...logDensities.subarray(i * CELLS, (i + 1) * CELLS)].map(Math.exp));
  const maps: Maps["maps"][number][] = [];
  for (const run of runs) {
    const [estimates] = await withReplica(device, run, (inputs) => heldOutEstimates(inputs, states));
    if (estimates === undefined) continue;
    const { logProbabilities, logRewards } = estimates;
    if (maps.length === 0) maps.push({ label: "target", values: grid(logRewards.map((logReward) => logReward - exactLogZ.value)) });
    maps.push({ label: run.label, colour: run.colour, values: grid(logProbabilities) });
  }
  return [
    {
      kind: "maps",
      title: "Density",
      explanation: `R/Z of the target and the density of each run, at the middles of ${CELLS} × ${CELLS} cells`,
      axes: { across: "coordinate 1", up: "coordinate 2" },
      columns: across.map(numberText),
      rows: up.map(numberText),
      written: false,
      maps,
    },
  ];
}

function coordinates(states: Uint32Array, stateWords: number, axis: 0 | 1): Float32Array {
  const floats = new Float32Array(states.buffer, states.byteOffset, states.length);
  return Float32Array.from({ length: states.length / stateWords }, (_, n) => floats[n * stateWords + axis] as number).sort();
}

/** Middles of equal cells that cover nearly all of the sorted values. */
function middles(sorted: Float32Array): number[] {
  const outside = Math.floor(OUTLIERS * sorted.length);
  const [low, high] = [sorted[outside] as number, sorted[sorted.length - 1 - outside] as number];
  const border = BORDER * (high - low);
  const width = (high - low + 2 * border) / CELLS;
  return Array.from({ length: CELLS }, (_, k) => low - border + (k + 0.5) * width);
}
