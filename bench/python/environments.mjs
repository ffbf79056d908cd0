// The virtual environments of the contestants in Python: made on first use from the lock files beside this one, in a folder that git
// ignores, and made anew when a lock file or Python changes.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFile } from "../../packages/setup/write-file.mjs";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/webgfn-python/", import.meta.url));
const ENVIRONMENTS = ["jax", "gfnx", "torch"];
/** For which all of the locked packages have wheels. */
const VERSIONS = ["3.11", "3.12"];
const COMMANDS = ["python3", "python3.12", "python3.11"];

/** Why there is no race, in a sentence. */
export class Unprepared extends Error {}

const lockFile = (environment) => fileURLToPath(new URL(`${environment}.txt`, import.meta.url));
const folderOf = (environment) => join(CACHE, environment);
const stampOf = (environment) => join(folderOf(environment), ".webgfn-installed");

/** The Python of an environment, whether it is there or not. */
export function pythonOf(environment) {
  return join(folderOf(environment), process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}

function run(command, ...args) {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26, stdio: ["ignore", "pipe", "pipe"] });
}

const versionOf = (command) => run(command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout?.trim() || undefined;

/** The first Python of a version that the lock files are for: { command, version }. */
export function findPython(commands = COMMANDS, version = versionOf) {
  const found = commands.map((command) => ({ command, version: version(command) })).filter(({ version }) => version !== undefined);
  const fitting = found.find(({ version }) => VERSIONS.includes(version));
  if (fitting !== undefined) return fitting;
  const there =
    found.length === 0
      ? "there is no Python"
      : `there is ${found.map(({ command, version }) => `${command}, which is ${version}`).join(", and ")}`;
  throw new Unprepared(`the race against Python needs Python ${VERSIONS.join(" or ")} as one of ${commands.join(", ")}; ${there}`);
}

const lastLine = (text) => text.trim().split("\n").at(-1);

/** What an environment is made of; another one is made when it changes. */
function stateOf(environment, { version }) {
  return createHash("sha256")
    .update(version)
    .update(readFileSync(lockFile(environment)))
    .digest("hex");
}

function isPrepared(environment, python) {
  return existsSync(stampOf(environment)) && readFileSync(stampOf(environment), "utf8") === stateOf(environment, python);
}

/** Whether an environment is there and of the present lock file. */
export function isReady(environment) {
  try {
    return isPrepared(environment, findPython());
  } catch (error) {
    if (error instanceof Unprepared) return false;
    throw error;
  }
}

function make(environment, python, say) {
  const folder = folderOf(environment);
  say(`Installing what bench/python/${environment}.txt names into ${folder} …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const made = run(python.command, "-m", "venv", folder);
  if (made.status !== 0) {
    throw new Unprepared(
      `${python.command} -m venv failed: ${lastLine(`${made.stdout}${made.stderr}`)}; install Python's venv (on Debian python3-venv) and start again`,
    );
  }
  const installed = run(
    pythonOf(environment),
    "-m",
    "pip",
    "install",
    "--quiet",
    "--only-binary",
    ":all:",
    "--requirement",
    lockFile(environment),
  );
  if (installed.status !== 0) {
    throw new Unprepared(
      `pip could not install what bench/python/${environment}.txt names: ${lastLine(installed.stderr)}; this needs PyPI, once, and room on the disk`,
    );
  }
  writeFile(stampOf(environment), stateOf(environment, python));
}

/** Makes those environments that are missing or of another state. @throws Unprepared in a sentence where that cannot be. */
export function prepareEnvironments(say, environments = ENVIRONMENTS) {
  const python = findPython();
  for (const environment of environments) if (!isPrepared(environment, python)) make(environment, python, say);
}
