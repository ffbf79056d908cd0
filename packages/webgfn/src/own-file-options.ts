import { commandName, isCommand, isFileReference, type OwnPart } from "@webgfn/runs/internal";
import { ROLES } from "@webgfn/runs/node/internal";
import type { Arguments, OptionTable } from "./command.js";

/** Options of commands that read a run. */
export const OWN_FILE_OPTIONS: OptionTable = {
  environment: { value: "FILE#NAME", text: "the run's environment, where that is from a file of your own", repeated: true },
  objective: { value: "FILE#NAME", text: "the same for its objective", repeated: true },
  policy: { value: "FILE#NAME", text: "the same for its policy", repeated: true },
  reward: { value: "FILE#NAME", text: "the same for its reward", repeated: true },
  "reward-command": { value: "CMD", text: "the same for a reward by a command" },
  "accept-changed-files": { text: "take files of your own that have changed since the run began" },
};

/** The parts from the user's files that the options and the operand name. */
export function namedParts({ values, lists }: Arguments, environment?: string): OwnPart[] {
  const named = ROLES.flatMap((role) => [values.get(role) ?? [], lists.get(role) ?? []].flat().map((name) => ({ role, name })));
  const command = values.get("reward-command");
  if (command !== undefined) named.push({ role: "reward", name: commandName(command) });
  const all = environment === undefined ? named : [{ role: "environment" as const, name: environment }, ...named];
  return all.filter(({ name }) => isFileReference(name) || isCommand(name));
}
