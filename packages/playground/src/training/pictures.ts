import type { CellPicture, DensityPicture, EdgePicture, Environment, PlaneWindow } from "@webgfn/envs";
import { type EnumeratedObject, type EvaluatorInputs, enumerateObjects } from "@webgfn/trainer";
import {
  bestSampled,
  cellMap,
  densityMap,
  type ExactEvaluator,
  edgeMap,
  edgeShares,
  graphsOf,
  heldOutEstimates,
  likeliest,
  type PolicySamples,
  policySamples,
} from "@webgfn/trainer/internal";
import type { Picture } from "../protocol.js";

const BARS = 14;
const TREES = 6;
/** Number of objects to sample if there are too many to list. */
const SAMPLES = 512;
/** An object counts as missed below this part of its target probability. */
const MISSED = 0.1;

/** A model to draw, and its exact p_T by state index if the states can be enumerated. */
export interface Model {
  inputs: EvaluatorInputs;
  probabilities: Float32Array | undefined;
  /** The evaluator that measured them. */
  exact: ExactEvaluator | undefined;
}

interface Painted {
  picture: Picture;
  /** For each model, the share of the target's mass that it misses; null if unknown. */
  missed: readonly (number | null)[];
}

/** Draws the target and what several models have learned. It computes everything that depends only on the target once. */
export interface Painter {
  paint(models: readonly Model[]): Promise<Painted>;
}

/** The share of the target's mass in places where a model has less than a tenth of it. */
function missedShare(target: ArrayLike<number>, learned: ArrayLike<number>): number {
  let [missed, total] = [0, 0];
  for (let k = 0; k < target.length; k++) {
    const mass = target[k] as number;
    total += mass;
    if (!((learned[k] as number) >= MISSED * mass)) missed += mass;
  }
  return total > 0 ? missed / total : 0;
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
  if (picture.kind === "cells") return listedPainter(objects, target, mapOfCells(picture, objects));
  if (picture.kind === "edges") return listedPainter(objects, target, mapOfEdges(picture, objects));
  return rankingPainter(environment, objects, target);
}

/** Concatenates the rows of a map from the top; 0 where the map has no cell. */
const flat = (rows: readonly (readonly number[])[]) => Float32Array.from(rows.flat(), (value) => (Number.isNaN(value) ? 0 : value));

/** p_T of each object; 0 if unknown. */
const learnedOf = (objects: readonly EnumeratedObject[], probabilities: Float32Array | undefined) =>
  objects.map(({ index }) => probabilities?.[index] ?? 0);

const EDGES = { across: "to", up: "from" };

function densityPainter(environment: Environment, picture: DensityPicture, given: PlaneWindow | undefined): Painter {
  const map = densityMap(environment, picture, given);
  const names = (values: readonly number[]) => values.map((value) => value.toFixed(2));
  const fixed = { kind: "density" as const, ...picture.axes, window: map.window, columns: names(map.columns), rows: names(map.rows) };
  return {
    async paint(models) {
      const learned: Float32Array[] = [];
      let target = new Float32Array();
      for (const { inputs } of models) {
        const densities = await map.measure(inputs);
        target = flat(densities.target);
        learned.push(flat(densities.learned));
      }
      return { picture: { ...fixed, target, learned }, missed: learned.map((values) => missedShare(target, values)) };
    },
  };
}

/** Draws one number per object, such as its probability, as a map. */
type Draw = (target: readonly number[], learned: readonly (readonly number[])[]) => Picture;

function listedPainter(objects: readonly EnumeratedObject[], target: readonly number[], draw: Draw): Painter {
  return {
    async paint(models) {
      const learned = models.map(({ probabilities }) => learnedOf(objects, probabilities));
      return { picture: draw(target, learned), missed: learned.map((values) => missedShare(target, values)) };
    },
  };
}

function mapOfCells(picture: CellPicture, objects: readonly EnumeratedObject[]): Draw {
  const map = (values: readonly number[]) => flat(cellMap(picture, objects, values));
  const fixed = { kind: "cells" as const, ...picture.axes, columns: picture.columns, rows: [...picture.rows].reverse() };
  return (target, learned) => ({ ...fixed, target: map(target), learned: learned.map(map) });
}

function mapOfEdges(picture: EdgePicture, objects: readonly EnumeratedObject[]): Draw {
  const map = (values: readonly number[]) => flat(edgeMap(picture, objects, values));
  const counts = objects.map(({ object }) => picture.edges(object).length);
  const sizes = (values: readonly number[]) => {
    const sums = new Float32Array(counts.reduce((most, count) => Math.max(most, count), 0) + 1);
    counts.forEach((count, n) => {
      sums[count] = (sums[count] as number) + (values[n] as number);
    });
    return sums;
  };
  const fixed = { kind: "edges" as const, ...EDGES, columns: picture.names, rows: picture.names };
  return (target, learned) => ({
    ...fixed,
    target: map(target),
    learned: learned.map(map),
    sizes: { target: sizes(target), learned: learned.map(sizes) },
  });
}

/** Draws exact edge probabilities next to those of sampled graphs, if there are too many graphs to list. */
function sampledEdgePainter(environment: Environment, picture: EdgePicture, exact: readonly (readonly number[])[]): Painter {
  const fixed = { kind: "edges" as const, ...EDGES, columns: picture.names, rows: picture.names, target: flat(exact) };
  return {
    async paint(models) {
      const learned: Float32Array[] = [];
      for (const { inputs } of models) {
        const [samples] = await policySamples(inputs, SAMPLES);
        const graphs = samples === undefined ? [] : graphsOf(environment, picture, samples.states);
        learned.push(flat(edgeShares(picture.names, graphs)));
      }
      return { picture: { ...fixed, learned }, missed: models.map(() => null) };
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
  const pick = (values: readonly number[]) => Float32Array.from(shown, (n) => values[n] as number);
  return listedPainter(objects, target, (all, learned) => ({ kind, note, names, target: pick(all), learned: learned.map(pick) }));
}

/** Ranks the best objects that any of the policies sampled, with estimated probabilities. */
function sampledPainter(environment: Environment): Painter {
  const { exactLogZ } = environment;
  const { kind, most } = rowsOf(environment);
  return {
    async paint(models) {
      const drawn: PolicySamples[] = [];
      for (const { inputs } of models) for (const samples of await policySamples(inputs, SAMPLES)) drawn.push(samples);
      const best = bestSampled(drawn, most);
      const learned: Float32Array[] = [];
      for (const { inputs } of models) {
        const [estimates] = await heldOutEstimates(inputs, best.states);
        learned.push(Float32Array.from(best.objects, (_, k) => Math.exp(estimates?.logProbabilities[k] ?? Number.NaN)));
      }
      const logZ = exactLogZ.available ? exactLogZ.value : Number.NaN;
      const picture: Picture = {
        kind,
        note: `The ${best.objects.length} best of ${SAMPLES * models.length} sampled, with estimated probabilities.`,
        names: best.objects.map(({ state }) => environment.objects.text(environment.decode(state))),
        target: Float32Array.from(best.objects, ({ logReward }) => Math.exp(logReward - logZ)),
        learned,
      };
      return { picture, missed: models.map(() => null) };
    },
  };
}
