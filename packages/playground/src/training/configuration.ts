import { type Configuration, completeConfiguration, parseConfiguration } from "@webgfn/runs";
import type { Checkpoint } from "@webgfn/sampler";
import { ENDLESS } from "../settings.js";

/** The configuration in a checkpoint. The page and the command line both write it completely. */
export function configurationIn({ configuration }: Checkpoint): Configuration {
  return parseConfiguration(configuration, "the checkpoint's configuration") as Configuration;
}

/**
 * The configuration to continue a checkpoint with: its initial learning rates, held constant. A finished run's rates have decayed to 0. Its
 * reward is left out, because the session's environment has one.
 */
export function continued(checkpoint: Checkpoint): Configuration {
  const { rewardTable, beta, ...configuration } = configurationIn(checkpoint);
  return completeConfiguration({ ...configuration, ...ENDLESS });
}
