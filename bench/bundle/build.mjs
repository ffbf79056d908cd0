// Packs the built packages, the bench, the GPU tests, Node, Dawn and the Vulkan loader into one folder that runs on an
// x86-64 Linux machine with a GPU, without network or Node: `node bench/bundle/build.mjs [FOLDER]`. Build first, and
// install the peers (`npm run bench` does both).
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import typescript from "typescript";
import { copyBuilt, copyInstalled, filesBelow } from "./packages.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LARGEST = 60 * 2 ** 20;

const PACKAGES = [
  "shaders",
  "packages/tensor",
  "packages/envs",
  "packages/objectives",
  "packages/sampler",
  "packages/trainer",
  "packages/reference",
  "packages/check",
  "packages/runs",
  "packages/report",
  "packages/sweeps",
  "packages/webgfn",
];

/**
 * The Vulkan loader, and what vendors' drivers link to but bare machines lack. Each is used only where the machine has none
 * of its own.
 */
const LIBRARIES = [
  "libvulkan.so.1",
  "libstdc++.so.6",
  "libgcc_s.so.1",
  "libGLdispatch.so.0",
  "libGLX.so.0",
  "libEGL.so.1",
  "libX11.so.6",
  "libXext.so.6",
  "libxcb.so.1",
  "libXau.so.6",
  "libXdmcp.so.6",
  "libbsd.so.0",
  "libmd.so.0",
];

function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
  return stdout;
}

/** Node itself, without its symbols where there is a tool to take them out. */
function packNode(stage) {
  const node = join(stage, "bin/node");
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(realpathSync(process.execPath), node);
  chmodSync(node, 0o755);
  spawnSync("strip", [node]);
  run(node, "--version");
}

function packLibraries(stage) {
  const known = new Map(
    [...run("/sbin/ldconfig", "-p").matchAll(/^\s*(\S+) \(.*x86-64\) => (\S+)$/gm)].map(([, name, path]) => [name, path]),
  );
  mkdirSync(join(stage, "lib"), { recursive: true });
  for (const name of LIBRARIES) {
    const path = known.get(name);
    if (path !== undefined) copyFileSync(realpathSync(path), join(stage, "lib", name));
    else if (name === "libvulkan.so.1") throw new Error("there is no Vulkan loader to pack: apt-get install libvulkan1");
  }
}

function packPackages(stage) {
  const modules = join(stage, "node_modules");
  const own = PACKAGES.map((folder) => ({ folder: join(ROOT, folder), manifest: copyBuilt(join(ROOT, folder), modules) }));
  const names = new Set(own.map(({ manifest }) => manifest.name));
  const foreign = ({ dependencies = {} }) => Object.keys(dependencies).filter((name) => !names.has(name));
  const done = new Map();
  for (const { folder, manifest } of own) copyInstalled(foreign(manifest), folder, modules, done);
  const bench = join(ROOT, "bench");
  copyInstalled(foreign(JSON.parse(readFileSync(join(bench, "package.json"), "utf8"))), bench, modules, done);
  // Vitest's own runner and matchers, without the bundler that it needs for sources.
  const vitest = realpathSync(join(ROOT, "node_modules/vitest"));
  copyInstalled(["@vitest/runner", "@vitest/expect", "chai"], vitest, modules, done);
  mkdirSync(join(modules, "vitest"), { recursive: true });
  copyFileSync(join(ROOT, "bench/bundle/vitest.mjs"), join(modules, "vitest/index.mjs"));
  writeFileSync(join(modules, "vitest/package.json"), JSON.stringify({ name: "vitest", type: "module", exports: "./index.mjs" }));
}

function packSources(stage) {
  const copy = (path) => {
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(stage, path));
  };
  for (const path of filesBelow(join(ROOT, "bench"), /\.(mjs|wgsl)$|^package\.json$/))
    if (!path.startsWith("bundle/dist/")) copy(join("bench", path));
  // What the GPU tests read.
  cpSync(join(ROOT, "docs"), join(stage, "docs"), { recursive: true });
  for (const path of ["README.md", "packages/tensor/README.md", "packages/setup/write-file.mjs", "LICENSE"]) copy(path);
  for (const path of filesBelow(join(ROOT, "tests"), /^(gpu|reference)\/.*\.ts$/)) {
    const { outputText } = typescript.transpileModule(readFileSync(join(ROOT, "tests", path), "utf8"), {
      compilerOptions: { module: "ESNext", target: "ES2022", verbatimModuleSyntax: true },
    });
    const target = join(stage, "tests", path.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  writeFileSync(join(stage, "package.json"), JSON.stringify({ name: "webgfn-bench-bundle", private: true, type: "module" }));
}

function main([target = join(ROOT, "bench/bundle/dist/webgfn-bench")]) {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("the bundle is for x86-64 Linux, and is packed there");
  if (!existsSync(join(ROOT, "packages/webgfn/dist/index.js"))) throw new Error("nothing is built yet: npm run build");
  const stage = mkdtempSync(join(tmpdir(), "webgfn-bundle-"));
  try {
    packNode(stage);
    packLibraries(stage);
    packPackages(stage);
    packSources(stage);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    spawnSync("sh", ["-c", 'tar -cf - -C "$0" . | gzip -9 > "$1"', stage, join(target, "runtime.tar.gz")], { stdio: "inherit" });
    copyFileSync(join(ROOT, "bench/bundle/run"), join(target, "run"));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  const bytes = ["runtime.tar.gz", "run"].reduce((sum, name) => sum + statSync(join(target, name)).size, 0);
  process.stderr.write(`${target}: ${(bytes / 2 ** 20).toFixed(1)} MiB\n`);
  if (bytes > LARGEST) throw new Error("the bundle is larger than 60 MiB");
}

main(process.argv.slice(2));
