import type { Environment } from "@webgfn/envs";
import { withReplica } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { bestSampled, heldOutEstimates, type PolicySamples, policySamples } from "@webgfn/trainer/internal";
import { numberText } from "./numbers.js";
import type { Ranking } from "./picture.js";
import type { TrainedRun } from "./trained-run.js";

/** Number of objects in a ranking. */
export const SHOWN = 10;
/** Number of objects to sample from each run. */
export const SAMPLES = 1024;

/** Ranks the best objects sampled from the runs, with estimates of log p_T. For environments with too many objects to list. */
export async function sampledRanking(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Ranking[]> {
  const { exactLogZ, singleTrajectory = false } = environment;
  const samples: PolicySamples[] = [];
  for (const run of runs) {
    for (const each of await withReplica(device, run, (inputs) => policySamples(inputs, SAMPLES))) samples.push(each);
  }
  const best = bestSampled(samples, SHOWN);
  const learned: Float64Array[] = [];
  for (const run of runs) {
    const [estimates] = await withReplica(device, run, (inputs) => heldOutEstimates(inputs, best.states));
    learned.push(estimates?.logProbabilities ?? new Float64Array(0));
  }
  return [
    {
      kind: "ranking",
      title: `The ${best.objects.length} best objects sampled`,
      explanation: `of ${SAMPLES} from each run; log p_T is ${singleTrajectory ? "that of the one trajectory" : "estimated from backward trajectories"}`,
      columns: ["rank", "log R", ...(exactLogZ.available ? ["log R/Z"] : []), ...runs.map(({ label }) => `log p_T, ${label}`), "object"],
      rows: best.objects.map(({ state, logReward }, k) => [
        String(k + 1),
        numberText(logReward),
        ...(exactLogZ.available ? [numberText(logReward - exactLogZ.value)] : []),
        ...learned.map((logProbabilities) => numberText(logProbabilities[k] ?? Number.NaN)),
        environment.objects.text(environment.decode(state)),
      ]),
    },
  ];
}
