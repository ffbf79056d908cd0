// Turns every .wgsl file of shaders/ into a JavaScript module that exports its text: the one form that Node, Vite and
// esbuild all load without a plugin.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export function buildShaders(root) {
  const folder = join(root, "shaders");
  const output = join(folder, "dist");
  rmSync(output, { recursive: true, force: true });
  const sources = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".wgsl") && !path.startsWith("dist") && !path.includes("node_modules"));
  for (const source of sources) {
    const target = join(output, relative(".", source).replace(/\.wgsl$/, ""));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.js`, `export default ${JSON.stringify(readFileSync(join(folder, source), "utf8"))};\n`);
    writeFileSync(`${target}.d.ts`, "declare const source: string;\nexport default source;\n");
  }
  return sources.length;
}
