// Makes the pictures of docs/images, and the one of links to the page, from the built playground: `node packages/playground/screenshots.mjs [NAME …]`.
// Networks are small, so that SwiftShader trains them in a minute or two.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview as serve } from "vite";
import { chromiumPath, SWIFTSHADER } from "../setup/chromium.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const divergence = (objective, parameters = {}) => ({ objective, parameters, estimator: "paper" });
const balance = (objective) => ({ objective, parameters: {}, estimator: null });

const PICTURES = {
  mixture: {
    settings: {
      environment: "gaussian-mixture",
      objectives: [divergence("renyi", { alpha: 0.5 }), balance("tb"), divergence("reverse-kl")],
    },
    steps: 500,
    page: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
    gauge: true,
  },
  hypergrid: {
    settings: {
      environment: "hypergrid",
      env: { dimensions: 2, side: 10, r0: 0.1, r1: 0.5, r2: 2 },
      objectives: [divergence("tsallis", { alpha: 0.5 }), balance("tb")],
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

/** The picture of a link to the page: the recorded run that it opens with, as it is presented. */
async function preview(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
  await page.goto(url);
  await page.locator("#badge").waitFor();
  await page.getByRole("slider", { name: /^Time/ }).press("End");
  await page.getByRole("button", { name: "Present" }).click();
  await page.evaluate(`document.querySelector(".bar").hidden = document.querySelector(".below-bar").hidden = true`);
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(root, "packages/playground/public/preview.png") });
  await page.close();
}

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
  await page.getByRole("button", { name: "Train", exact: true }).click();
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

const names = process.argv.length > 2 ? process.argv.slice(2) : [...Object.keys(PICTURES), "preview"];
const server = await serve({ root: join(root, "packages/playground"), logLevel: "error" });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: SWIFTSHADER });
try {
  const [url] = server.resolvedUrls.local;
  for (const name of names) await (name === "preview" ? preview(browser, url) : take(browser, url, name));
} finally {
  await browser.close();
  await server.close();
}
