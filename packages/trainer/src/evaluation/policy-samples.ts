import { recordRollout, SIZE_ADVICE, samplingBuffers, trajectoryColumns } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { disposeTensors } from "@webgfn/tensor/internal";
import { type PriorScratch, priorTensors, recordPrior } from "../prior.js";
import type { EvaluatorInputs } from "./evaluator.js";

/** Objects that one replica's policy sampled. */
export interface PolicySamples {
  /** States of `stateWords` words, one after another. */
  states: Uint32Array;
  /** log R per object. */
  logRewards: Float64Array;
  /** log p_F of each object's trajectory. */
  logForward: Float64Array;
  /** log R + log p_B − log p_F per trajectory: the log weights of the forward KL divergence. A prior takes the place of p_B. */
  logWeights: Float64Array;
}

/** Samples `count` objects from every replica's policy, and reads them back. */
export async function policySamples(inputs: EvaluatorInputs, count: number): Promise<PolicySamples[]> {
  const { device, environment, network, weights, data, replicas, prior } = inputs;
  const shape = { environment, network, batch: count, replicas: replicas.count };
  const buffers = samplingBuffers(device, shape);
  let ofPrior: Partial<PriorScratch> = {};
  try {
    if (prior) ofPrior = device.tensors(priorTensors(device, prior, shape), SIZE_ADVICE);
    const program = new Program(device, "objects of the policy");
    await recordRollout(program, shape, { weights, data, replicas, ...buffers });
    if (prior) await recordPrior(program, prior, shape, { data, replicas, ...buffers }, ofPrior as PriorScratch);
    await program.run();
    const [summaries, states] = (await Promise.all([buffers.trajectories.read(), buffers.objects.read()])) as [Float32Array, Uint32Array];
    return Array.from({ length: replicas.count }, (_, r) => {
      const { logForward, logBackward, logReward: logRewards } = trajectoryColumns(summaries, r * count, count);
      return {
        states: states.subarray(r * count * environment.stateWords, (r + 1) * count * environment.stateWords),
        logRewards,
        logForward,
        logWeights: logRewards.map((logReward, n) => logReward + (logBackward[n] as number) - (logForward[n] as number)),
      };
    });
  } finally {
    disposeTensors({ ...buffers, ...ofPrior });
  }
}
