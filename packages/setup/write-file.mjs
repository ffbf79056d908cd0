// The one way in which the scripts of this repository write a file: as the programs of the packages do, which are not built yet when
// some of the scripts run.
import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file under a random name that did not exist before, in the same folder, and moves it to its own: a link in its place is
 * replaced, not followed, and a reader sees the old file or the new one.
 */
export function writeFile(path, content) {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 40)}.${randomBytes(8).toString("hex")}.partial`);
  const before = lstatSync(path, { throwIfNoEntry: false });
  const file = openSync(temporary, "wx");
  try {
    writeFileSync(file, content);
    if (before?.isFile()) fchmodSync(file, before.mode & 0o777);
    renameSync(temporary, path);
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
}
