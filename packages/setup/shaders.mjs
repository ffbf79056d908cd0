// Turns every .wgsl file of shaders/ into a JavaScript module that exports its text: the one form that Node, Vite and
// esbuild all load without a plugin.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const DECLARATION = "declare const source: string;\nexport default source;\n";

function wgslFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".wgsl") && !path.includes("node_modules"));
}

/**
 * A module as pages load it: what it says of itself at the top stays, and further comments do not. Lines stay
 * where they are, for error messages.
 */
function published(text) {
  const lines = text.split("\n");
  const head = lines.findIndex((line) => !line.startsWith("//"));
  return [...lines.slice(0, head), ...lines.slice(head).map((line) => line.replace(/\s*\/\/.*$/, ""))].join("\n");
}

/** Files are only touched where they change, so that whatever runs beside the build is not disturbed. */
function writeIfChanged(path, text) {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
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
