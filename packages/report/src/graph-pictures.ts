import type { Environment } from "@webgfn/envs";
import { withReplica } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { edgeShares, graphsOf, policySamples } from "@webgfn/trainer/internal";
import type { Maps, Picture } from "./picture.js";
import { SAMPLES, sampledRanking } from "./sampled-ranking.js";
import type { TrainedRun } from "./trained-run.js";

/** Most variables of a map that shows numbers in its cells. */
const MOST_WRITTEN = 12;

/** Draws edge probabilities from samples of each run, next to the exact ones if they are known, and ranks the best graphs. */
export async function graphPictures(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Picture[]> {
  const { picture } = environment.objects;
  if (picture.kind !== "edges") return [];
  const { names, exactMarginals } = picture;
  const maps: Maps["maps"][number][] = exactMarginals.available ? [{ label: "target", values: exactMarginals.value() }] : [];
  for (const run of runs) {
    const [samples] = await withReplica(device, run, (inputs) => policySamples(inputs, SAMPLES));
    if (samples === undefined) continue;
    maps.push({ label: run.label, colour: run.colour, values: edgeShares(names, graphsOf(environment, picture, samples.states)) });
  }
  const how = `${exactMarginals.available ? "exact for the target, " : ""}the share of ${SAMPLES} sampled graphs for each run`;
  return [...edgePictures(names, how, maps), ...(await sampledRanking(device, environment, runs))];
}

/**
 * Draws edge probabilities as maps and as graphs.
 *
 * @param maps [from][to].
 */
export function edgePictures(names: readonly string[], how: string, maps: Maps["maps"]): Picture[] {
  const blank = maps.map(({ values, ...map }) => ({
    ...map,
    values: values.map((row, i) => row.map((value, j) => (i === j ? Number.NaN : value))),
  }));
  return [
    {
      kind: "maps",
      title: "Edge marginals",
      explanation: `probability of an edge from the row's variable to the column's, ${how}`,
      axes: { across: "to", up: "from" },
      columns: names,
      rows: names,
      written: names.length <= MOST_WRITTEN,
      maps: blank,
    },
    { kind: "graphs", title: "Likely edges", explanation: `edges are as thick as they are likely, ${how}`, names, graphs: blank },
  ];
}
