/** The example files of docs/own-reward run as they stand, and learn: a knapsack in JavaScript and in Python, a model by ONNX Runtime. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Reward, type SetObject, sets } from "@webgfn/envs";
import { givenNetwork } from "@webgfn/runs/internal";
import { loadUserModule } from "@webgfn/runs/node/internal";
import { enumerateObjects, listTarget } from "@webgfn/trainer";
import { afterAll, describe, expect, it, vi } from "vitest";
import { call } from "../cli/run.js";
import { testDevice } from "../gpu/device.js";
import { blocksOf, ROOT } from "./blocks.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const EXAMPLES = join(ROOT, "docs/own-reward");
/** Within the workspace's node_modules, where packages resolve as they do for a user. */
const CACHE = join(ROOT, "node_modules/.cache");
mkdirSync(CACHE, { recursive: true });
const folder = mkdtempSync(join(CACHE, "reward-examples-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hasPython = spawnSync("python3", ["-c", "import json"]).status === 0;
const withoutPython = hasPython ? "" : " (skipped: python3 is not on PATH)";

interface Knapsack {
  VALUES: number[];
  WEIGHTS: number[];
  CAPACITY: number;
  total(items: readonly number[], of: readonly number[]): number;
  knapsack(sets: readonly SetObject[]): number[];
}
const { VALUES, WEIGHTS, CAPACITY, total, knapsack } = (await import(join(EXAMPLES, "knapsack.mjs"))) as Knapsack;

describe("the knapsack", () => {
  const all: SetObject[] = [];
  for (let word = 0; word < 2 ** 10; word++) {
    const items = VALUES.flatMap((_, item) => ((word >> item) & 1 ? [item] : []));
    if (items.length === 4) all.push({ items });
  }
  const logRewards = knapsack(all);
  const logZ = Math.log(logRewards.reduce((sum, value) => sum + Math.exp(value), 0));
  const [best] = all
    .filter(({ items }) => total(items, WEIGHTS) <= CAPACITY)
    .sort((a, b) => total(b.items, VALUES) - total(a.items, VALUES)) as [SetObject];

  it("is learned by train.mjs, down to the best set", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(EXAMPLES, "train.mjs")], { encoding: "utf8" });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`exact log Z ${logZ.toFixed(3)}\n`);
    const l1 = [...stdout.matchAll(/L1 (\d\.\d+)/g)].map(([, value]) => Number(value));
    expect(l1).toHaveLength(5);
    expect(l1[0]).toBeGreaterThan(1);
    expect(l1[4]).toBeLessThan(0.15);
    expect(Number(/too heavy: (\d+\.\d) %/.exec(stdout)?.[1])).toBeLessThan(3);
    const [, items, share, value] = /most often: \{(.*)\}, (\d+\.\d) %, worth (\d+)/.exec(stdout) ?? [];
    expect(items).toBe(best.items.join(", "));
    expect(Number(value)).toBe(total(best.items, VALUES));
    expect(Number(share) / 100).toBeCloseTo(Math.exp(0.5 * total(best.items, VALUES) - logZ), 1);
  });

  it("is checked as the page says", async () => {
    const { status, stdout } = await call([
      "check",
      `${join(EXAMPLES, "knapsack.mjs")}#knapsack`,
      "--environment",
      "sets",
      "--env.items",
      "10",
      "--env.size",
      "4",
    ]);
    const shown = /knapsack\.mjs#knapsack, reward[\s\S]*?\n```/.exec(readFileSync(join(ROOT, "docs/own-reward.md"), "utf8"))![0];
    // The page as a pattern: a time is another one each time.
    const pattern = shown
      .replace("\n```", "")
      .replace(/[{}()[\].]/g, "\\$&")
      .replace(/took \S+ ms each in one call, and \S+ ms/, "took \\S+ ms each in one call, and \\S+ ms");
    expect(stdout).toMatch(new RegExp(pattern));
    expect(status).toBe(0);
  });

  it.skipIf(!hasPython)(`is the same in Python, by the command of knapsack.py${withoutPython}`, async () => {
    const train = ["train", "sets", "--env.items", "10", "--env.size", "4", "--hidden", "8", "--batch-size", "16", "--steps", "4"];
    const results = [];
    for (const reward of [
      ["--reward", `${join(EXAMPLES, "knapsack.mjs")}#knapsack`],
      ["--reward-command", `python3 "${join(EXAMPLES, "knapsack.py")}"`],
    ]) {
      const { status, stdout, stderr } = await call([...train, ...reward, "--json"]);
      expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
      results.push(JSON.parse(stdout));
    }
    const [inJavaScript, inPython] = results;
    expect(inPython.rewards).toMatchObject({ all: 210, evaluated: 210 });
    expect(inPython.exactLogZ).toBeCloseTo(logZ, 5);
    expect(inPython.after).toEqual(inJavaScript.after);
  });
});

