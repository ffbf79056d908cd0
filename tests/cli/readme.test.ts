import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const root = new URL("../../", import.meta.url);

/** Runs a TypeScript block that needs no types to be read, where the workspace's packages are found. */
function runBlock(readme: string, name: string): { status: number | null; stdout: string; stderr: string } {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(new URL(readme, root), "utf8")) ?? [];
  const folder = new URL("node_modules/.cache/", root);
  mkdirSync(folder, { recursive: true });
  const file = fileURLToPath(new URL(`readme-${name}.mjs`, folder));
  writeFileSync(file, code as string);
  return spawnSync(process.execPath, [file], { encoding: "utf8", cwd: fileURLToPath(root) });
}

describe("the example of the README", () => {
  it("trains, and samples from what it trained", () => {
    const { status, stdout, stderr } = runBlock("README.md", "root");
    expect(stderr.replace(/^Warning: max.*\n/gm, "")).toBe("");
    expect(status).toBe(0);
    const evaluations = [...stdout.matchAll(/^(\d+) (\d\.\d+)/gm)].map(([, step, l1]) => [Number(step), Number(l1)]);
    expect(evaluations.map(([step]) => step)).toEqual([0, 50, 100, 150, 200]);
    expect(evaluations.at(-1)![1]).toBeLessThan(0.3 * evaluations[0]![1]!);
    expect(stdout.match(/logReward/g)).toHaveLength(3);
  });
});

describe("the example of a package's README", () => {
  it.each(["envs", "objectives", "trainer"])("of @webgfn/%s runs", (name) => {
    expect(runBlock(`packages/${name}/README.md`, name).status).toBe(0);
  });
});
