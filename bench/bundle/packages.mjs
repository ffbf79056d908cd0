// Copies packages with what they need at run time, flat into one node_modules.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** Of no use to a program that runs. */
const USELESS = /\.(map|md|markdown|flow|d\.[cm]?ts|ts)$/i;
/** Left over from others' builds. */
const LEFTOVERS = /^(coverage|\.nyc_output|test|tests)\//;
/** Declared by TensorFlow.js for its command line, for old browsers, or for types; nothing that is loaded asks for them. */
const NEVER_LOADED = /^(@types\/|@webgpu\/types$|core-js$|regenerator-runtime$|yargs$|argparse$|chalk$)/;

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Where `folder`'s package finds the package `name`: in its own node_modules, or beside it, as pnpm lays them out. */
function find(name, folder) {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (basename(at) === "node_modules" && existsSync(join(at, name))) return realpathSync(join(at, name));
    if (existsSync(join(at, "node_modules", name))) return realpathSync(join(at, "node_modules", name));
  }
  throw new Error(`${name}, which ${folder} needs, is not installed`);
}

/** Which of a package's files are worth their place. */
function wanted(name, manifest, path) {
  const isLicence = /^licen[cs]e/i.test(path);
  if (path === "package.json" || isLicence) return true;
  if (USELESS.test(path) || LEFTOVERS.test(path)) return false;
  // Five platforms in one package.
  if (name === "webgpu") return !path.startsWith("dist/") || path.startsWith("dist/linux-x64/");
  // Node loads one file, and its WASM.
  if (name.startsWith("@tensorflow/")) return path === manifest.main || /^dist\/[^/]*\.wasm$/.test(path);
  return true;
}

/** Copies one workspace package as it would be published: its `files`, sources left out. */
export function copyBuilt(folder, modules) {
  const manifest = manifestOf(folder);
  const target = join(modules, manifest.name);
  mkdirSync(target, { recursive: true });
  for (const name of ["package.json", ...manifest.files]) {
    if (name === "src" || !existsSync(join(folder, name))) continue;
    cpSync(join(folder, name), join(target, name), {
      recursive: true,
      filter: (path) => statSync(path).isDirectory() || !USELESS.test(path),
    });
  }
  return manifest;
}

/** Copies packages that others wrote, with their dependencies; `done` remembers which version each name has. */
export function copyInstalled(names, from, modules, done = new Map()) {
  for (const name of names.filter((each) => !NEVER_LOADED.test(each))) {
    const folder = find(name, from);
    if (done.has(name)) {
      if (done.get(name) !== folder) throw new Error(`${name} is needed in two versions: ${done.get(name)} and ${folder}`);
      continue;
    }
    done.set(name, folder);
    const manifest = manifestOf(folder);
    for (const path of readdirSync(folder, { recursive: true }).map(String)) {
      const source = join(folder, path);
      if (path.split("/").includes("node_modules") || statSync(source).isDirectory() || !wanted(name, manifest, path)) continue;
      mkdirSync(dirname(join(modules, name, path)), { recursive: true });
      cpSync(source, join(modules, name, path));
    }
    copyInstalled(Object.keys(manifest.dependencies ?? {}), folder, modules, done);
  }
  return done;
}

/** Paths of the files below a folder, from there. */
export function filesBelow(folder, pattern) {
  return readdirSync(folder, { recursive: true })
    .map((path) => relative(folder, join(folder, String(path))))
    .filter((path) => pattern.test(path) && !path.split("/").includes("node_modules"));
}
