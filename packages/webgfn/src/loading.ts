import type { Environment } from "@webgfn/envs";
import type { Checkpoint, Network, Policy } from "@webgfn/sampler";
import { fitPolicy, hasFlow } from "@webgfn/sampler/internal";
import { operand, wholeOption } from "./arguments.js";
import type { Arguments, Command } from "./command.js";
import type { Configuration } from "./configuration.js";
import { namedParts, partsOfRun, requireOwn } from "./own-files.js";
import { environmentOf, type Parts, policyOf } from "./parts.js";
import { RunFolder, readCheckpoint } from "./run-folder.js";

/** A run as commands that only read it need it. */
export interface LoadedRun {
  configuration: Configuration;
  checkpoint: Checkpoint;
  /** Objects from files of one's own. */
  parts: Parts;
  environment: Environment;
  policy: Policy;
  network: Network;
  /** The replica that was asked for. */
  replica: number;
}

/**
 * Opens what a command's operand names, the folder of a run or a checkpoint by itself, such as the playground exports, and
 * checks `--replica` against it. Parts of one's own come from the files that the options name.
 *
 * @param needs the parts that the command needs. Default: environment and policy, which is enough for sampling.
 */
export async function loadRun(
  command: Command,
  given: Arguments,
  needs: readonly ("environment" | "objective" | "policy")[] = ["environment", "policy"],
): Promise<LoadedRun> {
  const path = operand(command, given, "the folder of a run");
  return readRun(path, given, needs, [command.name, path]);
}

/** @param words the command line without options for files, for errors. */
export async function readRun(
  path: string,
  given: Arguments,
  roles: readonly ("environment" | "objective" | "policy")[],
  words: readonly string[],
): Promise<LoadedRun> {
  const run = path.endsWith(".safetensors") ? readCheckpoint(path) : RunFolder.open(path);
  const { configuration } = run;
  const replica = wholeOption(given, "replica", 0, 0, configuration.replicas - 1);
  const named = namedParts(given);
  requireOwn(path, configuration, named);
  const acceptsChanges = given.switches.has("accept-changed-files");
  const { parts } = await partsOfRun({ where: path, configuration, roles, words, acceptsChanges }, named);
  const checkpoint = run instanceof RunFolder ? run.readCheckpoint() : run.checkpoint;
  return loaded(configuration, checkpoint, environmentOf(configuration, parts), parts, replica);
}

/** @param made the configuration's environment: enumerating one takes a while. */
export function openRun(folder: RunFolder, made: Environment, parts: Parts, replica: number): LoadedRun {
  return loaded(folder.configuration, folder.readCheckpoint(), made, parts, replica);
}

function loaded(configuration: Configuration, checkpoint: Checkpoint, made: Environment, parts: Parts, replica: number): LoadedRun {
  const policy = policyOf(configuration, parts);
  const outputs = checkpoint.tensors[`policy.layers.${fitPolicy(policy, made).layers.length - 1}.bias`]?.shape[1];
  const network = fitPolicy(policy, made, { flow: hasFlow(policy, made, outputs) });
  return { configuration, checkpoint, parts, environment: made, policy, network, replica };
}
