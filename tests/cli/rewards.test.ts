/** Rewards of one's own on the command line: a function in a file, a command in another language, and an inverse temperature. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeCheckpoint, loadSampler } from "@webgfn/sampler";
import { encodeSafetensors } from "@webgfn/sampler/internal";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { sets } from "webgfn";
import { testDevice } from "../gpu/device.js";
import { call } from "./run.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

/** Within the workspace's node_modules, where `webgfn` resolves as it does for a user. */
const CACHE = fileURLToPath(new URL("../../node_modules/.cache", import.meta.url));
mkdirSync(CACHE, { recursive: true });
const root = mkdtempSync(join(CACHE, "rewards-"));
afterAll(() => rmSync(root, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

const SCORE = file(
  "score.mjs",
  `import { hostReward, wgslReward } from "webgfn";
export const low = (sets) => sets.map(({ items }) => -0.25 * items.reduce((sum, item) => sum + item, 0));
export const shader = wgslReward({ shader: \`
  import package::environment::{State, contains};
  fn log_reward(state: State) -> f32 {
    var sum = 0.0;
    for (var item = 0u; item < 6u; item++) { sum += select(0.0, f32(item), contains(state, item)); }
    return -0.25 * sum;
  }\` });
export const nan = (sets) => sets.map(() => NaN);
let calls = 0;
export const later = hostReward((sets) => sets.map(() => (++calls > 60 ? Number.NaN : 0)), { listUpTo: 0, cache: 0, name: "later" });
export const unlisted = hostReward((sets) => sets.map(() => Number.NaN), { listUpTo: 0, name: "nan" });
/** Answers 8 calls, one for each batch, and then fails as the environment variable says. */
const FAILURES = {
  throw: () => { throw new Error("no licence"); },
  reject: () => Promise.reject(new Error("offline")),
  hang: () => new Promise(() => {}),
  short: () => [0],
  texts: (sets) => sets.map(() => "0"),
  nan: (sets) => sets.map(() => NaN),
  infinite: (sets) => sets.map(() => Infinity),
};
let answered = 0;
export const wavering = hostReward((sets) => {
  const how = process.env.WEBGFN_TEST_FAILURE;
  answered = how === undefined ? 0 : answered + 1;
  return how !== undefined && answered > 8 ? FAILURES[how](sets) : low(sets);
}, { listUpTo: 0, cache: 0, timeLimit: 0.2, name: "wavering" });
export const infinite = (sets) => sets.map(() => Infinity);
export const none = (sets) => sets.map(() => Math.log(0));
export const failing = () => { throw new Error("no licence"); };
export const number = 3;
`,
);
/** The same function as a program of its own. With the argument `once` it ends after its first batch. */
const PROGRAM = file(
  "score-program.mjs",
  `import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const sets = JSON.parse(line);
  console.log(JSON.stringify(sets.map(({ items }) => -0.25 * items.reduce((sum, item) => sum + item, 0))));
  if (process.argv[2] === "once") process.exit(7);
}
`,
);
const SETTINGS = "--env.items 6 --env.size 3 --hidden 8 --batch-size 16 --steps 12 --evaluate-every 6".split(" ");
const run = (...args: string[]) => call(args);
const train = (...more: string[]) => run("train", "sets", ...SETTINGS, ...more);
const tensorsOf = (folder: string) => decodeCheckpoint(readFileSync(join(folder, "checkpoint.safetensors"))).tensors;
const LOW = `${SCORE}#low`;
const COMMAND = `"${process.execPath}" "${PROGRAM}"`;

describe("a reward of one's own", () => {
  const folder = join(root, "low");

  it("gives the same training as a function, in WGSL and by a command", async () => {
    const made = await train("--reward", LOW, "--out", folder, "--json");
    expect(made).toMatchObject({ status: 0 });
    const result = JSON.parse(made.stdout);
    expect(result.configuration).toMatchObject({ reward: LOW });
    expect(result.rewards).toMatchObject({ all: 20, evaluated: 20 });
    expect(made.stderr).toMatch(/step 12\/12 .* 20 rewards in/);
    expect(result.exactLogZ).toBeCloseTo(Math.log(exactZ(-0.25)), 5);
    for (const [name, option, value] of [
      ["shader", "--reward", `${SCORE}#shader`],
      ["command", "--reward-command", COMMAND],
      ["dying", "--reward-command", `${COMMAND} once`],
    ] as const) {
      expect(await train(option, value, "--out", join(root, name)), name).toMatchObject({ status: 0 });
      expect(tensorsOf(join(root, name)), name).toEqual(tensorsOf(folder));
    }
  });

  it("is needed where log R is, and only then", async () => {
    const plain = await run("sample", folder, "--count", "3");
    expect(
      plain.stdout
        .trim()
        .split("\n")
        .map((text) => JSON.parse(text).logReward),
    ).toEqual([null, null, null]);
    const known = await run("sample", folder, "--count", "3", "--reward", LOW);
    for (const text of known.stdout.trim().split("\n")) {
      const { object, logReward } = JSON.parse(text);
      expect(logReward).toBeCloseTo(-0.25 * object.items.reduce((sum: number, item: number) => sum + item, 0), 5);
    }
    const refused = await run("evaluate", folder);
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toContain(`run: npx webgfn evaluate ${folder} --reward`);
    expect(refused.stderr).toContain(LOW);
    const evaluated = await run("evaluate", folder, "--reward", LOW, "--json");
    expect(JSON.parse(evaluated.stdout).exactLogZ).toBeCloseTo(Math.log(exactZ(-0.25)), 5);
    // In a page, too, nothing takes the environment's own reward for it.
    const device = await testDevice();
    using sampler = await loadSampler(readFileSync(join(folder, "checkpoint.safetensors")), { environments: { sets }, device });
    expect((await sampler.sample(1))[0]!.logReward).toBeNaN();
  });

  it("is named again to go on, with the same bits", async () => {
    const short = join(root, "short");
    expect(await train("--reward", LOW, "--out", short, "--steps", "12")).toMatchObject({ status: 0 });
    expect((await run("train", "--resume", short, "--steps", "14")).stderr).toContain("code of one's own");
    expect(await run("train", "--resume", short, "--steps", "14", "--reward", LOW)).toMatchObject({ status: 0 });
    const command = join(root, "command");
    const resumed = await run("train", "--resume", command, "--steps", "14");
    expect(resumed.stderr).toContain("--reward-command");
    expect(await run("train", "--resume", command, "--steps", "14", "--reward-command", COMMAND)).toMatchObject({ status: 0 });
    expect(tensorsOf(short)).toEqual(tensorsOf(command));
    // Both sessions evaluated all 20 objects at their start.
    const lines = readFileSync(join(short, "metrics.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((text) => JSON.parse(text).rewards.evaluated)).toEqual([20, 20, 20, 40]);
    expect((await run("train", "--resume", command, "--reward-command", "cat")).stderr).toMatch(/was trained with the reward .*, not with/);
  });

  it("is shown in a report with its exact target", async () => {
    const page = join(root, "report.html");
    expect(await run("report", folder, "--reward", LOW, "--out", page)).toMatchObject({ status: 0 });
    expect(readFileSync(page, "utf8")).toContain(LOW);
  });

  it("has an inverse temperature", async () => {
    const made = await train("--reward", LOW, "--beta", "2", "--json");
    const result = JSON.parse(made.stdout);
    expect(result.configuration.beta).toBe(2);
    expect(result.exactLogZ).toBeCloseTo(Math.log(exactZ(-0.5)), 5);
  });

  /** Σ e^{slope · Σ items} over the sets of 3 of 6 items. */
  function exactZ(slope: number): number {
    let z = 0;
    for (let a = 0; a < 6; a++) for (let b = 0; b < a; b++) for (let c = 0; c < b; c++) z += Math.exp(slope * (a + b + c));
    return z;
  }
});

describe("a table of rewards", () => {
  const all: number[][] = [];
  for (let a = 0; a < 6; a++) for (let b = a + 1; b < 6; b++) for (let c = b + 1; c < 6; c++) all.push([a, b, c]);
  const rewardOf = (items: number[]) => Math.exp(-0.25 * items.reduce((sum, item) => sum + item, 0));
  const csv = ["items_0,items_1,items_2,reward,source", ...all.map((items) => `${items.join()},${rewardOf(items)},lab`)].join("\n");
  const folder = join(root, "table");

  it("is read from a file, and kept with the run", async () => {
    const path = file("table.csv", csv);
    const made = await train("--reward-table", path, "--out", folder, "--json");
    expect(made).toMatchObject({ status: 0 });
    expect(JSON.parse(made.stdout).exactLogZ).toBeCloseTo(Math.log(all.reduce((sum, items) => sum + rewardOf(items), 0)), 5);
    rmSync(path);
    const evaluated = await run("evaluate", folder, "--json");
    expect(JSON.parse(evaluated.stdout).exactLogZ).toBe(JSON.parse(made.stdout).exactLogZ);
    expect(await run("train", "--resume", folder, "--steps", "14")).toMatchObject({ status: 0 });
    const [sample] = (await run("sample", folder, "--count", "1")).stdout.split("\n");
    const { object, logReward } = JSON.parse(sample!);
    expect(logReward).toBeCloseTo(Math.log(rewardOf(object.items)), 4);
  });

  it("has powers and floors", async () => {
    const path = file("table.csv", csv);
    const options = ["--reward.exponent", "2", "--reward.divide-by-largest", "true", "--reward.floor", "0.01"];
    const made = JSON.parse((await train("--reward-table", path, ...options, "--json")).stdout);
    const largest = Math.max(...all.map(rewardOf));
    const z = all.reduce((sum, items) => sum + Math.max(0.01, (rewardOf(items) / largest) ** 2), 0);
    expect(made.exactLogZ).toBeCloseTo(Math.log(z), 5);
    expect(made.configuration.rewardParameters).toEqual({ exponent: 2, divideByLargest: true, floor: 0.01 });
  });

  it("is read as an array by index", async () => {
    const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (64,), }".padEnd(117)}\n`;
    const bytes = new Uint8Array(128 + 256);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
    bytes.set(new TextEncoder().encode(header), 10);
    for (let n = 0; n < 64; n++) new DataView(bytes.buffer).setFloat32(128 + 4 * n, n / 64, true);
    const path = join(root, "table.npy");
    writeFileSync(path, bytes);
    const made = JSON.parse((await train("--reward-table", path, "--json")).stdout);
    const words = all.map((items) => items.reduce((bits, item) => bits | (1 << item), 0));
    expect(made.exactLogZ).toBeCloseTo(Math.log(words.reduce((sum, word) => sum + Math.exp(word / 64), 0)), 5);
  });

  it.each([
    [csv.replace(/reward/, "colour"), /table.csv:2: expected rewards as logReward or reward, found colour, source/],
    [csv.replace(/\d\.\d+,lab/, "much,lab"), /table.csv:2: expected a number as reward, found "much"/],
    [csv.replace("0,1,2,", "0,1,1,"), /table.csv:2: .*cannot reach/],
    [`${csv}\n0,1,2,1,lab`, /\{0, 1, 2\} is twice in the table, the second time as object 21/],
    [csv.split("\n").slice(0, 9).join("\n"), /log R of .* is NaN by a table of 8 rewards.*missing/],
    ["", /table.csv/],
  ])("is refused where it is wrong: %#", async (text, message) => {
    const { status, stderr } = await train("--reward-table", file("table.csv", text));
    expect(status).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
  });
});

describe("bad rewards", () => {
  it.each([
    [["--reward", `${SCORE}#nan`], 1, /the reward nan returned NaN for \{0, 1, 2\}, and log R must be a finite number/],
    [["--reward", `${SCORE}#unlisted`], 1, /the reward nan returned NaN for \{.*\}, and log R must be a finite number/],
    [["--reward", `${SCORE}#later`], 1, /at step \d+: the reward later returned NaN for \{.*\}, and log R/],
    [["--reward", `${SCORE}#infinite`], 1, /the reward infinite returned Infinity for \{0, 1, 2\}, and log R must be a finite number/],
    [
      ["--reward", `${SCORE}#none`],
      1,
      /the reward none returned -Infinity for \{0, 1, 2\}, .*; give objects without reward a low one, such as -50/,
    ],
    [
      ["--reward-command", "no-such-program"],
      1,
      /`no-such-program` ended with status 127, by which shells say that there is no such command/,
    ],
    [["--reward-command", "yes"], 1, /the reward command `yes` printed more lines than it was given/],
    [["--reward", `${SCORE}#failing`], 1, /the reward failing failed at a batch of 20 objects from \{0, 1, 2\} on: no licence/],
    [["--reward-command", "exit 3"], 1, /the reward command `exit 3` ended with status 3 before it had answered/],
    [["--reward-command", "read -r line; echo hello; sleep 9"], 1, /the reward command `.*` printed "hello", which is no JSON array/],
    [["--reward-command", "cat"], 1, /returned \{.*\} for \{0, 1, 2\}; return log R as a number/],
  ])("end in a sentence: %s", async (options, status, message) => {
    const { status: ended, stderr } = await train(...options);
    expect(ended).toBe(status);
    expect(stderr).toMatch(message);
  });

  it.each([
    [["--reward", `${SCORE}#number`], /#number must be a reward, such as hostReward makes, or a function/],
    [["--reward", `${SCORE}#other`], /does not export other/],
    [["--reward", "./nowhere.mjs"], /nowhere.mjs does not exist/],
    [["--reward", LOW, "--reward-command", "cat"], /--reward and --reward-command name two rewards/],
    [["--beta", "-1"], /beta must be a number/],
    [["--reward", LOW, "--objective", "mdb"], /mdb needs an environment in which every state is an object and may stop/],
  ])("are refused before anything runs: %s", async (options, message) => {
    const { status, stderr } = await run("train", "sets", ...SETTINGS, ...options);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("a reward that fails while it trains", () => {
  const whole = join(root, "whole");
  const wavering = ["--reward", `${SCORE}#wavering`, "--checkpoint-every", "1"];
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ["throw", /the reward wavering failed at a batch of \d+ objects from \{.*\} on: no licence/],
    ["reject", /the reward wavering failed at a batch of \d+ objects from \{.*\} on: offline/],
    ["hang", /the reward wavering did not return within 0\.2 s at a batch of \d+ objects/],
    ["short", /the reward wavering returned 1 numbers for \d+ objects/],
    ["texts", /the reward wavering returned "0" for \{/],
    ["nan", /the reward wavering returned NaN for \{/],
    ["infinite", /the reward wavering returned Infinity for \{/],
  ])("leaves the last checkpoint good: %s", async (how, message) => {
    if (!existsSync(whole)) expect(await train(...wavering, "--out", whole)).toMatchObject({ status: 0 });
    const folder = join(root, `wavering-${how}`);
    vi.stubEnv("WEBGFN_TEST_FAILURE", how);
    const failed = await train(...wavering, "--out", folder);
    expect(failed.stderr).toMatch(message);
    expect(failed.status).toBe(1);
    const { step } = decodeCheckpoint(readFileSync(join(folder, "checkpoint.safetensors")));
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(12);
    vi.unstubAllEnvs();
    expect(await run("train", "--resume", folder, "--reward", `${SCORE}#wavering`)).toMatchObject({ status: 0 });
    expect(tensorsOf(folder)).toEqual(tensorsOf(whole));
  });
});

describe("a network as a reward", () => {
  const random = (() => {
    let state = 1;
    return () => {
      state = (state * 16807) % 2147483647;
      return (2 * state) / 2147483647 - 1;
    };
  })();
  const tensor = (...shape: number[]) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, random),
  });
  const tensors = {
    "net.0.weight": tensor(4, 6),
    "net.0.bias": tensor(4),
    "net.1.weight": tensor(4),
    "net.1.bias": tensor(4),
    "net.1.running_mean": tensor(4),
    "net.1.running_var": { shape: [4], data: Float32Array.of(0.5, 1, 2, 0.1) },
    "net.3.weight": tensor(1, 4),
  };
  const LAYERS = ["linear net.0", "batch-norm net.1", "leaky-relu 0.2", "linear net.3"];
  const network = (layers: unknown) => {
    const path = join(root, "net.safetensors");
    const metadata = layers === undefined ? {} : { network: typeof layers === "string" ? layers : JSON.stringify(layers) };
    writeFileSync(path, encodeSafetensors({ tensors, metadata }));
    return path;
  };

  /** The network's number for a set, in float64. */
  function numberOf(items: readonly number[]): number {
    const read = (name: keyof typeof tensors) => tensors[name].data;
    const hidden = Array.from({ length: 4 }, (_, o) => {
      const sum = items.reduce((total, item) => total + read("net.0.weight")[6 * o + item]!, read("net.0.bias")[o]!);
      const scale = read("net.1.weight")[o]! / Math.sqrt(read("net.1.running_var")[o]! + 1e-5);
      const normalised = scale * (sum - read("net.1.running_mean")[o]!) + read("net.1.bias")[o]!;
      return normalised > 0 ? normalised : 0.2 * normalised;
    });
    return hidden.reduce((sum, x, o) => sum + x * read("net.3.weight")[o]!, 0);
  }

  it("is read from safetensors, and kept with the run", async () => {
    const folder = join(root, "network");
    const path = network(LAYERS);
    expect(await train("--reward-network", path, "--out", folder)).toMatchObject({ status: 0 });
    rmSync(path);
    const { stdout } = await run("sample", folder, "--count", "20");
    for (const text of stdout.trim().split("\n")) {
      const { object, logReward } = JSON.parse(text);
      expect(Math.abs(logReward - numberOf(object.items))).toBeLessThan(1e-5 * (1 + Math.abs(logReward)));
    }
    expect(await run("evaluate", folder)).toMatchObject({ status: 0 });
  });

  it("may be an ensemble, with options", async () => {
    const options = ["--reward.scale", "linear", "--reward.exponent", "2", "--reward.floor", "0.1"];
    const made = await train("--reward-network", network([LAYERS, LAYERS]), ...options, "--json");
    expect(JSON.parse(made.stdout).configuration.rewardParameters).toEqual({ scale: "linear", exponent: 2, floor: 0.1 });
    let z = 0;
    for (let a = 0; a < 6; a++) {
      for (let b = a + 1; b < 6; b++) for (let c = b + 1; c < 6; c++) z += Math.max(0.1, Math.max(0, numberOf([a, b, c])) ** 2);
    }
    expect(JSON.parse(made.stdout).exactLogZ).toBeCloseTo(Math.log(z), 4);
  });

  it.each([
    [undefined, /expected the metadata "network" to be JSON such as/],
    ["{}", /expected the metadata "network" to be \["linear net.0"/],
    [["linear net.7"], /expected a tensor .?net.7.weight.?, found .?net.0.weight/],
    [["linear net.1"], /expected net.1.weight to be a matrix, found the shape \[4\]/],
    [["gelu"], /expected linear, conv, embedding, batch-norm, .*sigmoid as a layer, found "gelu"/],
    [["batch-norm net.1"], /expected the batch norm net.1 behind a linear layer/],
    [["linear net.0"], /the network gives 4 numbers, and must give one/],
    [["linear net.3"], /net.safetensors reads 4 numbers, and sets of 3 out of 6 items has 6 features: /],
  ])("is refused where it is wrong: %j", async (layers, message) => {
    const { status, stderr } = await train("--reward-network", network(layers));
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("is refused where it is no safetensors file", async () => {
    expect(await train("--reward-network", file("net.safetensors", "hello"))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/net.safetensors/),
    });
    const bytes = readFileSync(network(LAYERS));
    for (const length of [0, 5, 100, bytes.length - 1]) {
      writeFileSync(join(root, "net.safetensors"), bytes.subarray(0, length));
      expect(await train("--reward-network", join(root, "net.safetensors"))).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/net.safetensors/),
      });
    }
  });
});
