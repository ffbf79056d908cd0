import type { Environment } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { distinctObjects, heldOutEstimates, policySamples } from "@webgfn/trainer";
import { withReplica } from "../replica.js";
import { numberText } from "./numbers.js";
import { namesOf, objectText, SHOWN } from "./objects.js";
import type { Ranking } from "./picture.js";
import type { TrainedRun } from "./pictures.js";

/** Objects sampled from each run. */
const SAMPLES = 1024;

/** The best objects that any of the runs samples, where there are too many to list, with estimates of log p_T. */
export async function sampledRanking(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Ranking[]> {
  const { stateWords, exactLogZ } = environment;
  const states = new Uint32Array(runs.length * SAMPLES * stateWords);
  const logRewards = new Float64Array(runs.length * SAMPLES);
  for (const [r, run] of runs.entries()) {
    const [samples] = await withReplica(device, run, (inputs) => policySamples(inputs, SAMPLES));
    states.set(samples?.states ?? [], r * SAMPLES * stateWords);
    logRewards.set(samples?.logRewards ?? [], r * SAMPLES);
  }
  const best = distinctObjects(states, logRewards).slice(0, SHOWN);
  const flat = new Uint32Array(best.length * stateWords);
  best.forEach(({ state }, k) => {
    flat.set(state, k * stateWords);
  });
  const learned: Float64Array[] = [];
  for (const run of runs) {
    const [estimates] = await withReplica(device, run, (inputs) => heldOutEstimates(inputs, flat));
    learned.push(estimates?.logProbabilities ?? new Float64Array(0));
  }
  const names = namesOf(environment);
  return [
    {
      kind: "ranking",
      title: `The ${best.length} best objects sampled`,
      explanation: `of ${SAMPLES} from each run; log p_T is estimated from backward trajectories`,
      columns: ["rank", "log R", ...(exactLogZ.available ? ["log R/Z"] : []), ...runs.map(({ label }) => `log p_T, ${label}`), "object"],
      rows: best.map(({ state, logReward }, k) => [
        String(k + 1),
        numberText(logReward),
        ...(exactLogZ.available ? [numberText(logReward - exactLogZ.value)] : []),
        ...learned.map((logProbabilities) => numberText(logProbabilities[k] ?? Number.NaN)),
        objectText(environment.decode(state), names),
      ]),
    },
  ];
}
