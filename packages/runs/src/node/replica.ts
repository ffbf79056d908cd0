import { environmentData, Replicas, unstackLayers, weightsTensor } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import type { EvaluatorInputs } from "@webgfn/trainer";
import { ExactEvaluator } from "@webgfn/trainer/internal";
import type { LoadedRun } from "./loaded-run.js";

/** Passes one replica of a trained run to an evaluator, and frees its buffers afterwards. */
export async function withReplica<T>(
  device: Device,
  { configuration, checkpoint, environment, network, replica }: LoadedRun,
  use: (inputs: EvaluatorInputs) => Promise<T>,
): Promise<T> {
  const layers = unstackLayers("policy", network, checkpoint.tensors, configuration.replicas)[replica] ?? [];
  const weights = weightsTensor(device, network, [layers]);
  const data = environmentData(device, environment);
  const replicas = new Replicas(device, [{ seed: configuration.seed + replica }]);
  try {
    return await use({ device, environment, network, weights, data, replicas });
  } finally {
    for (const owned of [weights, data, replicas]) owned.dispose();
  }
}

/** p_T of every state by its index, for an enumerable environment. */
export async function exactProbabilities(inputs: EvaluatorInputs): Promise<Float32Array> {
  const evaluator = await ExactEvaluator.create(inputs);
  try {
    await evaluator.measure();
    return await evaluator.probabilities(0);
  } finally {
    evaluator.dispose();
  }
}
