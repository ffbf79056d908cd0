/**
 * The packages as a user gets them: packed, installed from the tarballs in an empty folder outside the workspace, and used
 * there by Node, TypeScript, Vite and npx.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "webgfn-installed-"));
const app = (path = "") => join(folder, path);

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr: stderr.replace(/^Warning: max.*\n/gm, "") };
}

/** Runs a program that must succeed. @returns its standard output. */
function output(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = run(command, ...args);
  expect({ status, output: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, output: "" });
  return stdout;
}

const install = (...packages: string[]) =>
  output("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...packages);

/** The first TypeScript block of a README. */
function example(readme: string): string {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, readme), "utf8")) ?? [];
  return code as string;
}

/** Without the command line, which brings `webgpu`. */
let libraries: string[];
let commandLine: string;

beforeAll(() => {
  writeFileSync(app("package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const tarballs = output(process.execPath, join(ROOT, "packages/setup/pack.mjs"), folder).trim().split("\n");
  libraries = tarballs.filter((path) => /webgfn-[a-z]/.test(path.slice(folder.length)));
  [commandLine] = tarballs.filter((path) => !libraries.includes(path)) as [string];
  install(...libraries, "@webgpu/types@0.1.74");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the libraries alone", () => {
  it("are six packages without webgpu, which is left to the user", () => {
    expect(libraries).toHaveLength(6);
    expect(readdirSync(app("node_modules/@webgfn")).sort()).toEqual(["envs", "objectives", "sampler", "shaders", "tensor", "trainer"]);
    expect(existsSync(app("node_modules/webgpu"))).toBe(false);
  });

  it("say in one line that webgpu is missing", () => {
    writeFileSync(
      app("no-webgpu.js"),
      `import { openDevice } from "@webgfn/tensor";\nawait openDevice().catch((e) => console.log(e.code, e.message, e.fix));\n`,
    );
    expect(output(process.execPath, "no-webgpu.js")).toBe(
      "no-adapter the package `webgpu` (Dawn for Node) is not installed npm install webgpu\n",
    );
  });

  it("compile in a strict TypeScript program, declarations included", () => {
    const names = ["envs", "objectives", "sampler", "trainer"];
    for (const name of names) writeFileSync(app(`${name}.ts`), example(`packages/${name}/README.md`));
    writeFileSync(app("readme.ts"), example("README.md"));
    // One function of Node's, instead of all its types.
    writeFileSync(app("node.d.ts"), `declare module "node:fs/promises" { export function readFile(path: string): Promise<Uint8Array>; }\n`);
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      module: "nodenext",
      lib: ["es2022", "esnext.disposable", "dom"],
      types: ["@webgpu/types"],
    };
    writeFileSync(app("tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    output(process.execPath, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ".");
  });

  it("go into a page that Vite builds, without Dawn", () => {
    writeFileSync(app("index.html"), `<!doctype html><script type="module" src="/page.js"></script>`);
    writeFileSync(app("page.js"), example("packages/trainer/README.md"));
    output(process.execPath, join(ROOT, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error");
    const assets = readdirSync(app("dist/assets"));
    expect(assets.filter((name) => !name.endsWith(".js"))).toEqual([]);
    const code = assets.map((name) => readFileSync(app(`dist/assets/${name}`), "utf8")).join("\n");
    expect(code).toContain("requestAdapter");
    expect(code).not.toMatch(/dawn\.node|import\(\s*["']webgpu["']\s*\)/);
  });
});

describe("with the command line", () => {
  beforeAll(() => {
    install(commandLine);
  });

  it("runs the README's example in Node", () => {
    writeFileSync(app("readme.mjs"), example("README.md"));
    const { status, stdout, stderr } = run(process.execPath, "readme.mjs");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const evaluations = [...stdout.matchAll(/^(\d+) (\d\.\d+)/gm)].map(([, step, l1]) => [Number(step), Number(l1)]);
    expect(evaluations.map(([step]) => step)).toEqual([0, 50, 100, 150, 200]);
    expect(evaluations.at(-1)![1]).toBeLessThan(0.3 * evaluations[0]![1]!);
    expect(stdout.match(/logReward/g)).toHaveLength(3);
  });

  it("trains and samples through npx", () => {
    // The sizes of the README's example: the driver has its kernels already.
    const sizes = ["--env.items", "10", "--env.size", "5", "--hidden", "16,16", "--batch-size", "64", "--steps", "4"];
    const result = JSON.parse(output("npx", "webgfn", "train", "sets", ...sizes, "--out", "run", "--json"));
    expect(result).toMatchObject({ environment: "sets", steps: 4, replicas: [{ seed: 0, l1: expect.any(Number) }] });
    const samples = output("npx", "webgfn", "sample", "run", "--count", "5").trim().split("\n");
    expect(samples.map((line) => JSON.parse(line).object.items.length)).toEqual([5, 5, 5, 5, 5]);
  });
});
