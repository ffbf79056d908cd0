import type { Environment } from "@webgfn/envs";
import { consensusOf } from "@webgfn/envs/internal";
import { withReplica } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { policySamples, sampledClades } from "@webgfn/trainer/internal";
import { exactPictures } from "./exact-pictures.js";
import type { Picture, Trees } from "./picture.js";
import { SAMPLES, sampledRanking } from "./sampled-ranking.js";
import type { TrainedRun } from "./trained-run.js";

/** Draws the consensus of each run's trees, next to that of the target if it is known, and ranks the best trees. */
export async function treePictures(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Picture[]> {
  const rank = environment.enumeration.available ? exactPictures : sampledRanking;
  const { picture } = environment.objects;
  if (picture.kind !== "trees" || picture.clades === undefined || picture.names === undefined) return rank(device, environment, runs);
  const { clades, names, exactClades } = picture;
  const trees: Trees["trees"][number][] = exactClades?.available
    ? [{ label: "target", root: consensusOf(names.length, exactClades.value()) }]
    : [];
  for (const run of runs) {
    const [samples] = await withReplica(device, run, (inputs) => policySamples(inputs, SAMPLES));
    if (samples === undefined) continue;
    const root = consensusOf(names.length, sampledClades(environment, clades, samples.states));
    trees.push({ label: run.label, colour: run.colour, root });
  }
  const how = `${exactClades?.available ? "exact for the target, " : ""}${SAMPLES} sampled trees for each run`;
  const explanation = `majority-rule consensus: the clades of more than half of the trees, with their shares; ${how}`;
  return [{ kind: "trees", title: "Consensus", explanation, names, trees }, ...(await rank(device, environment, runs))];
}
