import type { Environment } from "@webgfn/envs";
import type { Checkpoint, Network, Policy } from "@webgfn/sampler";
import { fitPolicy, hasFlow } from "@webgfn/sampler/internal";
import type { Configuration } from "../configuration.js";
import { type Parts, policyOf } from "../parts.js";

/** A trained run with everything needed to sample from it and measure it. */
export interface LoadedRun {
  configuration: Configuration;
  checkpoint: Checkpoint;
  /** Objects from the user's files. */
  parts: Parts;
  environment: Environment;
  policy: Policy;
  network: Network;
  /** Number of the replica to read, from 0. */
  replica: number;
}

/**
 * Puts a run together from its configuration and its checkpoint.
 *
 * @param environment the configuration's environment. Making one can take seconds, so the caller makes it once.
 */
export function openRun(
  configuration: Configuration,
  checkpoint: Checkpoint,
  environment: Environment,
  parts: Parts,
  replica: number,
): LoadedRun {
  const policy = policyOf(configuration, parts);
  const outputs = checkpoint.tensors[`policy.layers.${fitPolicy(policy, environment).layers.length - 1}.bias`]?.shape[1];
  const network = fitPolicy(policy, environment, { flow: hasFlow(policy, environment, outputs) });
  return { configuration, checkpoint, parts, environment, policy, network, replica };
}
