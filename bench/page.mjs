// What the playground's page does beside a training: frames drawn, and the main thread's work for each, as JSON:
// `node bench/page.mjs [SECONDS] [URL HASH]`. Training has a worker of its own, so that the work of a frame is the page's alone, on any
// adapter; it is processor time (not wall time), which nothing else on the machine lengthens.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { build, preview } from "vite";
import { chromiumPath, WEBGPU } from "../packages/setup/chromium.mjs";

const PLAYGROUND = fileURLToPath(new URL("../packages/playground", import.meta.url));

// `--use-webgpu-adapter=swiftshader` where there is no GPU: CHROMIUM_SWITCHES="…" adds switches.
const FURTHER = (process.env.CHROMIUM_SWITCHES ?? "").split(" ").filter((text) => text !== "");
const SMALL = "#environment=hypergrid&batchSize=16&width=8&learningRate=0.02";
const [seconds = "20", hash = SMALL] = process.argv.slice(2);

const outDir = mkdtempSync(join(tmpdir(), "webgfn-page-"));
const site = { root: PLAYGROUND, logLevel: "silent", build: { outDir, emptyOutDir: true } };
await build(site);
const server = await preview({ ...site, preview: { port: 0 } });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...WEBGPU, ...FURTHER] });
try {
  const page = await browser.newPage();
  await page.goto(server.resolvedUrls.local[0] + hash);
  await page.waitForFunction(() => document.body.dataset.state === "ready", undefined, { timeout: 200_000 });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.setTimeDomain", { timeDomain: "threadTicks" });
  await devtools.send("Performance.enable");
  await page.evaluate(() => {
    globalThis.frames = [];
    const next = (now) => {
      globalThis.frames.push(now);
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    globalThis.pictures = 0;
    new MutationObserver(() => globalThis.pictures++).observe(document.body, { attributeFilter: ["data-step"] });
  });
  const busy = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
  await page.getByRole("button", { name: "Train" }).click();
  // What was drawn before does not count, like its work.
  await page.evaluate("globalThis.frames.length = 0; globalThis.pictures = 0");
  const before = await busy();
  await page.waitForTimeout(1000 * Number(seconds));
  const work = (await busy()) - before;
  const { frames, pictures } = await page.evaluate(() => ({ frames: globalThis.frames, pictures: globalThis.pictures }));
  const gaps = frames
    .slice(1)
    .map((time, n) => time - frames[n])
    .sort((a, b) => a - b);
  const at = (share) => gaps[Math.floor(share * (gaps.length - 1))];
  console.log(
    JSON.stringify(
      {
        seconds: Number(seconds),
        framesPerSecond: frames.length / ((frames.at(-1) - frames[0]) / 1000),
        millisecondsBetweenFrames: { median: at(0.5), p95: at(0.95), longest: at(1) },
        pictures,
        mainThreadMillisecondsPerFrame: (1000 * work) / frames.length,
        mainThreadMillisecondsPerPicture: (1000 * work) / Math.max(1, pictures),
        state: await page.textContent("#state"),
      },
      null,
      2,
    ),
  );
} finally {
  await server.close();
  await browser.close();
  rmSync(outDir, { recursive: true, force: true });
}
