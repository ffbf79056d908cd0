// The package manager of this workspace: the one at hand, or the one that package.json names, through npx.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.mjs";

/** Runs pnpm in the workspace. @returns what `spawnSync` does. */
export function pnpm(args, options = {}) {
  const atHand = spawnSync("pnpm", ["--version"], { stdio: "ignore" }).status === 0;
  const [command, first] = atHand
    ? ["pnpm", []]
    : ["npx", ["--yes", "--prefer-offline", JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager]];
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: "inherit", ...options });
}
