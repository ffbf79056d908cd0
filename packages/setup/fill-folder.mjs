import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFile } from "./write-file.mjs";

/**
 * Makes the files of a folder, below it too, those of a map from paths within it to texts. It touches only files that change, so that it does not
 * disturb what runs beside the build.
 */
export function fillFolder(folder, files) {
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFile(path, text);
  }
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    const path = join(folder, name);
    if (!files.has(name) && statSync(path).isFile()) rmSync(path);
  }
}
