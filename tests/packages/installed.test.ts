/**
 * The packages as a user gets them: packed, installed from the tarballs in an empty folder outside the workspace, and used
 * there by Node, TypeScript, esbuild, Vite and npx.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** What only Node's half of the runtime holds. */
const NODE_ONLY = /disable-dawn-features|["'`]webgpu["'`]/;

/** A program that opens a device, bundled by esbuild; what it prints in Node. */
function bundled(file: string, ...options: string[]): { code: string; output: string } {
  writeFileSync(
    app("open.js"),
    `import { openDevice } from "@webgfn/tensor";
openDevice().then((device) => (console.log("opened", device.adapter.backend), device.dispose()), (e) => console.log(e.code, e.message, e.fix));\n`,
  );
  // A file that another program happens to have there.
  writeFileSync(app("out/node.js"), `console.log("a file of somebody else runs");\n`);
  const esbuild = join(ROOT, "node_modules/esbuild/bin/esbuild");
  expect(run(process.execPath, esbuild, "open.js", "--bundle", "--log-level=warning", ...options, `--outfile=out/${file}`)).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  return { code: readFileSync(app(`out/${file}`), "utf8"), output: output(process.execPath, `out/${file}`) };
}

/** Without the command line, which brings `webgpu`. */
let libraries: string[];
let commandLine: string;

beforeAll(() => {
  mkdirSync(app("out"));
  writeFileSync(app("package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const tarballs = output(process.execPath, join(ROOT, "packages/setup/pack.mjs"), folder).trim().split("\n");
  libraries = tarballs.filter((path) => /webgfn-[a-z]/.test(path.slice(folder.length)));
  [commandLine] = tarballs.filter((path) => !libraries.includes(path)) as [string];
  install(...libraries);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the libraries alone", () => {
  it("are eleven packages without webgpu, which is left to the user", () => {
    expect(libraries).toHaveLength(11);
    expect(readdirSync(app("node_modules/@webgfn")).sort()).toEqual([
      "check",
      "envs",
      "objectives",
      "reference",
      "report",
      "runs",
      "sampler",
      "shaders",
      "sweeps",
      "tensor",
      "trainer",
    ]);
    expect(existsSync(app("node_modules/webgpu"))).toBe(false);
  });

  it("say in one line that webgpu is missing", () => {
    writeFileSync(
      app("no-webgpu.js"),
      `import { openDevice } from "@webgfn/tensor";\nawait openDevice().catch((e) => console.log(e.code, e.message, e.fix));\n`,
    );
    expect(output(process.execPath, "no-webgpu.js")).toBe(
      "no-adapter the package `webgpu` (Dawn for Node) is not installed npm install webgpu (for a bundled program too: bundles leave it out)\n",
    );
  });

  it("make a page with esbuild that has nothing of Node's", () => {
    const { code, output: printed } = bundled("page.mjs", "--format=esm");
    expect(code).toContain("requestAdapter");
    expect(code).not.toMatch(NODE_ONLY);
    // What the same file says when Node runs it.
    expect(printed).toBe(
      "no-adapter this program was bundled for browsers, but runs in Node bundle it for Node (esbuild: --platform=node, Vite: build.ssr), or hand openDevice a `gpu` of your own\n",
    );
  });

  it("go into a page that Vite builds, without Dawn", () => {
    writeFileSync(app("index.html"), `<!doctype html><script type="module" src="/page.js"></script>`);
    writeFileSync(app("page.js"), example("packages/trainer/README.md"));
    output(process.execPath, join(ROOT, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error");
    const assets = readdirSync(app("dist/assets"));
    expect(assets.filter((name) => !name.endsWith(".js"))).toEqual([]);
    const code = assets.map((name) => readFileSync(app(`dist/assets/${name}`), "utf8")).join("\n");
    expect(code).toContain("requestAdapter");
    expect(code).not.toMatch(NODE_ONLY);
  });
});

describe("with the command line", () => {
  beforeAll(() => {
    install(commandLine);
  });

  it.each(["esm", "cjs"])("opens a device from a program that esbuild bundles for Node as %s", (format) => {
    const file = `open.${format === "esm" ? "mjs" : "cjs"}`;
    for (const more of [[], ["--minify"], ["--external:webgpu"]]) {
      expect(bundled(file, "--platform=node", `--format=${format}`, ...more).output).toBe("opened dawn\n");
    }
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

  it("says where the paper's study is, which npm does not have", () => {
    const { status, stderr } = run("npx", "webgfn", "reproduce", "sets");
    expect(stderr).toMatch(/^webgfn: the paper's study is not part of the package on npm; clone the repository/);
    expect(status).toBe(2);
  });
});

describe("TypeScript, with the declarations of every package checked", () => {
  const compilers = {
    "TypeScript 5.9": join(ROOT, "node_modules/typescript/bin/tsc"),
    "the newest TypeScript": join(ROOT, "packages/setup/node_modules/typescript-newest/bin/tsc"),
  };
  const resolutions = { nodenext: { module: "nodenext" }, bundler: { module: "esnext", moduleResolution: "bundler" } };
  const cases = Object.keys(compilers).flatMap((compiler) => Object.keys(resolutions).map((resolution) => ({ compiler, resolution })));

  beforeAll(() => {
    install(commandLine, "@types/node@20.19.43", "@webgpu/types@0.1.74");
    for (const name of ["bare", "node", "page"]) mkdirSync(app(name));
    copyFileSync(join(import.meta.dirname, "programs/main-api.ts"), app("bare/main-api.ts"));
    for (const name of ["webgpu-types.ts", "element.ts"])
      copyFileSync(join(import.meta.dirname, "programs", name), app(join("page", name)));
    for (const name of ["envs", "objectives", "sampler", "trainer"])
      writeFileSync(app(`node/${name}.ts`), example(`packages/${name}/README.md`));
    writeFileSync(app("node/readme.ts"), example("README.md"));
  });

  /** Compiles the programs of a folder as strictly as TypeScript does. */
  function compile(folder: string, compiler: string, resolution: string, lib: string[], types: string[]): void {
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      ...resolutions[resolution as keyof typeof resolutions],
      lib,
      types,
    };
    writeFileSync(app("tsconfig.json"), JSON.stringify({ compilerOptions, include: [folder] }));
    output(process.execPath, compilers[compiler as keyof typeof compilers], "-p", ".");
  }

  it.each(cases)("a program with no types installed compiles: $compiler, $resolution", ({ compiler, resolution }) => {
    compile("bare", compiler, resolution, ["es2022"], []);
  });

  it.each(cases)("the READMEs' programs compile with Node's types: $compiler, $resolution", ({ compiler, resolution }) => {
    compile("node", compiler, resolution, ["es2022"], ["node"]);
  });

  it.each(cases)("a page's program has WebGPU's own types: $compiler, $resolution", ({ compiler, resolution }) => {
    // The newest TypeScript's library has them.
    compile("page", compiler, resolution, ["es2022", "dom"], compiler === "TypeScript 5.9" ? ["@webgpu/types"] : []);
  });
});
