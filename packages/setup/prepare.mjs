// Everything between a fresh clone and a running program: Node's version, dependencies, build, WebGPU adapter.
// Plain JavaScript on Node's own modules, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, root } from "./build.mjs";
import { pnpm } from "./pnpm.mjs";

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
  say(`Installing ${what} …`);
  const quiet = ["install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=warn", "--filter", filter];
  if (pnpm(quiet, { stdio: ["inherit", 2, 2] }).status !== 0) fail(`${what} could not be installed; see above`);
  writeFileSync(stamp, state);
}

function findAdapter() {
  const doctor = (...args) => run(process.execPath, [cli, "doctor", ...args], { stdio: ["ignore", "ignore", "ignore"] });
  if (doctor()) return;
  const isDebian = existsSync("/etc/debian_version");
  if (isDebian && process.getuid?.() === 0) {
    say("No WebGPU adapter on this machine: installing the software Vulkan driver …");
    const { status, stderr, stdout } = spawnSync(process.execPath, [cli, "doctor", "--install"], { encoding: "utf8" });
    if (status === 0 && doctor()) return;
    say(stdout);
    fail(`${stderr}\nthe driver did not give an adapter; see above`);
  }
  run(process.execPath, [cli, "doctor"]);
  process.exit(1);
}

/** Installs and builds; exits with a sentence where it cannot. */
export function prepareSources() {
  checkNode();
  install("dependencies", `!${BENCH}`, ".");
  if (!build()) fail("the build failed; see above");
}

/** Prepares the clone for programs that compute; exits with a sentence where it cannot. */
export function prepare() {
  prepareSources();
  findAdapter();
}

/** Installs what this project is measured against. */
export function installBench() {
  install("the libraries to race against", BENCH, "bench");
}
