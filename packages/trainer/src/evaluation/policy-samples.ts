import { recordRollout, samplingBuffers, trajectoryColumns } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import type { EvaluatorInputs } from "./evaluator.js";

/** Objects that one replica's policy sampled. */
export interface PolicySamples {
  /** States of `stateWords` words, one after another. */
  states: Uint32Array;
  /** log R per object. */
  logRewards: Float64Array;
  /** log p_F of each object's trajectory. */
  logForward: Float64Array;
  /** log R + log p_B − log p_F per trajectory: the weights of the forward KL divergence. */
  logWeights: Float64Array;
}

/** Samples `count` objects from every replica's policy, and reads them back. */
export async function policySamples(inputs: EvaluatorInputs, count: number): Promise<PolicySamples[]> {
  const { device, environment, network, weights, data, replicas } = inputs;
  const shape = { environment, network, batch: count, replicas: replicas.count };
  const buffers = samplingBuffers(device, shape);
  try {
    const program = new Program(device, "objects of the policy");
    await recordRollout(program, shape, { weights, data, replicas, ...buffers });
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
    for (const tensor of Object.values(buffers)) tensor.dispose();
  }
}
