import type { CellPicture, DensityPicture, EdgePicture, Environment, PlaneWindow } from "@webgfn/envs";
import { type EnumeratedObject, type EvaluatorInputs, enumerateObjects } from "@webgfn/trainer";
import {
  bestSampled,
  cellMap,
  densityMap,
  edgeMap,
  edgeShares,
  graphsOf,
  heldOutEstimates,
  likeliest,
  policySamples,
} from "@webgfn/trainer/internal";
import type { Picture } from "../protocol.js";

const BARS = 14;
const TREES = 6;
/** Number of objects to sample if there are too many to list. */
const SAMPLES = 512;

/** Draws the target and a learned distribution. It computes everything that depends only on the target once. */
export interface Painter {
  /** @param probabilities exact p_T by state index, if the states can be enumerated. */
  paint(inputs: EvaluatorInputs, probabilities: Float32Array | undefined): Promise<Picture>;
}

/**
 * Makes the painter for an environment's kind of picture.
 *
 * @param window [left, right, bottom, top] of a density. Default: the picture's window.
 */
export async function makePainter(inputs: EvaluatorInputs, window?: PlaneWindow): Promise<Painter> {
  const { device, environment } = inputs;
  const { picture } = environment.objects;
  if (picture.kind === "density") return densityPainter(environment, picture, window);
  if (picture.kind === "edges" && !environment.enumeration.available && picture.exactMarginals.available) {
    return sampledEdgePainter(environment, picture, picture.exactMarginals.value());
  }
  if (!environment.enumeration.available || !environment.exactLogZ.available) return sampledPainter(environment);
  const objects = await enumerateObjects(device, environment);
  const logZ = environment.exactLogZ.value;
  const target = objects.map(({ logReward }) => Math.exp(logReward - logZ));
  if (picture.kind === "cells") return cellPainter(picture, objects, target);
  if (picture.kind === "edges") return edgePainter(picture, objects, target);
  return rankingPainter(environment, objects, target);
}

/** Concatenates the rows of a map from the top; 0 where the map has no cell. */
const flat = (rows: readonly (readonly number[])[]) => Float32Array.from(rows.flat(), (value) => (Number.isNaN(value) ? 0 : value));

/** p_T of each object; 0 if unknown. */
const learnedOf = (objects: readonly EnumeratedObject[], probabilities: Float32Array | undefined) =>
  objects.map(({ index }) => probabilities?.[index] ?? 0);

function densityPainter(environment: Environment, picture: DensityPicture, given: PlaneWindow | undefined): Painter {
  const map = densityMap(environment, picture, given);
  const names = (values: readonly number[]) => values.map((value) => value.toFixed(2));
  const fixed = { kind: "density" as const, window: map.window, columns: names(map.columns), rows: names(map.rows) };
  return {
    async paint(inputs) {
      const { target, learned } = await map.measure(inputs);
      return { ...fixed, target: flat(target), learned: flat(learned) };
    },
  };
}

function cellPainter(picture: CellPicture, objects: readonly EnumeratedObject[], target: readonly number[]): Painter {
  const draw = (values: readonly number[]) => flat(cellMap(picture, objects, values));
  const { columns, rows } = picture;
  const fixed = { kind: "cells" as const, columns, rows: [...rows].reverse(), target: draw(target) };
  return { paint: async (_, probabilities) => ({ ...fixed, learned: draw(learnedOf(objects, probabilities)) }) };
}

function edgePainter(picture: EdgePicture, objects: readonly EnumeratedObject[], target: readonly number[]): Painter {
  const draw = (values: readonly number[]) => flat(edgeMap(picture, objects, values));
  const fixed = { kind: "edges" as const, columns: picture.names, rows: picture.names, target: draw(target) };
  return { paint: async (_, probabilities) => ({ ...fixed, learned: draw(learnedOf(objects, probabilities)) }) };
}

/** Exact edge probabilities beside those of sampled graphs, of which there are too many to list. */
function sampledEdgePainter(environment: Environment, picture: EdgePicture, exact: readonly (readonly number[])[]): Painter {
  const fixed = { kind: "edges" as const, columns: picture.names, rows: picture.names, target: flat(exact) };
  return {
    async paint(inputs) {
      const [samples] = await policySamples(inputs, SAMPLES);
      const graphs = samples === undefined ? [] : graphsOf(environment, picture, samples.states);
      return { ...fixed, learned: flat(edgeShares(picture.names, graphs)) };
    },
  };
}

/** The kind and number of a ranking's rows: trees, or texts with bars, which take less space. */
function rowsOf({ objects }: Environment): { kind: "bars" | "trees"; most: number } {
  return objects.picture.kind === "trees" ? { kind: "trees", most: TREES } : { kind: "bars", most: BARS };
}

function rankingPainter(environment: Environment, objects: readonly EnumeratedObject[], target: readonly number[]): Painter {
  const { kind, most } = rowsOf(environment);
  const shown = likeliest(target, most);
  const names = shown.map((n) => environment.objects.text((objects[n] as EnumeratedObject).object));
  const note = `The ${shown.length} likeliest of ${objects.length}, with exact probabilities.`;
  return {
    async paint(_, probabilities) {
      const values = learnedOf(objects, probabilities);
      const ranked = shown.map((n, k) => ({ name: names[k] as string, target: target[n] as number, learned: values[n] as number }));
      return { kind, note, objects: ranked };
    },
  };
}

/** Ranks the best objects sampled from the policy, with estimated probabilities. */
function sampledPainter(environment: Environment): Painter {
  const { exactLogZ } = environment;
  const { kind, most } = rowsOf(environment);
  return {
    async paint(inputs) {
      const best = bestSampled(await policySamples(inputs, SAMPLES), most);
      const [estimates] = await heldOutEstimates(inputs, best.states);
      const logZ = exactLogZ.available ? exactLogZ.value : Number.NaN;
      const objects = best.objects.map(({ state, logReward }, k) => ({
        name: environment.objects.text(environment.decode(state)),
        target: Math.exp(logReward - logZ),
        learned: Math.exp(estimates?.logProbabilities[k] ?? Number.NaN),
      }));
      return { kind, note: `The ${best.objects.length} best of ${SAMPLES} sampled, with estimated probabilities.`, objects };
    },
  };
}
