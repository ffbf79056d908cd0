/** A file of one's own with the name of an export, such as `./knapsack.mjs#knapsack`. Names of built-in parts have no such signs. */
export type FileReference = `${string}/${string}` | `${string}.${string}` | `${string}#${string}`;

/** Whether a part is named by a file of one's own, and not by a built-in name. */
export function isFileReference(name: string): name is FileReference {
  return /[./\\#]/.test(name);
}

/** A part's name for people: the name of the export where the part is from a file. */
export function shortName(name: string): string {
  if (!isFileReference(name)) return name;
  const [path = "", exported] = name.split("#");
  return exported ?? path.replace(/^.*[\\/]/, "").replace(/\.\w+$/, "");
}
