// Builds the playground into the site that TypeDoc has made, with links to the site's documents.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../build.mjs";

const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/vite/bin/vite.js"),
    "build",
    "--logLevel",
    "warn",
    "--outDir",
    join(root, "docs/.site/playground"),
    "--emptyOutDir",
  ],
  { cwd: join(root, "packages/playground"), stdio: "inherit", env: { ...process.env, WEBGFN_SITE: "../" } },
);
process.exit(status ?? 1);
