// The GPU tests without vitest's bundler: `node bench/bundle/test.mjs [PART OF A FILE NAME …]`. Each file runs in a process of
// its own, so that a driver that crashes takes one file down. The last line is "N passed, N failed".
import { fork } from "node:child_process";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow } from "./packages.mjs";

const TIMEOUT = 300_000;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Every test below a task, with the names of what it stands in. */
function tests(task, path = []) {
  if (task.type === "test") return [{ name: [...path, task.name].join(" > "), result: task.result, mode: task.mode }];
  return task.tasks.flatMap((child) => tests(child, task.type === "suite" && task.filepath === undefined ? [...path, task.name] : path));
}

/** Runs one file in this process: { passed, failed, skipped }. */
async function runFile(file) {
  const { startTests } = await import("@vitest/runner");
  const config = {
    root: ROOT,
    setupFiles: [],
    passWithNoTests: false,
    allowOnly: true,
    sequence: { seed: 0, hooks: "stack", setupFiles: "list" },
    maxConcurrency: 1,
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    retry: 0,
    tags: [],
    strictTags: false,
  };
  const [ran] = await startTests([file], { config, importFile: (path) => import(path) });
  const all = tests(ran);
  for (const { name, result } of all) {
    if (result?.state !== "fail") continue;
    const [error] = result.errors ?? [];
    process.stdout.write(`FAIL ${relative(ROOT, file)} > ${name}\n  ${error?.message ?? "no reason given"}\n`);
  }
  for (const error of ran.result?.errors ?? []) process.stdout.write(`FAIL ${relative(ROOT, file)}\n  ${error.message}\n`);
  const count = (state) => all.filter(({ result }) => result?.state === state).length;
  const broken = (ran.result?.errors?.length ?? 0) > 0 || all.length === 0 ? 1 : 0;
  return { passed: count("pass"), failed: count("fail") + broken, skipped: all.length - count("pass") - count("fail") };
}

/** The same in a process of its own. */
function inChild(file) {
  const start = performance.now();
  const child = fork(fileURLToPath(import.meta.url), ["--file", file], { stdio: ["ignore", "inherit", "pipe", "ipc"] });
  // Dawn prints lines of no interest in every process.
  child.stderr.on("data", (text) => process.stderr.write(String(text).replace(/^(Warning: max.*)?\n/gm, "")));
  return new Promise((resolve) => {
    let counts;
    child.on("message", (message) => {
      counts = message;
    });
    child.on("exit", (code, signal) => {
      counts ??= { passed: 0, failed: 1, skipped: 0, crash: signal ?? `exit code ${code}` };
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const crash = counts.crash === undefined ? "" : ` (ended with ${counts.crash})`;
      process.stdout.write(`${relative(ROOT, file)}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s${crash}\n`);
      resolve(counts);
    });
  });
}

async function main(parts) {
  const folder = join(ROOT, "tests/gpu");
  const files = filesBelow(folder, /\.test\.js$/)
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
    .sort();
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const path of files) {
    const counts = await inChild(join(folder, path));
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

if (process.argv[2] === "--file") {
  process.send(await runFile(process.argv[3]), () => process.exit(0));
} else {
  await main(process.argv.slice(2));
}
