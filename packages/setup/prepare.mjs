// Everything between a fresh clone and a running program: Node's version, dependencies, build, WebGPU adapter.
// Plain JavaScript on Node's own modules, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, root } from "./build.mjs";
import { carryOut } from "./machine-changes.mjs";
import { pnpm } from "./pnpm.mjs";
import { writeFile } from "./write-file.mjs";

/** The one workspace package that only `npm run bench` installs: its peers are larger than all the rest. */
const BENCH = "@webgfn/bench";

export const cli = join(root, "packages/webgfn/dist/bin.js");

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function say(message) {
  process.stderr.write(`${message}\n`);
}

/** What it prints goes to standard error: standard output belongs to the program that is prepared for. */
function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: ["inherit", 2, 2], ...options }).status === 0;
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`webgfn needs Node 20.19 or newer; this is ${process.versions.node}`);
}

function dependencyState() {
  const manifests = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "shaders/package.json", "bench/package.json"];
  for (const name of readdirSync(join(root, "packages"))) manifests.push(join("packages", name, "package.json"));
  const hash = createHash("sha256");
  for (const manifest of manifests.sort()) {
    if (existsSync(join(root, manifest))) hash.update(manifest).update(readFileSync(join(root, manifest)));
  }
  return hash.digest("hex");
}

/** Installs what `filter` selects, unless the stamp in `folder` says that this was done for the same manifests. */
function install(what, filter, folder) {
  const stamp = join(root, folder, "node_modules/.webgfn-installed");
  const state = dependencyState();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === state) return;
  say(`Installing ${what} into ${join(folder, "node_modules")} of this folder …`);
  const quiet = ["install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=warn", "--filter", filter];
  if (pnpm(quiet, { stdio: ["inherit", 2, 2] }).status !== 0) fail(`${what} could not be installed; see above`);
  writeFile(stamp, state);
}

/** Whether `webgfn doctor` finds an adapter. */
function hasAdapter() {
  return run(process.execPath, [cli, "doctor"], { stdio: ["ignore", "ignore", "ignore"] });
}

/** How the software Vulkan driver is installed, as a change of the machine; `undefined` where nobody knows how. */
function driverChange() {
  const { status, stdout } = spawnSync(process.execPath, [cli, "doctor", "--install", "--dry-run", "--json"], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const { steps, undo } = JSON.parse(stdout);
  return {
    why: "This machine has no WebGPU adapter. Mesa's software Vulkan driver is one, and is installed by:",
    steps,
    undo,
    make: installDriver,
  };
}

function installDriver() {
  const { status, stderr, stdout } = spawnSync(process.execPath, [cli, "doctor", "--install"], { encoding: "utf8" });
  if (status === 0) return;
  say(stdout);
  fail(`${stderr}\nthe driver could not be installed; see above`);
}

/** Installs and builds; exits with a sentence where it cannot. */
export function prepareSources() {
  checkNode();
  install("dependencies", `!${BENCH}`, ".");
  if (!build()) fail("the build failed; see above");
}

/**
 * Prepares the clone for programs that compute; exits with a sentence where it cannot.
 *
 * @param changes further changes of the machine, which are announced and asked about together with the driver's.
 */
export async function prepare(changes = []) {
  prepareSources();
  const driver = hasAdapter() ? [] : [driverChange()];
  await carryOut([...driver, ...changes].filter((change) => change !== undefined));
  if (driver.length === 0 || hasAdapter()) return;
  run(process.execPath, [cli, "doctor"]);
  process.exit(1);
}

/** Installs what this project is measured against. */
export function installBench() {
  install("the libraries to race against", BENCH, "bench");
}
