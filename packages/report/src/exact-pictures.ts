import type { CellPicture, EdgePicture, Environment } from "@webgfn/envs";
import { exactProbabilities, withReplica } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { type EnumeratedObject, enumerateObjects } from "@webgfn/trainer";
import { cellMap, edgeMap, likeliest } from "@webgfn/trainer/internal";
import { edgePictures } from "./graph-pictures.js";
import { numberText } from "./numbers.js";
import type { Maps, Picture, Ranking } from "./picture.js";
import { SHOWN } from "./sampled-ranking.js";
import type { TrainedRun } from "./trained-run.js";

/** Largest number of cells along one side of a map. Larger grids are not drawn. */
const MOST_CELLS = 64;

/** All objects, and their probabilities under the target and under each run, in the order of `objects`. */
interface Distributions {
  objects: readonly EnumeratedObject[];
  /** R(x)/Z */
  target: readonly number[];
  /** [run][object]: p_T(x). */
  learned: readonly (readonly number[])[];
}

/** Draws pictures with exact probabilities, for an environment whose states can be enumerated. */
export async function exactPictures(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Picture[]> {
  const logZ = environment.exactLogZ.available ? environment.exactLogZ.value : Number.NaN;
  const probabilities: Float32Array[] = [];
  for (const run of runs) probabilities.push(await withReplica(device, run, exactProbabilities));
  const objects = await enumerateObjects(device, environment);
  const distributions: Distributions = {
    objects,
    target: objects.map(({ logReward }) => Math.exp(logReward - logZ)),
    learned: probabilities.map((mass) => objects.map(({ index }) => mass[index] as number)),
  };
  const { picture } = environment.objects;
  const maps =
    picture.kind === "cells"
      ? cellMaps(picture, distributions, runs)
      : picture.kind === "edges"
        ? edgeMaps(picture, distributions, runs)
        : [];
  return [...maps, ranking(environment, distributions, runs)];
}

/** The target's map and one for each run. */
function sideBySide(
  { target, learned }: Distributions,
  runs: readonly TrainedRun[],
  draw: (values: readonly number[]) => number[][],
): Maps["maps"] {
  return [
    { label: "target", values: draw(target) },
    ...runs.map(({ label, colour }, r) => ({ label, colour, values: draw(learned[r] ?? []) })),
  ];
}

/** Maps with one cell per object. Empty if there are too many cells. */
function cellMaps(picture: CellPicture, distributions: Distributions, runs: readonly TrainedRun[]): Maps[] {
  const { axes, columns, rows } = picture;
  if (Math.max(columns.length, rows.length) > MOST_CELLS) return [];
  return [
    {
      kind: "maps",
      title: "Probability of each cell",
      explanation: "R/Z of the target and exact p_T of each run",
      axes,
      columns,
      rows: [...rows].reverse(),
      written: false,
      maps: sideBySide(distributions, runs, (values) => cellMap(picture, distributions.objects, values)),
    },
  ];
}

/** Maps of the edge marginals P(i → j) of graphs. */
function edgeMaps(picture: EdgePicture, distributions: Distributions, runs: readonly TrainedRun[]): Picture[] {
  const maps = sideBySide(distributions, runs, (values) => edgeMap(picture, distributions.objects, values));
  return edgePictures(picture.names, "exact for the target and for each run", maps);
}

function ranking(environment: Environment, { objects, target, learned }: Distributions, runs: readonly TrainedRun[]): Ranking {
  const shown = likeliest(target, SHOWN);
  return {
    kind: "ranking",
    title: `The ${shown.length} likeliest of ${objects.length} objects`,
    explanation: "R/Z of the target and exact p_T of each run",
    columns: ["rank", "target", ...runs.map(({ label }) => label), "object"],
    rows: shown.map((n, k) => [
      String(k + 1),
      numberText(target[n] as number),
      ...learned.map((probabilities) => numberText(probabilities[n] as number)),
      environment.objects.text((objects[n] as EnumeratedObject).object),
    ]),
  };
}
