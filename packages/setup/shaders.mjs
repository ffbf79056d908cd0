// Turns every .wgsl file of shaders/ into a JavaScript module that exports its text: the one form that Node, Vite and
// esbuild all load without a plugin.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fillFolder } from "./fill-folder.mjs";

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

export function buildShaders(root) {
  const folder = join(root, "shaders");
  const files = new Map();
  for (const source of wgslFiles(folder)) {
    const target = source.replace(/\.wgsl$/, "");
    files.set(`${target}.js`, `export default ${JSON.stringify(published(readFileSync(join(folder, source), "utf8")))};\n`);
    files.set(`${target}.d.ts`, DECLARATION);
  }
  fillFolder(join(folder, "dist"), files);
}
