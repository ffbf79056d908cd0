import { type Environment, environment } from "@webgfn/envs";
import { type Checkpoint, type Network, network, type Policy } from "@webgfn/sampler";
import { type Arguments, operand, wholeOption } from "./arguments.js";
import type { Command } from "./command.js";
import { type Configuration, policyOf } from "./configuration.js";
import { RunFolder } from "./run-folder.js";

/** A run as commands that only read it need it. */
export interface LoadedRun {
  folder: RunFolder;
  configuration: Configuration;
  checkpoint: Checkpoint;
  environment: Environment;
  policy: Policy;
  network: Network;
  /** The replica that was asked for. */
  replica: number;
}

/** Opens the run that a command's operand names, and checks `--replica` against it. */
export function loadRun(command: Command, given: Arguments): LoadedRun {
  const folder = RunFolder.open(operand(command, given, "the folder of a run"));
  const { configuration } = folder;
  const replica = wholeOption(given, "replica", 0, 0, configuration.replicas - 1);
  return openRun(folder, environment(configuration.environment, configuration.env), replica);
}

/** @param made the configuration's environment: enumerating one takes a while. */
export function openRun(folder: RunFolder, made: Environment, replica: number): LoadedRun {
  const { configuration } = folder;
  const policy = policyOf(configuration);
  return { folder, configuration, checkpoint: folder.readCheckpoint(), environment: made, policy, network: network(policy, made), replica };
}
