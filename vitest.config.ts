import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    // A driver that crashes takes one file down, not the run.
    pool: "forks",
    // Software rasterisers use every core for one kernel: files side by side only slow one another.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