describe("docs/own-reward.md", () => {
  it.skipIf(!hasPython)(`has a Python command that trains${withoutPython}`, async () => {
    const { code } = blocksOf("docs/own-reward.md").find(
      ({ language, code: text }) => language === "python" && text.includes("sys.stdin"),
    )!;
    writeFileSync(join(folder, "light.py"), code);
    const train = ["train", "sets", "--env.items", "6", "--env.size", "3", "--hidden", "8", "--batch-size", "16", "--steps", "4"];
    const { status, stdout, stderr } = await call([...train, "--reward-command", `python3 "${join(folder, "light.py")}"`, "--json"]);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    let z = 0;
    for (let a = 0; a < 6; a++) for (let b = 0; b < a; b++) for (let c = 0; c < b; c++) z += Math.exp(-0.1 * (a + b + c));
    expect(JSON.parse(stdout).exactLogZ).toBeCloseTo(Math.log(z), 5);
  });
});

/** Whether a package can be imported: onnxruntime-node is none of this workspace's, for it has 290 MB. */
function isInstalled(name: string): boolean {
  try {
    return existsSync(createRequire(join(EXAMPLES, "onnx.mjs")).resolve(name));
  } catch {
    return false;
  }
}

describe("a model by ONNX Runtime", () => {
  const MODEL = join(ROOT, "tests/cli/networks/mlp.onnx");
  const example = readFileSync(join(EXAMPLES, "onnx.mjs"), "utf8");
  // The same interface in WebAssembly, which Node runs, too.
  const inWasm = example.replace('"onnxruntime-node"', '"onnxruntime-web"');

  it.skipIf(!isInstalled("onnxruntime-node")).each([["onnxruntime-node", example]])("%s agrees with networkReward", agrees);
  it.each([["onnxruntime-web", inWasm]])("%s agrees with networkReward", agrees);

  async function agrees(name: string, code: string): Promise<void> {
    expect(code).toContain(`from "${name}"`);
    const own = join(folder, name);
    mkdirSync(own);
    writeFileSync(join(own, "onnx.mjs"), code);
    copyFileSync(MODEL, join(own, "proxy.onnx"));
    // As the command line imports it: by Node, not by vitest.
    const proxy = (await loadUserModule(`${join(own, "onnx.mjs")}#proxy`)) as Reward<SetObject>;
    const { reward } = givenNetwork({ name: "mlp.onnx", bytes: readFileSync(MODEL) });
    const device = await testDevice();
    const values = async (given: Reward<SetObject>) => {
      const environment = await listTarget(device, sets({ items: 6, size: 3, reward: given }));
      return (await enumerateObjects(device, environment)).map(({ logReward }) => logReward);
    };
    const [ofRuntime, ofNetwork] = [await values(proxy), await values(reward as Reward<SetObject>)];
    expect(ofRuntime).toHaveLength(20);
    expect(new Set(ofRuntime).size).toBeGreaterThan(10);
    ofRuntime.forEach((value, n) => {
      expect(Math.abs(value - ofNetwork[n]!)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
    });
    const train = ["train", "sets", "--env.items", "6", "--env.size", "3", "--hidden", "8", "--batch-size", "16", "--steps", "4"];
    expect(await call([...train, "--reward", `${join(own, "onnx.mjs")}#proxy`])).toMatchObject({ status: 0 });
  }
});
