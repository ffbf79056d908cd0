import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file under another name, then moves it over the old one: whatever happens meanwhile, the old or the new one is
 * there, whole.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const partial = `${path}.partial`;
  try {
    const file = openSync(partial, "w");
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (error) {
    // On a full disk it would take what little there is.
    rmSync(partial, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Makes a renaming last through a power cut, where the system can. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Windows opens no folders.
  }
}
