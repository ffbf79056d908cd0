// Turns every .wgsl file of shaders/ into a JavaScript module that exports its text: the one form that Node, Vite and
// esbuild all load without a plugin.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFile } from "./write-file.mjs";

const DECLARATION = "declare const source: string;\nexport default source;\n";

function wgslFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".wgsl") && !path.includes("node_modules"));
}

/**
 * A module as pages load it, without comments and indentation: the .wgsl file beside it has both. Lines stay where they are, for
 * error messages.
 */
function published(text) {
  return text
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim())
    .join("\n");
}

/** Files are only touched where they change, so that whatever runs beside the build is not disturbed. */
export function writeIfChanged(path, text) {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFile(path, text);
}

export function buildShaders(root) {
  const folder = join(root, "shaders");
  const output = join(folder, "dist");
  const wanted = new Set();
  for (const source of wgslFiles(folder)) {
    const target = source.replace(/\.wgsl$/, "");
    writeIfChanged(
      join(output, `${target}.js`),
      `export default ${JSON.stringify(published(readFileSync(join(folder, source), "utf8")))};\n`,
    );
    writeIfChanged(join(output, `${target}.d.ts`), DECLARATION);
    wanted.add(`${target}.js`).add(`${target}.d.ts`);
  }
  for (const path of readdirSync(output, { recursive: true }).map(String)) {
    if (/\.(js|d\.ts)$/.test(path) && !wanted.has(path)) rmSync(join(output, path));
  }
}
