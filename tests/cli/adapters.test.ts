/** Which of several adapters a process takes: with two software drivers side by side, and with a Radeon that computes nothing. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findRadeon } from "../../bench/isa/radeon.mjs";
import { run } from "./run.js";

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const LLVMPIPE = "/usr/share/vulkan/icd.d/lvp_icd.json";
const LAYER = "/usr/share/vulkan/implicit_layer.d/VkLayer_MESA_device_select.json";
const missing = [SWIFTSHADER, LLVMPIPE].filter((file) => !existsSync(file));
const reason = missing.length === 0 ? "" : ` (skipped: there is no ${missing.join(" and no ")})`;

const folder = mkdtempSync(join(tmpdir(), "webgfn-adapters-"));
afterAll(() => rmSync(folder, { recursive: true }));

const drivers = (...files: string[]) => ({ VK_DRIVER_FILES: files.join(delimiter) });
const BOTH = drivers(LLVMPIPE, SWIFTSHADER);

interface Listed {
  index: number;
  name: string;
  type: string;
  address: string | null;
  choice: string | null;
}

/** What `doctor` finds. */
async function doctor(env: Record<string, string>, ...args: string[]): Promise<{ adapter: { name: string }; adapters: Listed[] }> {
  const { status, stdout, stderr } = await run(["doctor", "--json", ...args], { env });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** The one sentence of a refusal. */
async function refusal(env: Record<string, string>, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(args, { env });
  expect([status, stdout], stderr).toEqual([2, ""]);
  const lines = stderr.split("\n").filter((line) => line.startsWith("webgfn:"));
  expect(lines).toHaveLength(1);
  return lines[0] as string;
}

describe.skipIf(missing.length > 0)(`two software drivers${reason}`, () => {
  it("are listed with their indices, and taken by each of them", async () => {
    const { adapters } = await doctor(BOTH);
    expect(adapters.map(({ index, name }) => [index, /^\w+/.exec(name)?.[0]]).sort()).toEqual([
      [0, expect.any(String)],
      [1, expect.any(String)],
    ]);
    expect(adapters.map(({ name }) => /llvmpipe|swiftshader/i.exec(name)?.[0]).sort()).toEqual(["SwiftShader", "llvmpipe"]);
    for (const { index, name, type, choice } of adapters) {
      expect([type, choice]).toEqual(["cpu", name]);
      const product = new RegExp(/llvmpipe|swiftshader/i.exec(name)?.[0] as string, "i");
      expect((await doctor(BOTH, "--adapter", String(index))).adapter.name).toMatch(product);
      expect((await doctor(BOTH, "--adapter", choice as string)).adapter.name).toMatch(product);
      expect((await doctor({ ...BOTH, WEBGFN_ADAPTER: String(index) })).adapter.name).toMatch(product);
    }
  });

  it("are taken by parts of their names; the option comes before the variable", async () => {
    expect((await doctor(BOTH, "--adapter", "LLVMPIPE")).adapter.name).toMatch(/llvmpipe/);
    expect((await doctor({ ...BOTH, WEBGFN_ADAPTER: "llvmpipe" }, "--adapter", "swiftshader")).adapter.name).toMatch(/SwiftShader/);
    const { adapter } = await doctor(BOTH);
    expect(await doctor({ ...BOTH, WEBGFN_ADAPTER: "" })).toMatchObject({ adapter });
  });

  it("are named where the choice fits none or both", async () => {
    const list = /there are 0 ".*", 1 ".*"/;
    const none = await refusal(BOTH, "doctor", "--adapter", "radeon");
    expect(none).toMatch(/^webgfn: no adapter fits "radeon"; there are/);
    expect(none).toMatch(list);
    expect(none).toMatch(/llvmpipe.*SwiftShader|SwiftShader.*llvmpipe/);
    expect(await refusal(BOTH, "train", "sets", "--adapter", "2")).toMatch(/^webgfn: there is no adapter 2; there are 0 ".*", 1 ".*"$/);
    expect(await refusal({ ...BOTH, WEBGFN_ADAPTER: "e" }, "doctor")).toMatch(
      /"e" fits the adapters 0, 1; there are .*; name one by its index$/,
    );
    expect(await refusal({ ...BOTH, WEBGFN_ADAPTER: "-1" }, "doctor")).toMatch(/^webgfn: WEBGFN_ADAPTER must be an index .*, not "-1"$/);
  });

  it("train and sample, each where it is asked for, and the run says which", async () => {
    const out = join(folder, "run");
    const small = ["--env.items", "4", "--env.size", "2", "--hidden", "8", "--batch-size", "8", "--steps", "4", "--json"];
    const trained = await run(["train", "sets", ...small, "--out", out, "--adapter", "llvmpipe"], { env: BOTH });
    expect(trained.status, trained.stderr).toBe(0);
    expect(JSON.parse(trained.stdout).adapter.name).toMatch(/llvmpipe/);
    expect(readFileSync(join(out, "metrics.jsonl"), "utf8")).toMatch(/llvmpipe/);
    const evaluated = await run(["evaluate", out, "--json", "--adapter", "swiftshader"], { env: BOTH });
    expect(JSON.parse(evaluated.stdout).adapter.name, evaluated.stderr).toMatch(/SwiftShader/);
    const sampled = await run(["sample", out, "--count", "2", "--adapter", "swiftshader"], { env: BOTH });
    expect(sampled.stdout.trim().split("\n"), sampled.stderr).toHaveLength(2);
  });

  it("pass the choice on to child processes", async () => {
    const seen = join(folder, "seen.txt");
    const program = join(folder, "reward.mjs");
    writeFileSync(
      program,
      `import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
writeFileSync(${JSON.stringify(seen)}, process.env.WEBGFN_ADAPTER + " " + process.env.DRI_PRIME);
for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(JSON.parse(line).map(() => 0)));
`,
    );
    const small = ["--env.items", "4", "--env.size", "2", "--hidden", "8", "--batch-size", "8", "--steps", "2"];
    const command = ["--reward-command", `"${process.execPath}" "${program}"`];
    const { status, stderr } = await run(["train", "sets", ...small, ...command, "--adapter", "llvmpipe"], { env: BOTH });
    expect(status, stderr).toBe(0);
    expect(readFileSync(seen, "utf8")).toBe("llvmpipe undefined");
  });

  it("of one name are told apart by nothing: the second is refused, the first and others are not", async () => {
    const { ICD } = JSON.parse(readFileSync(SWIFTSHADER, "utf8"));
    const library = resolve(dirname(SWIFTSHADER), ICD.library_path);
    symlinkSync(library, join(folder, basename(library)));
    for (const name of ["first.json", "second.json"]) copyFileSync(SWIFTSHADER, join(folder, name));
    const env = drivers(join(folder, "first.json"), join(folder, "second.json"), LLVMPIPE);
    const { adapters } = await doctor(env);
    const twins = adapters.filter(({ name }) => /SwiftShader/.test(name));
    expect(twins.map(({ choice }) => choice)).toEqual([String(twins[0]?.index), null]);
    expect((await doctor(env, "--adapter", String(twins[0]?.index))).adapter.name).toMatch(/SwiftShader/);
    expect((await doctor(env, "--adapter", "llvmpipe")).adapter.name).toMatch(/llvmpipe/);
    expect(await refusal(env, "doctor", "--adapter", String(twins[1]?.index))).toMatch(
      /adapter \d cannot be told from adapter \d by its name; there are 0 .*; .*start the process where this card alone is visible/,
    );
  });
});

const radeon = findRadeon();
const without = "missing" in radeon ? radeon.missing : [SWIFTSHADER, LAYER].filter((file) => !existsSync(file)).join(" and ");

describe.skipIf(without !== "")(`cards by PCI address${without === "" ? "" : ` (skipped: ${without} is missing)`}`, () => {
  const ADDRESS = "0000:04:00.0";
  const { shim = "", driver = "" } = "missing" in radeon ? {} : radeon;
  const env = { ...drivers(driver, SWIFTSHADER), LD_PRELOAD: shim, AMDGPU_GPU_ID: "navi31" };

  it("are listed, and taken by it, whatever Mesa's own variable prefers", async () => {
    const { adapters } = await doctor(env);
    expect(adapters.find(({ type }) => type === "gpu")).toMatchObject({ name: expect.stringMatching(/Radeon/), address: ADDRESS });
    expect(adapters.find(({ type }) => type === "cpu")).toMatchObject({ name: expect.stringMatching(/SwiftShader/), address: null });
    for (const address of [ADDRESS, "04:00.0", "00000000:04:00.0"]) {
      expect((await doctor(env, "--adapter", address)).adapter.name).toMatch(/radeon/);
    }
    // Mesa's variable brings SwiftShader to the front; 1ae0:c0de is its vendor and device.
    const preferred = { ...env, MESA_VK_DEVICE_SELECT: "1ae0:c0de!" };
    expect((await doctor(preferred)).adapter.name).toMatch(/SwiftShader/);
    expect((await doctor(preferred, "--adapter", ADDRESS)).adapter.name).toMatch(/radeon/);
  });

  it("are named where no card has the address", async () => {
    expect(await refusal(env, "doctor", "--adapter", "0000:05:00.0")).toMatch(
      /no adapter is at the PCI address 0000:05:00.0; there are 0000:04:00.0 "AMD Radeon/,
    );
    expect(await refusal({ ...env, VK_LOADER_LAYERS_DISABLE: "*", NODEVICE_SELECT: "1" }, "doctor", "--adapter", ADDRESS)).toMatch(
      /no adapter can be found by the PCI address 0000:04:00.0 on this machine; install Mesa's device-select layer/,
    );
  });
});
