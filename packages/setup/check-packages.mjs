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

/**
 * Most kilobytes, minified and gzipped, of a page that takes all of a package, with everything that it imports: what it loads at first, and what
 * it loads when that is needed.
 */
const BUDGETS = {
  "@webgfn/objectives": 10,
  "@webgfn/envs": 77,
  "@webgfn/sampler": 38,
  "@webgfn/trainer": 85,
  "@webgfn/reference": 23,
  "@webgfn/check": 69,
  "@webgfn/tensor": 24,
  "@webgfn/runs": 135,
  webgfn: 194,
};
/** Pages that people build: most kilobytes that they load at first. */
const PAGES = {
  "sampler of sets": [
    37,
    'import { sets } from "@webgfn/envs"; import { loadSampler } from "@webgfn/sampler"; globalThis.all = { sets, loadSampler };',
  ],
  "element of sets": [
    39,
    'import { sets } from "@webgfn/envs"; import { defineSamplerElement } from "@webgfn/sampler/element"; defineSamplerElement({ environments: { sets } });',
  ],
};
/** Packages that run in Node alone. */
const NODE_ONLY = ["@webgfn/report", "@webgfn/sweeps"];

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

/** Kilobytes of what Vite makes of a page: what it loads at first, and what it may load later. */
async function kilobytes(source) {
  const entry = "webgfn:entry";
  const { output } = await bundle({
    root,
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: true, target: "es2022", modulePreload: false, rollupOptions: { input: entry } },
    plugins: [{ name: "entry", resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? source : null) }],
  });
  const first = new Set(output.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  // A set's iteration meets what is added meanwhile.
  for (const name of first) for (const each of output.find(({ fileName }) => fileName === name).imports) first.add(each);
  const size = (files) => files.reduce((sum, { code, source: text }) => sum + gzipSync(code ?? text).length, 0) / 1000;
  return {
    first: size(output.filter(({ fileName }) => first.has(fileName))),
    later: size(output.filter(({ fileName }) => !first.has(fileName))),
  };
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
      const { first, later } = await kilobytes(`import * as all from ${JSON.stringify(name)}; globalThis.all = all;`);
      size = `${first.toFixed(1)} of ${budget} kB, ${later.toFixed(1)} later`;
      if (!(first <= budget)) found.push(`size: ${first.toFixed(1)} kB is above its budget of ${budget} kB`);
    }
    console.log(`${name.padEnd(20)} ${size.padEnd(28)} ${found.length === 0 ? "ok" : ""}`);
    for (const problem of found) console.log(`  ${problem}`);
    problems += found.length;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const [what, [budget, source]] of Object.entries(PAGES)) {
  const { first, later } = await kilobytes(source);
  const isSmall = first <= budget;
  console.log(`${what.padEnd(20)} ${first.toFixed(1)} of ${budget} kB, ${later.toFixed(1)} later ${isSmall ? "ok" : "above its budget"}`);
  if (!isSmall) problems += 1;
}
const { status } = spawnSync(process.execPath, [join(root, "node_modules/knip/bin/knip.js")], { cwd: root, stdio: "inherit" });
process.exit(problems === 0 && status === 0 ? 0 : 1);
