import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { CHROMIUM_SWITCHES, chromiumPath } from "./tests/browser/chromium.js";

/** Kernel tests that run in Chromium too: every operation of the tensor runtime, and the gradient of every objective. */
const KERNELS = ["tests/gpu/tensor/*.test.ts", "tests/gpu/gradient.test.ts", "tests/gpu/flow-balance.test.ts", "tests/gpu/random.test.ts"];
/** Reads files. */
const NODE_ONLY = ["tests/gpu/tensor/readme.test.ts"];

export default defineConfig({
  test: {
    // Software rasterisers use every core for one kernel: files side by side only slow one another.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "node",
          include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"],
          // A driver that crashes takes one file down, not the run.
          pool: "forks",
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      ...(chromiumPath === undefined
        ? []
        : [
            {
              test: {
                name: "chromium",
                include: KERNELS,
                exclude: NODE_ONLY,
                testTimeout: 300_000,
                hookTimeout: 300_000,
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  fileParallelism: false,
                  provider: playwright({ launchOptions: { executablePath: chromiumPath, args: CHROMIUM_SWITCHES } }),
                  instances: [{ browser: "chromium" as const }],
                },
              },
            },
          ]),
    ],
  },
});
