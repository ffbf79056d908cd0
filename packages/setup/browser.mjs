// Chromium for the tests that run in a browser: as root on Debian it is installed where it is missing; elsewhere those tests
// are skipped, with a sentence that says so.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromiumPath } from "./chromium.mjs";

const say = (message) => process.stderr.write(`${message}\n`);

export function prepareBrowser() {
  if (chromiumPath() !== undefined) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    say("No Chromium on this machine: installing it for the tests in a browser …");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
      const { stderr } = spawnSync("apt-get", args, { env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
      if (args[0] === "install" && chromiumPath() === undefined) say(stderr);
    }
    if (chromiumPath() !== undefined) return;
  }
  say("The tests in a browser are skipped: there is no Chromium on this machine (set CHROMIUM to one, or `apt-get install chromium`).");
}
