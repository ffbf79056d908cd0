import type { SampledObject } from "@webgfn/envs";
import { logMeanExp } from "@webgfn/objectives/internal";
import { float32 } from "@webgfn/runs/internal";
import { exactProbabilities, type LoadedRun, withReplica } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { enumerateObjects, type Prior } from "@webgfn/trainer";
import { placedPrior } from "@webgfn/trainer/internal";

/** An object with its exact probabilities. */
export interface Entry {
  object: SampledObject;
  /** p_T(x) */
  probability: number;
  /** R(x)/Z; with a prior, p_prior(x) R(x)/Z. */
  target: number;
}

/** The exact distribution over the objects of a run, whose environment must be enumerable. */
export async function exactDistribution(device: Device, run: LoadedRun, prior: Prior | undefined): Promise<Entry[]> {
  const listed = await enumerateObjects(device, run.environment);
  return await withReplica(device, run, async (inputs) => {
    const probabilities = await exactProbabilities(inputs);
    const placed = prior && placedPrior(device, prior, 1);
    try {
      const ofPrior = placed && (await exactProbabilities({ ...inputs, ...placed }));
      const priorOf = (index: number) => (ofPrior ? Math.log(ofPrior[index] as number) : 0);
      const logTargets = Float64Array.from(listed, ({ index, logReward }) => logReward + priorOf(index));
      const { exactLogZ } = run.environment;
      const logZ = exactLogZ.available && !prior ? exactLogZ.value : logMeanExp(logTargets) + Math.log(listed.length);
      return listed.map(({ object, index }, n) => ({
        object,
        probability: float32(probabilities[index] as number),
        target: Math.exp((logTargets[n] as number) - logZ),
      }));
    } finally {
      placed?.weights.dispose();
    }
  });
}
