import { homedir } from "node:os";
import { join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { chromiumPath, SWIFTSHADER } from "./packages/setup/chromium.mjs";

/** `npm run test:browser` runs every kernel test in Chromium, `npm test` a choice of them: SwiftShader is slow. */
const EVERY_KERNEL = process.env["WEBGFN_CHROMIUM"] === "all";
/** Every operation of the tensor runtime, and the gradient of every objective. */
const KERNELS = ["tests/gpu/tensor/*.test.ts", "tests/gpu/gradient.test.ts", "tests/gpu/flow-balance.test.ts", "tests/gpu/random.test.ts"];
/** They read documents and start programs, or train for minutes, as tests/browser does briefly. */
const NODE_ONLY = ["tests/gpu/own-environment.test.ts", "tests/gpu/own-objective.test.ts", "tests/gpu/*training.test.ts"];

/**
 * `npm run test:layered` runs the kernel tests with every policy on the layered path that has one and does not insist on the other.
 */
const PATH = process.env["WEBGFN_PATH"];

const MATCHERS = ["tests/matchers.ts"];

/**
 * llvmpipe compiles a kernel for vectors of 4 numbers in less than half the time that it takes for its own 8, and without LLVM's optimisations in
 * three quarters of that. Most tests compile much and run little. Mesa's cache does not tell these kernels from a user's, so they have a folder
 * of their own. Drivers other than llvmpipe read none of these variables. `npm run test:wide` runs every kernel test with the driver's own kernels,
 * as users do.
 */
const IS_WIDE = process.env["WEBGFN_VECTORS"] === "wide";
const UNOPTIMISED = {
  GALLIVM_PERF: "nopt",
  MESA_SHADER_CACHE_DIR: join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "webgfn-tests-unoptimised"),
};
const NARROW = { ...UNOPTIMISED, LP_NATIVE_VECTOR_WIDTH: "128" };
/** These always run as users do: the tensor runtime, and what trains for minutes. */
const OPTIMISED = ["tests/gpu/tensor/*.test.ts", "tests/gpu/training.test.ts"];
/** What compares the kernels with and without subgroups: narrow vectors have subgroups of 4, which no kernel uses. */
const SUBGROUPS = ["tests/gpu/subgroups.test.ts"];

/** What takes minutes, the longest first: if such a file came last, one core would work on it and the other would wait. */
const LONG = [
  "tests/docs/pages.test.ts",
  "tests/browser/playground.test.ts",
  "tests/sweeps/",
  "tests/gpu/training.test.ts",
  "tests/gpu/subgroups.test.ts",
  "tests/cli/run-folder.test.ts",
  "tests/gpu/environments.test.ts",
  "tests/gpu/gpu-variants.test.ts",
  "tests/gpu/flow-balance.test.ts",
  "tests/cli/reproduce.test.ts",
  "tests/gpu/gin.test.ts",
  "tests/gpu/sections.test.ts",
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((part) => moduleId.includes(part));
      return index === -1 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

/** Without Chromium its tests are skipped, as `npm test` says. */
const executablePath = chromiumPath();

interface Files {
  include: string[];
  exclude?: string[];
  env?: Record<string, string>;
}

function inNode(name: string, { env, ...files }: Files) {
  return {
    test: {
      name,
      ...files,
      setupFiles: MATCHERS,
      env: { ...env, ...(PATH === undefined ? {} : { WEBGFN_PATH: PATH }) },
      // A driver that crashes takes one file down, not the run.
      pool: "forks" as const,
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  };
}

export default defineConfig({
  test: {
    // Compiling takes most of the time on a software adapter, and one core for each file: three files keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    projects: [
      inNode("node-optimised", { include: OPTIMISED }),
      inNode("node-subgroups", { include: SUBGROUPS, env: IS_WIDE ? {} : UNOPTIMISED }),
      inNode("node", {
        include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"],
        exclude: [...OPTIMISED, ...SUBGROUPS],
        env: IS_WIDE ? {} : NARROW,
      }),
      ...(executablePath === undefined
        ? []
        : [
            {
              test: {
                name: "chromium",
                include: EVERY_KERNEL ? ["tests/gpu/**/*.test.ts"] : KERNELS,
                exclude: NODE_ONLY,
                setupFiles: MATCHERS,
                env: EVERY_KERNEL ? { WEBGFN_CHROMIUM: "all" } : {},
                testTimeout: 300_000,
                hookTimeout: 300_000,
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  fileParallelism: false,
                  provider: playwright({ launchOptions: { executablePath, args: SWIFTSHADER } }),
                  instances: [{ browser: "chromium" as const }],
                },
              },
            },
          ]),
    ],
  },
});
