/** A file of one's own with the name of an export, such as `./knapsack.mjs#knapsack`. Names of built-in parts have no such signs. */
export type FileReference = `${string}/${string}` | `${string}.${string}` | `${string}#${string}`;

/** Whether a part is named by a file of one's own, and not by a built-in name. */
export function isFileReference(name: string): name is FileReference {
  return /[./\\#]/.test(name);
}

/** `./file.mjs#name` in two: the path, and the name of an export where one is given. */
export function splitReference(reference: string): { path: string; name: string | undefined } {
  const at = reference.lastIndexOf("#");
  if (at < 0) return { path: reference, name: undefined };
  return { path: reference.slice(0, at), name: reference.slice(at + 1) };
}

/** A part's name for people: the name of the export where the part is from a file. */
export function shortName(name: string): string {
  if (!isFileReference(name)) return name;
  const { path, name: exported } = splitReference(name);
  return exported ?? path.replace(/^.*[\\/]/, "").replace(/\.\w+$/, "");
}
