import { type Configuration, completeConfiguration, parseConfiguration } from "@webgfn/runs";
import type { Checkpoint } from "@webgfn/sampler";
import { ENDLESS } from "../settings.js";

/** The configuration of a checkpoint, of the page's own or of the command line's: both write it whole. */
export function configurationIn({ configuration }: Checkpoint): Configuration {
  return parseConfiguration(configuration, "the checkpoint's configuration") as Configuration;
}

/** A finished run's rates have come down to nothing: here it goes on at those that it began with. */
export function continued(checkpoint: Checkpoint): Configuration {
  return completeConfiguration({ ...configurationIn(checkpoint), ...ENDLESS });
}
