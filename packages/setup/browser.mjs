// Chromium for the tests that run in a browser. Where it is missing, those tests are skipped.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromiumPath } from "./chromium.mjs";

const say = (message) => process.stderr.write(`${message}\n`);
const STEPS = [
  ["apt-get", "update"],
  ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
];

/** How Debian's Chromium is installed, as a change of the machine; `undefined` where it is not needed, or not to be had. */
export function browserChange() {
  if (chromiumPath() !== undefined || !existsSync("/etc/debian_version")) return undefined;
  return {
    why: "The tests in a browser need Chromium, which this machine does not have. It is installed by:",
    steps: STEPS.map((words) => words.join(" ")),
    undo: ["apt-get remove -y chromium", "apt-get autoremove -y"],
    make: installChromium,
  };
}

function installChromium() {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const [program, ...args] of STEPS) {
    const { stderr } = spawnSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    if (args[0] === "install" && chromiumPath() === undefined) say(stderr);
  }
}

/** Says that tests are skipped, where they are. */
export function sayWithoutBrowser() {
  if (chromiumPath() !== undefined) return;
  say("The tests in a browser are skipped: there is no Chromium on this machine (set CHROMIUM to one, or `apt-get install chromium`).");
}
