// Builds every package: the shader modules first, then TypeScript in dependency order.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fillFolder } from "./fill-folder.mjs";
import { buildShaders } from "./shaders.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** esbuild, loaded when it is used: before the installation there is none. */
const esbuild = () => createRequire(import.meta.url)("esbuild");

/** The whole library as one file and the element as another, for pages without a bundler, and the scripts of the pages that we write. */
function bundleForBrowsers() {
  const { buildSync } = esbuild();
  const dist = join(root, "packages/webgfn/dist");
  const options = { bundle: true, minify: true, format: "esm", platform: "browser", logLevel: "error" };
  buildSync({ ...options, entryPoints: [join(dist, "index.js")], outfile: join(dist, "browser.js") });
  buildSync({ ...options, entryPoints: [join(dist, "register-element.js")], outfile: join(dist, "element.js") });
  // The scripts of report pages, each a file of its own.
  const report = join(root, "packages/report/dist");
  const pages = { "run-page": join(report, "browser.js"), "sweep-page": join(report, "sweep/browser.js") };
  buildSync({ ...options, entryPoints: pages, outdir: join(report, "scripts") });
}

/** Files that a package starts as a thread or a process: they lie beside the code that starts them. */
const STARTED = { "@webgfn/runs": ["node/heartbeat.js"], "@webgfn/sweeps": ["child.js"] };

/**
 * Bundles what Node loads of a package, by the condition `node` of its exports: a few files with all modules and shaders. Node takes about a
 * millisecond of CPU time for each file, and the command line has 600 modules. Bundlers load the modules themselves, and leave out what a page
 * does not use.
 */
function bundleForNode(folder) {
  const { name, exports, dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.values(exports).filter(({ node }) => node !== undefined);
  if (entries.length === 0) return;
  const output = join(folder, "dist/bundled");
  const started = STARTED[name] ?? [];
  const { outputFiles } = esbuild().buildSync({
    entryPoints: Object.fromEntries([
      ...entries.map(({ node, default: module }) => [basename(node, ".js"), join(folder, module)]),
      ...started.map((module) => [basename(module, ".js"), join(folder, "dist", module)]),
    ]),
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((dependency) => dependency !== "@webgfn/shaders"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    chunkNames: "[hash]",
    sourcemap: "linked",
    sourcesContent: false,
    outdir: output,
    write: false,
    logLevel: "error",
  });
  fillFolder(output, new Map(outputFiles.map(({ path, text }) => [relative(output, path), text])));
}

export function build() {
  buildShaders(root);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const projects = [
    "tensor",
    "envs",
    "objectives",
    "sampler",
    "trainer",
    "reference",
    "check",
    "runs",
    "report",
    "studies",
    "sweeps",
    "webgfn",
  ].map((name) => join(root, "packages", name));
  // What tsc remembers of a build does not tell it that somebody has removed the output.
  const isWhole = projects.every((path) => existsSync(join(path, "dist/index.js")));
  const { status } = spawnSync(process.execPath, [tsc, "-b", ...(isWhole ? [] : ["--force"]), ...projects], { stdio: "inherit" });
  if (status !== 0) return false;
  for (const path of projects) bundleForNode(path);
  bundleForBrowsers();
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
