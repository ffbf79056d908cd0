/**
 * The sampler in pages: as one file without a bundler, built with esbuild and with Vite, in the page and in a worker, as an element and in
 * React. All pages are served under a strict content security policy: no inline scripts or styles, and no `eval`.
 */
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
import type { Browser, Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../packages/setup/chromium.mjs";
import { launch, open, ROOT, type Site, serve } from "./harness.js";

const CHECKPOINT = join(ROOT, "docs/embed/public/sets.safetensors");
const SEED = 3;
/** Compressed bytes that a page with one environment and the sampler loads at first: esbuild's pieces are smaller, and more, than Vite's. */
const LARGEST_BUNDLE = 45 * 1024;
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

const STRICT = { "content-security-policy": "default-src 'self'" };

/** Writes a page and, as a file beside it, its script. */
function writePage(name: string, script: string, body = ""): void {
  writeFileSync(join(folder, `${name}.script.js`), script);
  writeFileSync(
    join(folder, `${name}.html`),
    `<!doctype html><title>test</title><script type="module" src="./${name}.script.js"></script>${body}`,
  );
}

/** Waits until an expression is true in a page. Playwright's own function needs `eval` within the page. */
async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate(`Boolean(${expression})`))) await new Promise((resolve) => setTimeout(resolve, 50));
}

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
  const makers = [
    "banana",
    "bitSequences",
    "dags",
    "funnel",
    "gaussianMixture",
    "hypergrid",
    "independentSet",
    "ising",
    "knapsack",
    "manyWell",
    "maxCut",
    "perfectBinaryTree",
    "phylogenetics",
    "prependAppend",
    "qm9Small",
    "sequences",
    "sets",
    "tfbind8",
  ] as const;
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
    copyFileSync(join(ROOT, "packages/webgfn/dist/element.js"), join(folder, "element.js"));
    writePage("bundled", `import "./bundled.js";`);
    writePage("plain", `import { loadSampler, sets } from "./browser.js";${SCRIPT}`);
    writePage("empty", `import * as webgfn from "./browser.js"; globalThis.webgfn = webgfn;`);
    [browser, site] = await Promise.all([launch(), serve(folder, undefined, STRICT)]);
  });
  afterAll(async () => {
    site?.close();
    await browser?.close();
  });

  const sampled = new Map<string, Promise<Sample[]>>();
  /** What a page samples: each page is opened once. */
  function samplesOf(name: string): Promise<Sample[]> {
    const samples = sampled.get(name) ?? samplesIn(name);
    sampled.set(name, samples);
    return samples;
  }

  async function samplesIn(name: string): Promise<Sample[]> {
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}${name}`);
    await until(page, "globalThis.samples");
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

  it("runs the page's program of docs/embed.md as it is printed there", async () => {
    const [code] = [...readFileSync(join(ROOT, "docs/embed.md"), "utf8").matchAll(/```js\n([\s\S]*?)```/g)]
      .map(([, text]) => text as string)
      .filter((text) => text.includes("loadSampler("));
    const name = "docs-embed";
    bundle(code as string, name);
    writePage(name, `import "./${name}.js"; globalThis.finished = true;`);
    const { page: opened, errors } = await open(browser);
    const said: string[] = [];
    opened.on("console", (message) => said.push(message.text()));
    await opened.goto(`${site.url}${name}.html`);
    await until(opened, "globalThis.finished");
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
      // That a busy machine is slow is no fault of the example.
      build: {
        outDir,
        emptyOutDir: true,
        rollupOptions: { checks: { bundlerTimings: false }, onwarn: ({ message }) => void warnings.push(message) },
      },
    });
    expect(warnings).toEqual([]);
    const assets = readdirSync(join(outDir, "assets"));
    for (const program of [/^index-.*\.js$/, /^worker-.*\.js$/]) expect(assets.filter((name) => program.test(name))).toHaveLength(1);
    const example = await serve(outDir, undefined, STRICT);
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

  it("runs the page without a bundler of docs/embed.md as it is printed there, and refuses it as an inline script", async () => {
    const text = readFileSync(join(ROOT, "docs/embed.md"), "utf8");
    const [, html = ""] = /```html\n(<script type="module" src="main.js">[\s\S]*?)```/.exec(text) ?? [];
    const [, script = ""] = /```js\n(import .* from "\.\/browser\.js";[\s\S]*?)```/.exec(text) ?? [];
    writeFileSync(join(folder, "main.js"), script);
    writeFileSync(join(folder, "printed.html"), `<!doctype html><title>test</title>${html}`);
    writeFileSync(join(folder, "inline.html"), `<!doctype html><title>test</title><script type="module">${script}</script><ol></ol>`);
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}printed.html`);
    await page.locator("li").nth(4).waitFor();
    expect(errors).toEqual([]);
    await page.goto(`${site.url}inline.html`);
    expect(errors).toEqual([expect.stringContaining("violates the following Content Security Policy directive")]);
    await page.close();
  });

  /** Keeps the devices that are open in `devices`. */
  const COUNT_DEVICES = `
    globalThis.devices = new Set();
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...given) {
      const device = await requestDevice.apply(this, given);
      devices.add(device);
      return device;
    };
    const { destroy } = GPUDevice.prototype;
    GPUDevice.prototype.destroy = function () {
      devices.delete(this);
      destroy.call(this);
    };`;

  it("is an element that loads, samples, shows and frees as its attributes say", async () => {
    const expected = (await samplesOf("bundled.html")).map(({ object, logReward }) => {
      return `{${(object as { items: number[] }).items.join(", ")}}, log R = ${logReward.toFixed(3)}`;
    });
    const attributes = `src="sets.safetensors" seed="${SEED}"`;
    const body = `<webgfn-sampler id="a" ${attributes} count="3">Loading …</webgfn-sampler><webgfn-sampler id="b" ${attributes}></webgfn-sampler>`;
    writePage(
      "element",
      `globalThis.heard = [];
      for (const name of ["a", "b"]) globalThis[name] = document.getElementById(name);
      for (const element of document.querySelectorAll("webgfn-sampler")) {
        for (const type of ["load", "sample", "error"])
          element.addEventListener(type, ({ detail }) => heard.push([element.id, type, detail?.length ?? detail?.message].join(" ").trim()));
      }
      // Before the element is defined.
      b.format = ({ object }) => Object.assign(document.createElement("b"), { textContent: object.items.join("-") });
      await import("./element.js");`,
      body,
    );
    const { page, errors } = await open(browser);
    await page.addInitScript(COUNT_DEVICES);
    await page.goto(`${site.url}element.html`);
    const shown = (id: string) => page.locator(`#${id} li`).allTextContents();
    const run = (code: string) => page.evaluate(`(async () => { ${code} })()`);
    /** What was heard of an element since it was last asked. */
    const heard = (id: string) =>
      run(
        `return heard.filter((text) => text.startsWith("${id} ")).map((text) => { heard.splice(heard.indexOf(text), 1); return text.slice(2); })`,
      );
    const next = (type: string, code: string) =>
      run(`const heard = new Promise((resolve) => a.addEventListener("${type}", () => resolve(), { once: true })); ${code}; await heard;`);

    await Promise.all([page.locator("#a li").nth(2).waitFor(), page.locator("#b b").nth(4).waitFor()]);
    expect(await shown("a")).toEqual(expected.slice(0, 3));
    expect(await shown("b")).toEqual(expected.slice(0, 5).map((text) => /\{(.*)\}/.exec(text)?.[1]?.replaceAll(", ", "-")));
    expect([await heard("a"), await heard("b")]).toEqual([
      ["load", "sample 3"],
      ["load", "sample 5"],
    ]);

    // A sample and a stream that are asked for.
    expect(await run(`return (await a.sample(4)).map(({ object }) => object.items.length)`)).toEqual([4, 4, 4, 4]);
    const four = await shown("a");
    expect(four).toHaveLength(4);
    expect(four.slice(0, 3)).not.toEqual(expected.slice(0, 3));
    expect(await run(`const sizes = []; for await (const batch of a.stream(130)) sizes.push(batch.length); return sizes;`)).toEqual([
      64, 64, 2,
    ]);
    expect(await shown("a")).toEqual(four);
    expect(await heard("a")).toEqual(["sample 4"]);

    // It is moved, and its attributes change at once: one sample, and nothing is loaded again.
    await next("sample", `a.remove(); document.body.prepend(a); a.setAttribute("count", "7"); a.setAttribute("count", "2")`);
    expect([await shown("a"), await heard("a")]).toEqual([expect.objectContaining({ length: 2 }), ["sample 2"]]);
    // All elements of a page share a device.
    expect(await run("return devices.size")).toBe(1);
    await next("sample", `a.setAttribute("seed", "random")`);
    const random = await shown("a");
    await next("sample", `a.setAttribute("batch-size", "65")`);
    expect(await shown("a")).not.toEqual(random);
    await next("sample", `a.setAttribute("seed", "${SEED}")`);
    expect(await shown("a")).toEqual(expected.slice(0, 2));

    // Its device is lost, and the next call has another one.
    await run("for (const device of devices) device.destroy()");
    expect(await run("return a.sample().catch(({ code }) => code)")).toBe("device-lost");
    expect(await run("return (await a.sample(3)).length")).toBe(3);

    // It leaves the page, and comes back.
    const ended = `try { for await (const _ of a.stream(1e6)) a.remove(); } catch ({ code }) { return code; }`;
    expect(await run(ended)).toBe("disposed");
    expect(await run(`return a.sample().catch(({ code, message }) => code + ": " + message)`)).toBe(
      "argument: <webgfn-sampler> is not in a page",
    );
    await heard("a");
    await next("sample", "document.body.append(a)");
    expect([await shown("a"), await heard("a")]).toEqual([expected.slice(0, 2), ["load", "sample 2"]]);

    // What goes wrong is said, and mended by the next attribute.
    const alert = page.locator("#a [role=alert]");
    for (const [attribute, value, message] of [
      ["src", "element.html", "this looks like HTML: the address element.html serves a web page, not a checkpoint"],
      ["count", "many", 'count must be a whole number of at least 0, not "many"'],
      ["seed", "-1", 'seed must be a whole number of at least 0, or "random", not "-1"'],
    ]) {
      await next("error", `a.setAttribute("${attribute}", "${value}")`);
      expect(await alert.textContent()).toContain(message);
      expect(((await heard("a")) as string[]).at(-1)).toBe(`error ${message}`);
      await next("sample", `a.setAttribute("src", "sets.safetensors"); a.setAttribute("count", "2"); a.setAttribute("seed", "${SEED}")`);
      expect([await alert.count(), (await shown("a")).length]).toEqual([0, 2]);
    }
    // A page that says it itself.
    await next("error", `a.addEventListener("error", (event) => event.preventDefault(), { once: true }); a.setAttribute("replica", "1")`);
    expect([await alert.count(), (await shown("a")).length]).toEqual([0, 2]);
    await run(`a.removeAttribute("src")`);
    expect([await shown("a"), await run(`return a.sample().catch(({ message }) => message)`)]).toEqual([[], "<webgfn-sampler> has no src"]);
    await run("a.remove(); b.remove()");
    await until(page, "devices.size === 0");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("is an element of its own environments, which a bundle says, and which a second call adds to", async () => {
    bundle(
      `import { hypergrid, sets } from "@webgfn/envs";
      import { defineSamplerElement } from "@webgfn/sampler/element";
      defineSamplerElement({ environments: { hypergrid } });
      const element = Object.assign(document.createElement("webgfn-sampler"), { id: "a" });
      element.setAttribute("src", "sets.safetensors");
      document.body.append(element);
      element.addEventListener("error", ({ detail: { message } }) => {
        document.title = message;
        defineSamplerElement({ environments: { sets } });
        element.sample(2);
      }, { once: true });`,
      "own-element",
    );
    writePage("own", `import "./own-element.js";`, "<main></main>");
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}own.html`);
    await page.locator("#a li").nth(1).waitFor();
    expect(await page.title()).toContain('"sets", which is not among those given: hypergrid');
    expect(errors).toEqual([]);
    await page.close();
  });

  it("loads once in a React component under StrictMode, takes over a server's page, and frees its device", async () => {
    const example = join(ROOT, "docs/examples/react");
    const options = { bundle: true, format: "esm", jsx: "automatic", logLevel: "error", absWorkingDir: ROOT } as const;
    const parts = `import { createElement, StrictMode } from "react";
      import { Sets } from ${JSON.stringify(join(example, "app.tsx"))};
      const element = createElement("webgfn-sampler", { src: "sets.safetensors", count: 2 }, "Waiting …");
      export const app = createElement(StrictMode, null, createElement(Sets, { source: "sets.safetensors" }), element);`;
    const build = (name: string, source: string, more: esbuild.BuildOptions) => {
      const stdin = { contents: parts + source, resolveDir: ROOT };
      esbuild.buildSync({ ...options, ...more, stdin, outfile: join(folder, name), define: { "process.env.NODE_ENV": '"development"' } });
    };
    const external = ["@webgfn/*", "react", "react-dom"];
    build(
      "react-server.mjs",
      `import { renderToString } from "react-dom/server"; import "webgfn/element"; process.stdout.write(renderToString(app));`,
      { platform: "node", external: [...external, "webgfn"] },
    );
    build(
      "react-page.js",
      `import { hydrateRoot } from "react-dom/client";
      globalThis.root = hydrateRoot(document.querySelector("#root"), app);`,
      { splitting: false },
    );
    const noGpu = { ...process.env, VK_DRIVER_FILES: "/nonexistent.json" };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, "react-server.mjs")], { env: noGpu });
    expect([stdout, stderr]).toEqual([
      '<p role="status">Loading …</p><webgfn-sampler src="sets.safetensors" count="2">Waiting …</webgfn-sampler>',
      "",
    ]);
    writePage("react", `import "./element.js"; import "./react-page.js";`, `<div id="root">${stdout}</div>`);
    const { page, errors } = await open(browser);
    await page.addInitScript(COUNT_DEVICES);
    await page.goto(`${site.url}react.html`);
    const items = page.locator("#root > ol li");
    await Promise.all([items.nth(4).waitFor(), page.locator("webgfn-sampler li").nth(1).waitFor()]);
    const first = await items.allTextContents();
    for (const text of first) expect(text).toMatch(/^\{\d, \d, \d, \d\}, log R = \d\.\d{3}$/);
    await page.locator("button").click();
    await until(page, `document.querySelector("#root > ol").textContent !== ${JSON.stringify(first.join(""))}`);
    expect(await items.count()).toBe(5);
    expect(await page.evaluate("devices.size")).toBe(2);
    await page.evaluate("root.unmount()");
    await until(page, "devices.size === 0");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says what browsers have WebGPU where this one has none, and that it needs a secure page", async () => {
    const failure = `globalThis.webgfn.loadSampler("sets.safetensors").catch(({ name, code, message, fix }) => ({ name, code, message, fix }))`;
    const { page } = await open(browser);
    await page.addInitScript(`Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined })`);
    await page.goto(`${site.url}empty.html`);
    await until(page, "globalThis.webgfn");
    const { fix, ...rest } = (await page.evaluate(failure)) as Record<string, string>;
    expect(rest).toEqual({ name: "WebgfnError", code: "no-adapter", message: "this browser has no WebGPU" });
    for (const name of ["Chrome", "Edge", "Safari", "Firefox"]) expect(fix).toContain(name);
    await page.goto(`${site.url.replace("localhost", "insecure.test")}empty.html`);
    await until(page, "globalThis.webgfn");
    const insecure = (await page.evaluate(failure)) as Record<string, string>;
    expect(insecure["code"]).toBe("no-adapter");
    expect(insecure["message"]).toContain("secure pages only");
    await page.close();
  });

  it("trains in the page", async () => {
    const { page, errors } = await open(browser);
    await page.goto(`${site.url}empty.html`);
    await until(page, "globalThis.webgfn");
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
    await until(page, "globalThis.webgfn");
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
