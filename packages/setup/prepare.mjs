// Everything between a fresh clone and a running program: Node's version, dependencies, build, WebGPU adapter.
// Plain JavaScript on Node's own modules, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, root } from "./build.mjs";

const PNPM = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;
/** Names the state of the dependencies that were installed, so that a second run installs nothing. */
const STAMP = join(root, "node_modules/.webgfn-installed");

export const cli = join(root, "packages/webgfn/dist/bin.js");

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function say(message) {
  process.stderr.write(`${message}\n`);
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: "inherit", ...options }).status === 0;
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`webgfn needs Node 20.19 or newer; this is ${process.versions.node}`);
}

function dependencyState() {
  const manifests = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "shaders/package.json"];
  for (const name of readdirSync(join(root, "packages"))) manifests.push(join("packages", name, "package.json"));
  const hash = createHash("sha256");
  for (const manifest of manifests.sort()) {
    if (existsSync(join(root, manifest))) hash.update(manifest).update(readFileSync(join(root, manifest)));
  }
  return hash.digest("hex");
}

function install() {
  const state = dependencyState();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === state) return;
  say("Installing dependencies …");
  const hasPnpm = spawnSync("pnpm", ["--version"], { stdio: "ignore" }).status === 0;
  const [command, args] = hasPnpm ? ["pnpm", []] : ["npx", ["--yes", PNPM]];
  const quiet = ["install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=warn"];
  if (!run(command, [...args, ...quiet])) fail("the dependencies could not be installed; see above");
  writeFileSync(STAMP, state);
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
  install();
  if (!build()) fail("the build failed; see above");
}

/** Prepares the clone for programs that compute; exits with a sentence where it cannot. */
export function prepare() {
  prepareSources();
  findAdapter();
}
