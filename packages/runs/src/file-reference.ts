/**
 * A user's file with the name of an export, such as `./knapsack.mjs#knapsack`. Names of built-in environments, objectives and so on
 * contain no slash, point or `#`.
 */
export type FileReference = `${string}/${string}` | `${string}.${string}` | `${string}#${string}`;

/** Whether a name refers to a user's file, and not to a built-in environment, objective and so on. */
export function isFileReference(name: string): name is FileReference {
  return !isCommand(name) && /[./\\#]/.test(name);
}

/** Splits a reference such as `./file.mjs#name` into the path and the name of an export, if there is one. */
export function splitReference(reference: string): { path: string; name: string | undefined } {
  const at = reference.lastIndexOf("#");
  if (at < 0) return { path: reference, name: undefined };
  return { path: reference.slice(0, at), name: reference.slice(at + 1) };
}

/** A short name for display: the export's name, or the file's name without folder and extension. Built-in names stay as they are. */
export function shortName(name: string): string {
  if (!isFileReference(name)) return name;
  const { path, name: exported } = splitReference(name);
  return exported ?? path.replace(/^.*[\\/]/, "").replace(/\.\w+$/, "");
}

/** Prefix of the name of a reward by a command in a configuration. */
const COMMAND = "command: ";

/** The name of a reward by a command in a configuration. */
export function commandName(command: string): string {
  return `${COMMAND}${command}`;
}

/** Whether a name is that of a reward by a command. */
export function isCommand(name: string): boolean {
  return typeof name === "string" && name.startsWith(COMMAND);
}

/** The command of a reward's name. */
export function commandOf(name: string): string {
  return name.slice(COMMAND.length);
}
