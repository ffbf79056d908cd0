// Builds every package: the shader modules first, then TypeScript in dependency order.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildShaders } from "./shaders.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

export function build() {
  buildShaders(root);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const projects = ["tensor", "envs", "objectives", "sampler", "trainer", "webgfn"].map((name) => join(root, "packages", name));
  const { status } = spawnSync(process.execPath, [tsc, "-b", ...projects], { stdio: "inherit" });
  return status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
