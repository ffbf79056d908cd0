import type { Environment, SampledObject } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { enumerateObjects } from "@webgfn/trainer";
import { exactProbabilities, withReplica } from "../replica.js";
import { edgeMaps } from "./edge-maps.js";
import { numberText } from "./numbers.js";
import { namesOf, objectText, SHOWN } from "./objects.js";
import type { Maps, Picture, Ranking } from "./picture.js";
import type { TrainedRun } from "./pictures.js";

/** Most cells along one side of a grid that is drawn. */
const MOST_CELLS = 64;

/** An object of the target with its probability under every run. */
export interface ExactObject {
  object: SampledObject;
  /** R(x)/Z */
  target: number;
  /** p_T(x) by run. */
  learned: number[];
}

/** Pictures of an environment whose objects can all be listed, with exact probabilities. */
export async function exactPictures(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Picture[]> {
  const logZ = environment.exactLogZ.available ? environment.exactLogZ.value : Number.NaN;
  const probabilities: Float32Array[] = [];
  for (const run of runs) probabilities.push(await withReplica(device, run, exactProbabilities));
  const objects = (await enumerateObjects(device, environment)).map(({ object, index, logReward }) => ({
    object,
    target: Math.exp(logReward - logZ),
    learned: probabilities.map((mass) => mass[index] as number),
  }));
  return [...gridMaps(environment, objects, runs), ...edgeMaps(environment, objects, runs), ranking(environment, objects, runs)];
}

/** The hypergrid in two dimensions, as a map with the origin at the bottom left. */
function gridMaps({ name, parameters }: Environment, objects: readonly ExactObject[], runs: readonly TrainedRun[]): Maps[] {
  const side = Number(parameters["side"]);
  if (name !== "hypergrid" || parameters["dimensions"] !== 2 || side > MOST_CELLS) return [];
  const values = (pick: (object: ExactObject) => number): number[][] => {
    const rows = Array.from({ length: side }, () => new Array<number>(side).fill(Number.NaN));
    for (const object of objects) {
      const [x, y] = (object.object as { coordinates: [number, number] }).coordinates;
      (rows[side - 1 - y] as number[])[x] = pick(object);
    }
    return rows;
  };
  const numbers = Array.from({ length: side }, (_, x) => String(x));
  return [
    {
      kind: "maps",
      title: "Probability of each cell",
      explanation: "R/Z of the target and exact p_T of each run",
      axes: { across: "coordinate 1", up: "coordinate 2" },
      columns: numbers,
      rows: [...numbers].reverse(),
      written: false,
      maps: [
        { label: "target", values: values(({ target }) => target) },
        ...runs.map(({ label, colour }, r) => ({ label, colour, values: values(({ learned }) => learned[r] as number) })),
      ],
    },
  ];
}

function ranking(environment: Environment, objects: readonly ExactObject[], runs: readonly TrainedRun[]): Ranking {
  const names = namesOf(environment);
  const likeliest = [...objects].sort((a, b) => b.target - a.target).slice(0, SHOWN);
  return {
    kind: "ranking",
    title: `The ${likeliest.length} likeliest of ${objects.length} objects`,
    explanation: "R/Z of the target and exact p_T of each run",
    columns: ["rank", "target", ...runs.map(({ label }) => label), "object"],
    rows: likeliest.map(({ object, target, learned }, k) => [
      String(k + 1),
      numberText(target),
      ...learned.map(numberText),
      objectText(object, names),
    ]),
  };
}
