// Packs every published package as npm would get it: `node packages/setup/pack.mjs FOLDER`.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./build.mjs";
import { pnpm } from "./pnpm.mjs";

/** Every package that is published: its folder and its manifest. */
export function publishedPackages() {
  return ["shaders", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`)]
    .map((folder) => ({ folder: join(root, folder), relative: folder, manifest: readManifest(join(root, folder)) }))
    .filter(({ manifest }) => manifest.private !== true);
}

export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** @returns the packages with the path of each one's tarball in `folder`. */
export function pack(folder) {
  const packages = publishedPackages();
  const filters = packages.flatMap(({ relative }) => ["--filter", `./${relative}`]);
  const { status, stderr } = pnpm(["-r", ...filters, "pack", "--pack-destination", resolve(folder)], { stdio: "pipe", encoding: "utf8" });
  if (status !== 0) throw new Error(`pnpm pack failed: ${stderr}`);
  return packages.map((each) => {
    const { name, version } = each.manifest;
    return { ...each, tarball: join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`) };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { tarball } of pack(process.argv[2] ?? ".")) console.log(tarball);
}
