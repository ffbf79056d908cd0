/** The sampler in pages: as one file without a bundler, built with esbuild and with Vite, in the page and in a worker. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { RewardLayer } from "@webgfn/envs";
import * as environments from "@webgfn/envs";
import { rewardNumber } from "@webgfn/reference";
import type { Sample } from "@webgfn/sampler";
import * as esbuild from "esbuild";
import type { Browser } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../packages/setup/chromium.mjs";
import { launch, open, ROOT, type Site, serve } from "./harness.js";

const CHECKPOINT = join(ROOT, "docs/embed/public/sets.safetensors");
const SEED = 3;
/** Compressed bytes that a page with one environment and the sampler loads at first: esbuild's pieces are smaller, and more, than Vite's. */
const LARGEST_BUNDLE = 42 * 1024;
/** The same of the environments that read data files of many dialects. */
const LARGEST_WITH_READERS = 56 * 1024;
const READERS = ["dags", "phylogenetics"];
/** Debian's Chromium brings SwiftShader for programs outside the browser too. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

const SCRIPT = `
const sampler = await loadSampler("sets.safetensors", { environments: { sets }, seed: ${SEED}, batchSize: 64 });
globalThis.samples = await sampler.sample(20);
sampler.dispose();`;

// Inside the workspace, so that bundlers find the packages as they do for a user.
mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "node_modules/.cache/embed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = (script: string) => `<!doctype html><title>test</title><script type="module">${script}</script>`;

/** Bundles a program into `name`.js, and what it loads later beside it. Returns the texts that a page loads at first. */
function bundle(source: string, name: string): string[] {
  writeFileSync(join(folder, `${name}.in.js`), source);
  const { metafile } = esbuild.buildSync({
    entryPoints: { [name]: join(folder, `${name}.in.js`) },
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    logLevel: "error",
  });
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [resolve(path), output]));
  const first = new Set([join(folder, `${name}.js`)]);
  // A set's iteration meets what is added meanwhile.
  for (const path of first) {
    for (const { kind, path: imported } of outputs.get(path)?.imports ?? []) if (kind === "import-statement") first.add(resolve(imported));
  }
  return [...first].map((path) => readFileSync(path, "utf8"));
}

describe("a bundle with one environment", () => {
  const makers = ["banana", "dags", "gaussianMixture", "hypergrid", "ising", "phylogenetics", "sequences", "sets"] as const;
  it.each(makers)("%s is small, and has nothing of Node's", (name) => {
    expect(environments).toHaveProperty(name);
    const texts = bundle(
      `import { ${name} } from "@webgfn/envs";\nimport { loadSampler } from "@webgfn/sampler";\nexport const load = (url) => loadSampler(url, { environments: { ${name} } });`,
      name,
    );
    const bytes = texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
    expect(bytes).toBeLessThan(READERS.includes(name) ? LARGEST_WITH_READERS : LARGEST_BUNDLE);
    // What a bundler leaves to import would be Node's.
    expect(texts.join("\n").match(/["'](node:\w+|webgpu)["']|\bimport\(["'](?!\.\/)/)?.[0]).toBeUndefined();
  });
});

describe.skipIf(chromiumPath() === undefined)("the sampler in Chromium", () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    copyFileSync(CHECKPOINT, join(folder, "sets.safetensors"));
    copyFileSync(join(ROOT, "packages/webgfn/dist/browser.js"), join(folder, "browser.js"));
    bundle(`import { sets } from "@webgfn/envs";\nimport { loadSampler } from "@webgfn/sampler";${SCRIPT}`, "bundled");
    writeFileSync(join(folder, "bundled.html"), page(`import "./bundled.js";`));
    writeFileSync(join(folder, "plain.html"), page(`import { loadSampler, sets } from "./browser.js";${SCRIPT}`));
    writeFileSync(join(folder, "empty.html"), page(`import * as webgfn from "./browser.js"; globalThis.webgfn = webgfn;`));
    [browser, site] = await Promise.all([launch(), serve(folder)]);
  });
  afterAll(async () => {
    site?.close();
    await browser?.close();
  });

  async function samplesOf(name: string): Promise<Sample[]> {
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}${name}`);
    await page.waitForFunction("globalThis.samples");
    const samples = (await page.evaluate("globalThis.samples")) as Sample[];
    expect(errors).toEqual([]);
    await page.close();
    return samples;
  }

  it.skipIf(!existsSync(SWIFTSHADER))("gives the same objects in a page without a bundler, bundled by esbuild, and in Node", async () => {
    const script = `import { readFileSync } from "node:fs";
