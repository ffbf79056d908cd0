// `npm test`: prepares the clone, then checks format, types, packages and behaviour. Arguments go to vitest, but for these: --quick checks format
// and types and runs the tests that take seconds; --every-kernel-in-chromium runs every kernel test there, and nothing else;
// --every-kernel-layered and --every-kernel-wide do so in Node with the layered path forced on, or with the driver's own vectors.
// The last line is "N passed, N failed".
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browserChange, sayWithoutBrowser } from "./browser.mjs";
import { root } from "./build.mjs";
import { slurmChange } from "./engines.mjs";
import { withoutYes } from "./machine-changes.mjs";
import { prepare } from "./prepare.mjs";
import { radeonChange } from "./radeon.mjs";
import { redisChange, sayWithoutRedis } from "./redis.mjs";

const words = withoutYes();
const isQuick = words[0] === "--quick";
await prepare(isQuick ? [] : [browserChange(), radeonChange(), slurmChange(), redisChange()]);
if (!isQuick) {
  sayWithoutBrowser();
  sayWithoutRedis();
}

const bin = (name) => join(root, "node_modules", ...name.split("/"));
function succeeded(what, status) {
  if (status !== 0) process.stderr.write(`${what} failed\n`);
  return status === 0;
}

/** Runs a check beside the others: each works on one core. What it prints comes in one piece, at its end. */
function check(what, ...args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => printed.push(piece));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      process.stdout.write(Buffer.concat(printed));
      resolve(succeeded(what, status));
    });
  });
}

const folder = mkdtempSync(join(tmpdir(), "webgfn-test-"));
const report = join(folder, "report.json");
/** What the packages test beside their sources, the gradients of all objectives, and the command line's options. */
const QUICK = ["/src/", "tests/gpu/coefficients", "tests/gpu/exact-gradient", "tests/cli/usage"];
/** Choices of tests that are more than a path: what vitest is given, and what vitest.config.ts reads. */
const CHOICES = {
  "--quick": { given: ["--project", "node", ...QUICK], env: {} },
  "--every-kernel-in-chromium": { given: ["--project", "chromium"], env: { WEBGFN_CHROMIUM: "all" } },
  "--every-kernel-layered": { given: ["--project", "node*", "tests/gpu"], env: { WEBGFN_PATH: "layered" } },
  "--every-kernel-wide": { given: ["--project", "node*", "tests/gpu"], env: { WEBGFN_VECTORS: "wide" } },
};
const { given, env } = CHOICES[words[0]] ?? { given: words, env: {} };
Object.assign(process.env, env);
const filtered = given.length > 0;
const checks = await Promise.all([
  ...(isQuick || !filtered
    ? [
        check("format and lint", bin("@biomejs/biome/bin/biome"), "check", "."),
        check("type check of the tests", bin("typescript/bin/tsc"), "-p", "tests", "--noEmit", "--composite", "false"),
      ]
    : []),
  ...(filtered
    ? []
    : [
        check("check of the packages", join(root, "packages/setup/check-packages.mjs")),
        check("type check of the playground", bin("typescript/bin/tsc"), "-p", "packages/playground"),
      ]),
]);
const vitest = [bin("vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...given];
const tests = succeeded("vitest", spawnSync(process.execPath, vitest, { cwd: root, stdio: "inherit" }).status);
const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
rmSync(folder, { recursive: true, force: true });
const failed =
  counts.numFailedTests +
  counts.testResults?.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0).length;
const passed = counts.numPassedTests + checks.filter((ok) => ok).length;
const failures = failed + checks.filter((ok) => !ok).length + (!tests && failed === 0 ? 1 : 0);
const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : "";
console.log(`${passed} passed, ${failures} failed${skipped}`);
process.exit(failures === 0 ? 0 : 1);
