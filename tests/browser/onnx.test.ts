/** docs/own-reward/page: a model by ONNX Runtime in WebAssembly is the reward of a training in the page. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RewardNetwork } from "@webgfn/envs";
import { rewardNumber } from "@webgfn/reference";
import { givenNetwork } from "@webgfn/runs/internal";
import { build } from "vite";
import { afterAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../packages/setup/chromium.mjs";
import { launch, open, ROOT, serve } from "./harness.js";

const MODEL = join(ROOT, "tests/cli/networks/mlp.onnx");
mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
const outDir = mkdtempSync(join(ROOT, "node_modules/.cache/onnx-"));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

describe.skipIf(chromiumPath() === undefined)("a model by onnxruntime-web in Chromium", () => {
  it("is the reward of a training in the page, and agrees with networkReward", async () => {
    await build({
      root: join(ROOT, "docs/own-reward/page"),
      base: "./",
      configFile: false,
      logLevel: "silent",
      build: { outDir, emptyOutDir: true, target: "es2022" },
    });
    copyFileSync(MODEL, join(outDir, "proxy.onnx"));
    const [browser, site] = await Promise.all([launch(), serve(outDir)]);
    try {
      const { page, errors } = await open(browser);
      await page.goto(site.url);
      await page.locator("#objects li").nth(19).waitFor();
      const [texts, said] = await Promise.all([page.locator("#objects li").allTextContents(), page.locator("#status").textContent()]);
      expect(errors).toEqual([]);
      expect(Number(/^step 200, L1 (\d\.\d{3})$/.exec(said ?? "")?.[1])).toBeLessThan(0.2);
      const [network] = JSON.parse(givenNetwork({ name: "mlp.onnx", bytes: readFileSync(MODEL) }).file.text).networks as [RewardNetwork];
      expect(texts).toHaveLength(20);
      expect(new Set(texts).size).toBeGreaterThan(3);
      for (const text of texts) {
        const [, items = "", logReward] = /^\{(\d, \d, \d)\}, log R = (-?\d+\.\d{6})$/.exec(text) ?? [];
        const features = Array.from({ length: 6 }, (_, item) => (items.includes(String(item)) ? 1 : 0));
        const expected = rewardNumber(network, features);
        expect(Math.abs(Number(logReward) - expected), text).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
      }
    } finally {
      site.close();
      await browser.close();
    }
  });
});
