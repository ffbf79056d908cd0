// `npm run release`: publishes every package whose version is not on npm yet. With --dry-run nothing leaves this machine.
//
// npm's provenance compares the manifest's repository with the one that the workflow runs in; the manifests name none, so
// that a fork never claims to be another: it is filled in here, in the workflow's own checkout.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, root } from "./build.mjs";
import { publishedPackages } from "./pack.mjs";
import { pnpm } from "./pnpm.mjs";
import { writeFile } from "./write-file.mjs";

const dryRun = process.argv.includes("--dry-run");
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;

function nameRepository() {
  const url = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
  for (const { folder, relative, manifest } of publishedPackages()) {
    const repository = { type: "git", url: `git+${url}.git`, directory: relative };
    const named = { ...manifest, homepage: `${url}#readme`, bugs: `${url}/issues`, repository };
    writeFile(join(folder, "package.json"), `${JSON.stringify(named, null, 2)}\n`);
  }
}

if (!build()) process.exit(1);
if (dryRun) {
  const { status } = pnpm(["-r", "publish", "--dry-run", "--no-git-checks", "--access", "public"]);
  process.exit(status ?? 1);
}
if (GITHUB_REPOSITORY !== undefined) nameRepository();
// Publishes through pnpm, and tags what it published.
const changeset = join(root, "node_modules/@changesets/cli/bin.js");
const { status } = spawnSync(process.execPath, [changeset, "publish"], { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
