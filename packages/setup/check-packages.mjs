// `npm run check:packages`: every package as npm would get it. Manifests (publint), types (arethetypeswrong), sizes in a
// page, and files, exports and dependencies that nothing uses (knip).
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build as bundle } from "vite";
import { root } from "./build.mjs";
import { pack } from "./pack.mjs";

/** Most kilobytes, minified and gzipped, of a page that takes all of a package, with everything that it imports. */
const BUDGETS = {
  "@webgfn/objectives": 10,
  "@webgfn/envs": 43,
  "@webgfn/sampler": 60,
  "@webgfn/trainer": 75,
  "@webgfn/reference": 20,
  "@webgfn/check": 66,
  "@webgfn/tensor": 46,
  "@webgfn/runs": 120,
  webgfn: 166,
};
/** Packages that run in Node alone. */
const NODE_ONLY = ["@webgfn/report"];

/** `require()` of a package that is ESM alone is its own affair, as is a resolution from before `exports`. */
const isOfEsmOnly = ({ kind, resolutionKind }) => kind === "CJSResolvesToESM" || resolutionKind === "node10";

async function manifestProblems({ manifest, tarball }) {
  const { messages } = await publint({ strict: true, pack: { tarball: arrayBuffer(tarball) } });
  return messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
}

function arrayBuffer(path) {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

async function typeProblems({ tarball }) {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (analysis.types === false) return ["arethetypeswrong: it has no types"];
  return analysis.problems
    .filter((problem) => !isOfEsmOnly(problem))
    .map(({ kind, entrypoint, resolutionKind }) => `arethetypeswrong: ${kind} at ${entrypoint ?? ""} (${resolutionKind ?? ""})`);
}

/** What Vite makes of a page that uses everything of a package. */
async function kilobytes({ manifest: { name } }) {
  const entry = "webgfn:entry";
  const source = `import * as all from ${JSON.stringify(name)}; globalThis.all = all;`;
  const { output } = await bundle({
    root,
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: true, target: "es2022", rollupOptions: { input: entry } },
    plugins: [{ name: "entry", resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? source : null) }],
  });
  return output.reduce((sum, { code, source: text }) => sum + gzipSync(code ?? text).length, 0) / 1000;
}

const folder = mkdtempSync(join(tmpdir(), "webgfn-pack-"));
let problems = 0;
try {
  for (const each of pack(folder)) {
    const { name, exports } = each.manifest;
    const found = [...(await manifestProblems(each)), ...(await typeProblems(each))];
    let size = "";
    if (exports["."] !== undefined && !NODE_ONLY.includes(name)) {
      const budget = BUDGETS[name];
      const measured = await kilobytes(each);
      size = `${measured.toFixed(1)} of ${budget} kB`;
      if (!(measured <= budget)) found.push(`size: ${measured.toFixed(1)} kB is above its budget of ${budget} kB`);
    }
    console.log(`${name.padEnd(20)} ${size.padEnd(16)} ${found.length === 0 ? "ok" : ""}`);
    for (const problem of found) console.log(`  ${problem}`);
    problems += found.length;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { status } = spawnSync(process.execPath, [join(root, "node_modules/knip/bin/knip.js")], { cwd: root, stdio: "inherit" });
process.exit(problems === 0 && status === 0 ? 0 : 1);
