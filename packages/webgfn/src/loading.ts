import { environmentOf, withUnknownReward } from "@webgfn/runs/internal";
import { type Evaluation, RunFolder, readCheckpoint } from "@webgfn/runs/node";
import { type LoadedRun, openRun, partsOfRun, requireOwn } from "@webgfn/runs/node/internal";
import type { Checkpoint } from "@webgfn/sampler";
import { operand, wholeOption } from "./arguments.js";
import type { Arguments, Command } from "./command.js";
import { namedParts } from "./own-file-options.js";

/**
 * Opens the run folder or the single checkpoint (such as the playground exports) that a command's operand names, and checks `--replica` against
 * it. User-defined parts come from the files that the options name.
 *
 * @param needs the parts that the command needs. Default: environment and policy, which is enough for sampling.
 */
export async function loadRun(
  command: Command,
  given: Arguments,
  needs: readonly ("environment" | "objective" | "policy" | "reward")[] = ["environment", "policy"],
): Promise<LoadedRun> {
  const path = operand(command, given, "the folder of a run");
  return readRun(path, given, needs, [command.name, path]);
}

/** The evaluations of the run that a command's operand names; none if it names a single checkpoint. */
export function evaluationsOf(given: Arguments): Evaluation[] {
  const [path] = given.operands;
  return path === undefined || path.endsWith(".safetensors") ? [] : RunFolder.open(path).readMetrics().evaluations;
}

/** Reads what a path names: the folder of a run, or a single checkpoint. */
export function recordedAt(path: string): RunFolder | ReturnType<typeof readCheckpoint> {
  return path.endsWith(".safetensors") ? readCheckpoint(path) : RunFolder.open(path);
}

export function checkpointOf(recorded: ReturnType<typeof recordedAt>): Checkpoint {
  return recorded instanceof RunFolder ? recorded.readCheckpoint() : recorded.checkpoint;
}

/** @param words the command line without options for files, for errors. */
export async function readRun(
  path: string,
  given: Arguments,
  roles: readonly ("environment" | "objective" | "policy" | "reward")[],
  words: readonly string[],
): Promise<LoadedRun> {
  const run = recordedAt(path);
  const { configuration } = run;
  const replica = wholeOption(given, "replica", 0, 0, configuration.replicas - 1);
  const named = namedParts(given);
  requireOwn(path, configuration, named);
  const acceptsChanges = given.switches.has("accept-changed-files");
  const wanted = named.some(({ role }) => role === "reward") ? [...roles, "reward" as const] : roles;
  const { parts: loaded } = await partsOfRun({ where: path, configuration, roles: wanted, words, acceptsChanges }, named);
  const parts = withUnknownReward(configuration, loaded);
  return openRun(configuration, checkpointOf(run), environmentOf(configuration, parts), parts, replica);
}
