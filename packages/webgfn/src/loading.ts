import { type Environment, makeEnvironment } from "@webgfn/envs";
import { type Checkpoint, fitPolicy, type Network, type Policy } from "@webgfn/sampler";
import { type Arguments, operand, wholeOption } from "./arguments.js";
import type { Command } from "./command.js";
import { type Configuration, objectiveOf, policyOf } from "./configuration.js";
import { RunFolder, readCheckpoint } from "./run-folder.js";

/** A run as commands that only read it need it. */
export interface LoadedRun {
  configuration: Configuration;
  checkpoint: Checkpoint;
  environment: Environment;
  policy: Policy;
  network: Network;
  /** The replica that was asked for. */
  replica: number;
}

/**
 * Opens what a command's operand names, the folder of a run or a checkpoint by itself, such as the playground exports, and
 * checks `--replica` against it.
 */
export function loadRun(command: Command, given: Arguments): LoadedRun {
  const path = operand(command, given, "the folder of a run");
  const run = path.endsWith(".safetensors") ? readCheckpoint(path) : RunFolder.open(path);
  const { configuration } = run;
  const replica = wholeOption(given, "replica", 0, 0, configuration.replicas - 1);
  const checkpoint = run instanceof RunFolder ? run.readCheckpoint() : run.checkpoint;
  return loaded(configuration, checkpoint, makeEnvironment(configuration.environment, configuration.env), replica);
}

/** @param made the configuration's environment: enumerating one takes a while. */
export function openRun(folder: RunFolder, made: Environment, replica: number): LoadedRun {
  return loaded(folder.configuration, folder.readCheckpoint(), made, replica);
}

function loaded(configuration: Configuration, checkpoint: Checkpoint, made: Environment, replica: number): LoadedRun {
  const policy = policyOf(configuration);
  const network = fitPolicy(policy, made, { flow: objectiveOf(configuration).learns.includes("flow") });
  return { configuration, checkpoint, environment: made, policy, network, replica };
}
