import { type Configuration, completeConfiguration, parseConfiguration } from "@webgfn/runs";
import type { Checkpoint } from "@webgfn/sampler";
import { ENDLESS } from "../settings.js";

/** The configuration in a checkpoint. The page and the command line both write it completely. */
export function configurationIn({ configuration }: Checkpoint): Configuration {
  return parseConfiguration(configuration, "the checkpoint's configuration") as Configuration;
}

/** The configuration to continue a checkpoint with: its initial learning rates, held constant. A finished run's rates have decayed to 0. */
export function continued(checkpoint: Checkpoint): Configuration {
  return completeConfiguration({ ...configurationIn(checkpoint), ...ENDLESS });
}
