// Makes the pictures of docs/images, and the one of links to the page, from the built playground: `node packages/playground/screenshots.mjs`.
// They show recorded runs (`record.mjs`), so that nothing has to be trained.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumPath, SWIFTSHADER } from "../setup/chromium.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PICTURES = [
  {
    scenario: "lost-corners",
    file: "docs/images/playground-lost-corners.png",
    page: { viewport: { width: 1280, height: 1000 }, colorScheme: "light" },
  },
  { scenario: "alpha", file: "docs/images/playground-alpha.png", page: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" } },
  {
    scenario: "stopping",
    file: "docs/images/playground-stopping.png",
    page: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "light" },
    from: "#picture-section",
  },
  {
    scenario: "lost-corners",
    file: "packages/playground/public/preview.png",
    page: { viewport: { width: 1200, height: 630 }, colorScheme: "light" },
    isPresented: true,
  },
];

async function take(browser, url, { scenario, file, page: options, from = "#sandbox", isPresented = false }) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(100_000);
  await page.goto(`${url}#scenario=${scenario}`);
  await page.locator("#badge").waitFor();
  await page.getByRole("slider", { name: /^Time/ }).press("End");
  if (isPresented) await page.getByRole("button", { name: "Present" }).click();
  // Neither the bar nor what is being compiled belongs to the picture.
  if (isPresented) await page.addStyleTag({ content: ".bar, .below-bar, #badge { display: none !important }" });
  else await page.waitForFunction(`document.body.dataset.state === "ready"`);
  await page.evaluate(`document.querySelector("${from}").scrollIntoView()`);
  await page.evaluate(`scrollBy(0, -${from === "#sandbox" ? 12 : 110})`);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(root, file) });
  console.log(`${file}: ${await page.textContent("#headline")}`);
  await page.close();
}

const server = await preview({ root: join(root, "packages/playground"), logLevel: "error" });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: SWIFTSHADER });
try {
  for (const picture of PICTURES) await take(browser, server.resolvedUrls.local[0], picture);
} finally {
  await browser.close();
  await server.close();
}
