// Makes the pictures of docs/images from the built playground: `node packages/playground/screenshots.mjs [NAME …]`.
// Networks are small, so that SwiftShader trains them in a minute or two.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumPath, SWIFTSHADER } from "../setup/chromium.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const divergence = (objective, alpha = null) => ({ objective, alpha, estimator: "paper" });
const balance = (objective) => ({ objective, alpha: null, estimator: null });

const PICTURES = {
  mixture: {
    settings: { environment: "gaussian-mixture", objectives: [divergence("renyi", 0.5), balance("tb"), divergence("reverse-kl")] },
    steps: 500,
    page: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
    gauge: true,
  },
  hypergrid: {
    settings: {
      environment: "hypergrid",
      env: { dimensions: 2, side: 10, r0: 0.1, r1: 0.5, r2: 2 },
      objectives: [divergence("tsallis", 0.5), balance("tb")],
    },
    steps: 500,
    page: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  },
  trees: {
    settings: { environment: "phylogenetics", objectives: [divergence("reverse-kl")] },
    steps: 300,
    page: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "light" },
    cut: true,
  },
};

const hashOf = (settings) => {
  const all = { batchSize: 64, width: 16, learningRate: 0.01, ...settings };
  const texts = Object.entries(all).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
  return `#${new URLSearchParams(texts)}`;
};

async function take(browser, url, name) {
  const { settings, steps, page: options, gauge, cut } = PICTURES[name];
  const page = await browser.newPage(options);
  page.setDefaultTimeout(400_000);
  await page.goto(url + hashOf(settings));
  await page.waitForFunction(`document.body.dataset.state === "ready"`);
  await page.getByRole("button", { name: "Train" }).click();
  await page.waitForFunction(`Number(document.body.dataset.step) >= ${steps}`);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForTimeout(2000);
  await page.getByRole("button", { name: "Another trajectory" }).click();
  if (gauge) {
    await page.getByLabel("Measure it now and then").check();
    await page.locator(".meter").waitFor();
  }
  // The buttons stay at the top of what is seen: the whole page must be seen at once.
  const height = cut ? options.viewport.height : await page.evaluate("document.documentElement.scrollHeight");
  await page.setViewportSize({ ...options.viewport, height });
  await page.evaluate("scrollTo(0, 0)");
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, "docs/images", `playground-${name}.png`) });
  console.log(`${name}: ${await page.textContent("#state")}`);
  await page.close();
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PICTURES);
const server = await preview({ root: join(root, "packages/playground"), logLevel: "error" });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: SWIFTSHADER });
try {
  for (const name of names) await take(browser, server.resolvedUrls.local[0], name);
} finally {
  await browser.close();
  await server.close();
}
