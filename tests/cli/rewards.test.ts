/** Rewards of one's own on the command line: a function in a file, a command in another language, and an inverse temperature. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeCheckpoint, loadSampler } from "@webgfn/sampler";
import { afterAll, describe, expect, it, vi } from "vitest";
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
  `import { wgslReward } from "webgfn";
export const low = (sets) => sets.map(({ items }) => -0.25 * items.reduce((sum, item) => sum + item, 0));
export const shader = wgslReward({ shader: \`
  import package::environment::{State, contains};
  fn log_reward(state: State) -> f32 {
    var sum = 0.0;
    for (var item = 0u; item < 6u; item++) { sum += select(0.0, f32(item), contains(state, item)); }
    return -0.25 * sum;
  }\` });
export const nan = (sets) => sets.map(() => NaN);
export const failing = () => { throw new Error("no licence"); };
export const number = 3;
`,
);
/** The same function as a program of its own; it dies after the first batch of each process where it is told to. */
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

describe("bad rewards", () => {
  it.each([
    [["--reward", `${SCORE}#nan`], 1, /the reward nan returned NaN for \{0, 1, 2\}, and log R must be a finite number/],
    [["--reward", `${SCORE}#failing`], 1, /the reward failing failed at a batch of 20 objects from \{0, 1, 2\} on: no licence/],
    [["--reward-command", "exit 3"], 1, /the reward command `exit 3` ended with status 3 before it had answered/],
    [["--reward-command", "echo hello"], 1, /the reward command `echo hello` printed "hello", which is no JSON array/],
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
