// Builds every package: the shader modules first, then TypeScript in dependency order.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildShaders } from "./shaders.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The whole library as one file and the element as another, for pages without a bundler, and the scripts of the pages that we write. */
function bundleForBrowsers() {
  // Loaded here: before the installation there is no esbuild.
  const { buildSync } = createRequire(import.meta.url)("esbuild");
  const dist = join(root, "packages/webgfn/dist");
  const options = { bundle: true, minify: true, format: "esm", platform: "browser", logLevel: "error" };
  buildSync({ ...options, entryPoints: [join(dist, "index.js")], outfile: join(dist, "browser.js") });
  buildSync({ ...options, entryPoints: [join(dist, "register-element.js")], outfile: join(dist, "element.js") });
  // The scripts of report pages, each a file of its own.
  const report = join(root, "packages/report/dist");
  const pages = { "run-page": join(report, "browser.js"), "sweep-page": join(report, "sweep/browser.js") };
  buildSync({ ...options, entryPoints: pages, outdir: join(report, "scripts") });
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
  bundleForBrowsers();
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