import { sets } from "@webgfn/envs";
import { loadSampler } from "@webgfn/sampler";
${SCRIPT.replace('"sets.safetensors"', `readFileSync(${JSON.stringify(CHECKPOINT)})`)}
console.log(JSON.stringify(samples));`;
    writeFileSync(join(folder, "node.mjs"), script);
    const env = { ...process.env, VK_DRIVER_FILES: SWIFTSHADER };
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "node.mjs")], { env });
    const inNode = JSON.parse(stdout) as Sample[];
    expect(inNode).toHaveLength(20);
    for (const { object } of inNode) expect((object as { items: number[] }).items).toHaveLength(4);
    const plain = await samplesOf("plain.html");
    expect(plain).toEqual(await samplesOf("bundled.html"));
    expect(plain.map(({ object }) => object)).toEqual(inNode.map(({ object }) => object));
    expect(plain.map(({ actions }) => actions)).toEqual(inNode.map(({ actions }) => actions));
    plain.forEach(({ logForward }, n) => {
      expect(logForward).toBeCloseTo(inNode[n]?.logForward as number, 4);
    });
  });

  it.each(["README.md", "docs/embed.md"])("runs the page's program of %s as it is printed there", async (document) => {
    const [code] = [...readFileSync(join(ROOT, document), "utf8").matchAll(/```js\n([\s\S]*?)```/g)]
      .map(([, text]) => text as string)
      .filter((text) => text.includes("loadSampler("));
    const name = document.replaceAll("/", "-");
    bundle(code as string, name);
    writeFileSync(join(folder, `${name}.html`), page(`import "./${name}.js"; globalThis.finished = true;`));
    const { page: opened, errors } = await open(browser);
    const said: string[] = [];
    opened.on("console", (message) => said.push(message.text()));
    await opened.goto(`${site.url}${name}.html`);
    await opened.waitForFunction("globalThis.finished");
    expect(errors).toEqual([]);
    expect(said.filter((text) => text.startsWith("[") || text.startsWith("Array"))).toHaveLength(5);
    await opened.close();
  });

  it("samples in the page and in a worker of the example that Vite builds, under any path", async () => {
    const outDir = join(folder, "vite");
    const warnings: string[] = [];
    await build({
      root: join(ROOT, "docs/embed"),
      base: "./",
      configFile: false,
      logLevel: "silent",
      build: { outDir, emptyOutDir: true, rollupOptions: { onwarn: ({ message }) => void warnings.push(message) } },
    });
    expect(warnings).toEqual([]);
    const assets = readdirSync(join(outDir, "assets"));
    for (const program of [/^index-.*\.js$/, /^worker-.*\.js$/]) expect(assets.filter((name) => program.test(name))).toHaveLength(1);
    const example = await serve(outDir);
    const { page, errors } = await open(browser);
    await page.goto(example.url);
    await page.locator("#worker li").nth(4).waitFor();
    const lists = await Promise.all(["#page li", "#worker li"].map((items) => page.locator(items).allTextContents()));
    example.close();
    await page.close();
    expect(errors).toEqual([]);
    expect(lists[0]).toHaveLength(5);
    for (const text of lists[0] as string[]) expect(text).toMatch(/^\{\d, \d, \d, \d\}, log R = \d\.\d{3}$/);
    expect(lists[1]).toEqual(lists[0]);
  });

  it("says what browsers have WebGPU where this one has none, and that it needs a secure page", async () => {
    const failure = `globalThis.webgfn.loadSampler("sets.safetensors").catch(({ name, code, message, fix }) => ({ name, code, message, fix }))`;
    const { page } = await open(browser);
    await page.addInitScript(`Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined })`);
    await page.goto(`${site.url}empty.html`);
    await page.waitForFunction("globalThis.webgfn");
    const { fix, ...rest } = (await page.evaluate(failure)) as Record<string, string>;
    expect(rest).toEqual({ name: "WebgfnError", code: "no-adapter", message: "this browser has no WebGPU" });
    for (const name of ["Chrome", "Edge", "Safari", "Firefox"]) expect(fix).toContain(name);
    await page.goto(`${site.url.replace("localhost", "insecure.test")}empty.html`);
    await page.waitForFunction("globalThis.webgfn");
    const insecure = (await page.evaluate(failure)) as Record<string, string>;
    expect(insecure["code"]).toBe("no-adapter");
    expect(insecure["message"]).toContain("secure pages only");
    await page.close();
  });

  it("trains in the page", async () => {
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}empty.html`);
    await page.waitForFunction("globalThis.webgfn");
    const distances = (await page.evaluate(`(async () => {
      const { openDevice, Trainer, hypergrid, mlp, reverseKl } = globalThis.webgfn;
      const device = await openDevice();
      const options = { environment: hypergrid({ side: 4, r0: 0.1 }), policy: mlp({ hidden: [16] }), objective: reverseKl() };
      const trainer = await Trainer.create(device, { ...options, batchSize: 32, steps: 150, learningRate: 0.02 });
      const l1 = [];
      for await (const progress of trainer.run({ evaluateEvery: 150 })) l1.push(progress.l1);
      device.dispose();
      return l1;
    })()`)) as number[];
    await page.close();
    expect(errors).toEqual([]);
    expect(distances).toHaveLength(2);
    expect(distances[0]).toBeGreaterThan(0.5);
    expect(distances[1]).toBeLessThan(0.25);
  });

  it("runs a convolutional network as the reward in the page", async () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, n) => Math.sin(n + count));
    const conv: RewardLayer = { kind: "conv1d", inputs: 3, outputs: 5, kernel: 3, padding: 1, weight: numbers(45), bias: numbers(5) };
    const layers: RewardLayer[] = [
      conv,
      { kind: "silu" },
      { kind: "max-pool" },
      { kind: "linear", inputs: 5, outputs: 1, weight: numbers(5) },
    ];
    const all: number[][] = [[]];
    for (const symbols of all) if (symbols.length < 3) for (let v = 0; v < 3; v++) all.push([...symbols, v]);
    const features = (symbols: number[]) => Array.from({ length: 9 }, (_, k) => (symbols[Math.floor(k / 3)] === k % 3 ? 1 : 0));
    const z = all.reduce((sum, symbols) => sum + Math.exp(rewardNumber({ layers }, features(symbols), 3)), 0);
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}empty.html`);
    await page.waitForFunction("globalThis.webgfn");
    const logZ = (await page.evaluate(`(async () => {
      const { openDevice, listTarget, networkReward, sequences } = globalThis.webgfn;
      const device = await openDevice();
      const reward = networkReward({ layers: ${JSON.stringify(layers)} });
      const environment = await listTarget(device, sequences({ symbols: 3, length: 3, reward }));
      device.dispose();
      return environment.exactLogZ.value;
    })()`)) as number;
    await page.close();
    expect(errors).toEqual([]);
    expect(all).toHaveLength(40);
    expect(logZ).toBeCloseTo(Math.log(z), 4);
  });
});
