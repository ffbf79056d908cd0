/**
 * Every code block of the documents and READMEs runs, page by page, in the order of the page.
 *
 * A JavaScript or TypeScript block that begins with an import begins a program, one without goes on with the one before. Lines
 * of a shell block are `npx webgfn …`, run with tiny sizes, or `npm install …`, which tests/packages does for real. A block that
 * does not run says why: `<!-- not run: REASON -->` before it. A JSON block is a file for the commands after it: `<!-- file: NAME -->`. What a program must print stands in comments behind every
 * `console.log`, or in a `text` block behind it.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Block, blocksOf, expectedOutput, PAGES, programs, ROOT } from "./blocks.js";

const BIN = join(ROOT, "packages/webgfn/dist/bin.js");
/** Within the workspace's node_modules, where the packages resolve as they do for a user. */
const CACHE = join(ROOT, "node_modules/.cache/pages");

const runBlocks = (page: string): Block[] => blocksOf(page).filter(({ exempt }) => exempt === undefined);
const exemptions = (page: string): string[] => blocksOf(page).flatMap(({ exempt }) => exempt ?? []);

/** The sizes of the README's example, so that the driver compiles its kernels once for all pages. */
const TINY: readonly [pattern: RegExp, options: string][] = [
  [/ train .*--resume/, ""],
  [/ train .*--help/, ""],
  [/ train sets/, "--env.items 10 --env.size 5 --hidden 16,16 --batch-size 64 --steps 4 --evaluate-every 2"],
  [/ train phylogenetics/, "--env.species 4 --env.sites 12 --hidden 8 --batch-size 16 --steps 4 --evaluate-every 2"],
  [/ train hypergrid/, "--hidden 16,16 --batch-size 64 --steps 4"],
  [/ train dags/, "--env.variables 3 --hidden 16,16 --batch-size 64 --steps 4 --evaluate-every 2"],
  [/^npx webgfn report /, "--no-pictures"],
  // A study of hours.
  [/ reproduce/, "--help"],
  [/ variance sets/, "--env.items 10 --env.size 5 --hidden 16,16 --batch-size 32 --batches 50"],
];

/** The same for the fixed settings of a sweep file. */
function tinySweep(code: string): string {
  const sweep = JSON.parse(code) as Record<string, object>;
  const varies = Object.keys({ ...sweep["grid"], ...sweep["zip"], ...sweep["random"] });
  const sizes = {
    hidden: [16, 16],
    batchSize: 64,
    steps: 4,
    evaluateEvery: 2,
    ...(String(sweep["environment"]) === "sets" && { "env.items": 10, "env.size": 5 }),
  };
  return JSON.stringify({ ...sweep, ...Object.fromEntries(Object.entries(sizes).filter(([key]) => !varies.includes(key))) });
}

/** A line of a shell block, as it is run. */
function tiny(line: string): string {
  const sizes = TINY.find(([pattern]) => pattern.test(line))?.[1] ?? "";
  // Before a redirection.
  return line.replace(/^([^>|]*)/, `$1 ${sizes} `);
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NODE: process.execPath, BIN, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, ...heard }));
  });
}

async function succeeds(
  what: string,
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, cwd, env);
  expect({ what, status, output: status === 0 ? "" : stdout + stderr }).toEqual({ what, status: 0, output: "" });
  return stdout;
}

async function runProgram(page: string, { code, line, output = expectedOutput(code, "//") }: Block, folder: string): Promise<void> {
  const file = join(folder, `line-${line}.mjs`);
  writeFileSync(file, code);
  const stdout = await succeeds(`${page}:${line}`, process.execPath, [file], folder);
  if (output !== undefined) expect(stdout.trim().split("\n")).toEqual(output);
}

async function runShell(page: string, { code, line }: Block, folder: string): Promise<void> {
  const lines = code.replace(/\\\n/g, " ").split("\n");
  for (const [at, text] of lines.entries()) {
    const command = text.replace(/(^| +)#.*$/, "").trim();
    if (command === "" || command.startsWith("npm install ")) continue;
    expect(command, `${page}:${line + at + 1} is neither npx webgfn nor npm install`).toMatch(/^npx webgfn /);
    const script = `npx() { shift; "$NODE" "$BIN" "$@"; }; set -o pipefail; ${tiny(command)}`;
    await succeeds(`${page}:${line + at + 1}`, "bash", ["-c", script], folder);
  }
}

const PYTHON = process.env["WEBGFN_PYTHON"] ?? "python3";

/** A Python program runs where what it imports is installed: `WEBGFN_PYTHON` names the Python. Trackers keep their runs in `folder`. */
async function runPython(page: string, { code, line }: Block, folder: string): Promise<void> {
  const imports = [...code.matchAll(/^(?:import|from) ([\w.]+)/gm)].map(([, name]) => `import ${name}`);
  if (spawnSync(PYTHON, ["-c", imports.join("\n")]).status !== 0) return;
  const trackers = {
    WANDB_MODE: "offline",
    HF_HOME: join(folder, "trackio"),
    MLFLOW_TRACKING_URI: `sqlite:///${join(folder, "mlflow.db")}`,
  };
  const stdout = await succeeds(`${page}:${line}`, PYTHON, ["-c", code], folder, trackers);
  const expected = expectedOutput(code, "#");
  if (expected !== undefined) expect(stdout.trim().split("\n")).toEqual(expected);
}

describe("the code of", () => {
  it.each(PAGES)("%s runs", async (page) => {
    const folder = join(CACHE, page.replaceAll("/", "-").replace(/\.md$/, ""));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const block of programs(runBlocks(page))) {
      if (block.language === "json") writeFileSync(join(folder, block.file as string), tinySweep(block.code));
      else if (block.language === "sh") await runShell(page, block, folder);
      else if (block.language === "python") await runPython(page, block, folder);
      else await runProgram(page, block, folder);
    }
  });

  it("is exempt for a reason, and seldom", () => {
    const exempt = PAGES.flatMap((page) => exemptions(page).map((reason) => `${page}: ${reason}`));
    const run = PAGES.flatMap(runBlocks);
    expect(exempt.length, exempt.join("\n")).toBeLessThan(run.length / 2);
  });
});

describe("the links of", () => {
  it.each(PAGES)("%s lead to files that exist", (page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const broken = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !existsSync(join(ROOT, page, "..", target)));
    expect(broken).toEqual([]);
  });
});

describe("the example", () => {
  it.each([
    ["train-and-sample.mjs", ["8"], /^step 8 {2}L1 \d\.\d{3}$/m],
    ["../own-objective/train.mjs", [], /^step 400 {2}loss -?0\.00\d\d {2}L1 0\.0[0-4]\d {2}log Z 8\.01\d$/m],
    ["compare-objectives.mjs", ["5", "renyi:0.5", "tb"], /^tb +\d\.\d{4} ± \d\.\d{4} +-?\d+\.\d{4} ± \d\.\d{4} +\d+\.\d$/m],
  ])("%s runs", async (name, args, says) => {
    const folder = join(ROOT, "docs/examples");
    expect(await succeeds(name, process.execPath, [join(folder, name), ...args], folder)).toMatch(says);
  });
});
