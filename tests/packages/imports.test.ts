/** What may import what: the rules of biome.json, and the same order among the shaders. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Files by path, each with a character for every import: `+` where it is allowed, `-` where it is not. */
const FILES = {
  "packages/tensor/src/a.ts": { "@webgfn/shaders/x.wgsl": "+", "@webgfn/envs": "-", "@webgfn/sampler/internal": "-", webgfn: "-" },
  "packages/envs/src/a.ts": { "@webgfn/tensor/node": "+", "@webgfn/objectives": "-", "../../tensor/src/a.js": "-" },
  "packages/objectives/src/a.ts": { "@webgfn/tensor": "+", "@webgfn/envs": "-", "../../tensor/dist/a.js": "-" },
  "packages/sampler/src/a.ts": { "@webgfn/envs": "+", "@webgfn/objectives": "+", "@webgfn/trainer": "-" },
  "packages/trainer/src/deep/a.ts": {
    "@webgfn/sampler/internal": "+",
    "../b.js": "+",
    "webgfn/browser": "-",
    "../../../envs/src/a.js": "-",
  },
  "packages/check/src/a.ts": { "@webgfn/trainer": "+", "@webgfn/runs": "-", webgfn: "-" },
  "packages/runs/src/a.ts": { "@webgfn/trainer": "+", "@webgfn/report": "-", webgfn: "-" },
  "packages/report/src/a.ts": { "@webgfn/runs/node": "+", "@webgfn/studies": "-", webgfn: "-" },
  "packages/studies/src/a.ts": { "@webgfn/report/internal": "+", webgfn: "-" },
  "packages/webgfn/bin/a.js": { "../dist/bin.js": "+" },
  "packages/playground/src/a.ts": { webgfn: "+", "../../webgfn/dist/a.js": "-" },
  "tests/gpu/a.ts": { "@webgfn/trainer": "+", "./b.js": "+", "../../packages/trainer/dist/a.js": "-" },
};

describe("the rules of imports", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "webgfn-imports-")));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  /** Paths and lines of what biome reports under a rule. */
  const reported = (rule: string): string[] => {
    const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "lint", `--only=${rule}`, "--reporter=github", "--max-diagnostics=none", "."];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    return [...stdout.matchAll(/file=([^,]+),line=(\d+)/g)].map(([, file, line]) => `${relative(folder, file as string)}:${line}`).sort();
  };

  it("are kept by biome", () => {
    const { vcs, $schema, ...config } = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
    try {
      write("biome.json", JSON.stringify(config));
      for (const [path, imports] of Object.entries(FILES)) {
        write(
          path,
          Object.keys(imports)
            .map((name) => `import ${JSON.stringify(name)};\n`)
            .join(""),
        );
      }
      const refused = Object.entries(FILES).flatMap(([path, imports]) =>
        Object.values(imports).flatMap((sign, index) => (sign === "-" ? [`${path}:${index + 1}`] : [])),
      );
      expect(reported("style/noRestrictedImports")).toEqual(refused.sort());
      write("packages/tensor/src/one.ts", `import type { Two } from "./two.js";\nexport interface One { two: Two }\n`);
      write("packages/tensor/src/two.ts", `import type { One } from "./one.js";\nexport interface Two { one: One }\n`);
      expect(reported("suspicious/noImportCycles")).toEqual(["packages/tensor/src/one.ts:1", "packages/tensor/src/two.ts:1"]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the shaders", () => {
  /** Folders whose modules may be imported, by folder. `package::environment`, `policy` and the like are chosen by the host. */
  const ALLOWED: Readonly<Record<string, readonly string[]>> = {
    tensor: ["tensor"],
    envs: ["tensor", "envs"],
    objectives: ["tensor", "objectives"],
    sampler: ["tensor", "envs", "objectives", "sampler"],
    trainer: ["tensor", "envs", "objectives", "sampler", "trainer"],
  };

  // Anybody may know how the buffers of a rollout are laid out: sampler::records and sampler::replica.
  it.each(Object.entries(ALLOWED))("of %s import from %s alone", (folder, allowed) => {
    const files = readdirSync(join(ROOT, "shaders", folder), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".wgsl"),
    );
    const wrong = files.flatMap((name) => {
      const imports = [
        ...readFileSync(join(ROOT, "shaders", folder, name), "utf8").matchAll(/\bpackage::(?!sampler::(?:records|replica)::)(\w+)::/g),
      ];
      return imports.filter(([, from = ""]) => from in ALLOWED && !allowed.includes(from)).map(([path]) => `${folder}/${name}: ${path}`);
    });
    expect(files.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
});
