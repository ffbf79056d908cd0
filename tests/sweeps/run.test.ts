/** Sweeps on this machine: one run at a time or all of them, interrupted, at once, on a full disk; in the end the bits of undisturbed runs. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlan } from "@webgfn/sweeps";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Finished, type RunOptions, run } from "../cli/run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-sweeps-"));
const disk = join(root, "disk");
mkdirSync(disk);
let mounted = false;
afterAll(() => {
  if (mounted) execFileSync("umount", [disk]);
  rmSync(root, { recursive: true });
});

const TINY = { environment: "hypergrid", "env.side": 4, hidden: [8], batchSize: 16, evaluateEvery: 10 };
const at = (name: string) => join(root, name);
const write = (name: string, value: unknown) => writeFileSync(at(name), JSON.stringify(value));
const sweep = (words: string, options?: RunOptions): Promise<Finished> =>
  run(["sweep", ...words.split(" ").map((word) => (/^@/.test(word) ? at(word.slice(1)) : word))], options);
const bits = (folder: string) => readFileSync(join(folder, "checkpoint.safetensors"));
const status = async (folder: string) => JSON.parse((await sweep(`status @${folder} --json`)).stdout);

/** Four runs: the folders of an undisturbed sweep. */
let folders: string[];
beforeAll(async () => {
  write("grid.json", { ...TINY, steps: 40, grid: { objective: ["tb", "renyi"], learningRate: [0.001, 0.003] }, seeds: 2 });
  const all = await sweep("run @grid.json --out @all --all --jobs 2 --json");
  expect(all.status, all.stderr).toBe(0);
  expect(JSON.parse(all.stdout)).toMatchObject({ finished: 4, failed: 0 });
  writeFileSync(at("circular.mjs"), "const sweep = {}; sweep.env = sweep; export default sweep;");
  writeFileSync(at("function.mjs"), 'export default { environment: "sets", steps: () => 1 };');
  folders = readPlan(at("all")).runs.map(({ hash }) => hash);
  expect(folders).toHaveLength(4);
});

describe("a sweep", () => {
  it("does nothing twice", async () => {
    const before = folders.map((folder) => readFileSync(at(`all/${folder}/result.json`), "utf8"));
    const again = await sweep("run @grid.json --out @all --all --json");
    expect(JSON.parse(again.stdout)).toMatchObject({ finished: 0, finishedBefore: 4 });
    const single = await sweep("run @grid.json --out @all --index 3");
    expect(single.status).toBe(0);
    expect(single.stderr).toBe("webgfn: run 3 was finished before; nothing was done\n");
    expect(folders.map((folder) => readFileSync(at(`all/${folder}/result.json`), "utf8"))).toEqual(before);
    expect(await status("all")).toMatchObject({ done: 4, running: 0, failed: 0, waiting: 0 });
  });

  it("writes event files of finished runs, too, where they are asked for", async () => {
    const logs = folders.map((folder) => at(`all/${folder}/tensorboard`));
    expect(logs.map(existsSync)).toEqual([false, false, false, false]);
    expect((await sweep("run @grid.json --out @all --index 0 --log tensorboard")).status).toBe(0);
    expect(logs.map(existsSync)).toEqual([true, false, false, false]);
    expect((await sweep("run @grid.json --out @all --all --log tensorboard")).status).toBe(0);
    expect(logs.map((log) => readdirSync(log))).toEqual(Array(4).fill(["seed-0", "seed-1"]));
  });

  it("names an adapter that is not there once, and starts nothing", async () => {
    const { status, stderr } = await sweep("run @grid.json --out @all --all --adapter nowhere");
    expect(stderr).toMatch(/^webgfn: no adapter fits "nowhere"; .*\n$/m);
    expect(stderr).not.toContain("starts");
    expect(status).toBe(2);
  });

  it("has the results of `train`, with a row per seed", () => {
    const result = JSON.parse(readFileSync(at(`all/${folders[2]}/result.json`), "utf8"));
    expect(result).toMatchObject({ environment: "hypergrid", objective: "renyi", steps: 40 });
    expect(result.replicas.map(({ seed }: { seed: number }) => seed)).toEqual([0, 1]);
  });

  it("lets one of two processes carry out a run, and the other leave", async () => {
    const both = await Promise.all([0, 1].map(() => sweep("run @grid.json --out @both --index 1 --lease 10")));
    const texts = both.map(({ stderr }) => stderr.trim().split("\n").at(-1));
    expect(both.map((each) => each.status)).toEqual([0, 0]);
    expect(texts.filter((text) => text === "webgfn: run 1 is finished")).toHaveLength(1);
    expect(texts.filter((text) => /is carried out by process \d+ on |was finished before/.test(text ?? ""))).toHaveLength(1);
    expect(bits(at(`both/${folders[1]}`)).equals(bits(at(`all/${folders[1]}`)))).toBe(true);
  });

  it.each(["SIGTERM", "SIGUSR1", "SIGHUP"] as const)(
    "stops at %s with a checkpoint and status 75, and goes on to the same bits",
    async (signal) => {
      const out = `stopped-${signal}`;
      let sent = false;
      const onError: RunOptions["onError"] = (text, kill) => {
        if (sent || !text.includes("step 10/")) return;
        sent = true;
        kill(signal);
      };
      const first = await sweep(`run @grid.json --out @${out} --index 2`, { onError });
      // A run this short may be over before the signal comes.
      if (first.status !== 0) {
        expect(first.status).toBe(75);
        expect(first.stderr).toMatch(/run 2 stopped at step \d+; resume with: webgfn sweep run .* --index 2\n$/);
        expect(await status(out)).toMatchObject({ done: 0, running: 0, failed: 0, waiting: 4 });
        expect((await sweep(`run @grid.json --out @${out} --index 2`)).status).toBe(0);
      }
      expect(bits(at(`${out}/${folders[2]}`)).equals(bits(at(`all/${folders[2]}`)))).toBe(true);
    },
  );

  it("resumes a run that was killed at once on the same machine", async () => {
    let killed = false;
    const onError: RunOptions["onError"] = (text, kill) => {
      if (killed || !text.includes("step 10/")) return;
      killed = true;
      kill("SIGKILL");
    };
    await sweep("run @grid.json --out @killed --index 0", { onError });
    const next = await sweep("run @grid.json --out @killed --index 0");
    expect(next.status, next.stderr).toBe(0);
    expect(bits(at(`killed/${folders[0]}`)).equals(bits(at(`all/${folders[0]}`)))).toBe(true);
  });

  it("names what failed, tries it again, and goes on with the others", async () => {
    writeFileSync(
      at("deadly.mjs"),
      `export const kills = (objects) => { process.kill(process.pid, "SIGKILL"); return objects.map(() => 0); };
       export const throws = () => { throw new Error("no such ligand"); };`,
    );
    const reward = [at("deadly.mjs#kills"), at("deadly.mjs#throws")];
    write("deadly.json", { ...TINY, steps: 20, list: [{ reward: reward[0] }, { reward: reward[1] }, { objective: "tb" }] });
    const all = await sweep("run @deadly.json --out @deadly --all --jobs 2 --json");
    expect(all.status).toBe(1);
    expect(JSON.parse(all.stdout)).toMatchObject({ finished: 1, failed: 2 });
    expect(all.stderr).toContain("run 0 failed: its process was ended by SIGKILL");
    const { runs, ...counts } = await status("deadly");
    expect(counts).toMatchObject({ done: 1, failed: 2, waiting: 0 });
    expect(runs[0]).toMatchObject({ state: "failed", attempts: 3 });
    expect(runs[1]).toMatchObject({ state: "failed", attempts: 3, failure: expect.stringContaining("no such ligand") });
    expect((await sweep("status @deadly")).stdout).toContain("no such ligand");
  });

  it("refuses a folder that holds something else in a run's place", async () => {
    mkdirSync(at("foreign"));
    copyFileSync(at("all/sweep.json"), at("foreign/sweep.json"));
    cpSync(at(`all/${folders[1]}`), at(`foreign/${folders[0]}`), { recursive: true });
    rmSync(at(`foreign/${folders[0]}/result.json`));
    const { status: code, stderr } = await sweep("run @grid.json --out @foreign --index 0");
    expect(code).toBe(1);
    expect(stderr).toContain(`holds another run: the hash of its configuration is ${folders[1]}; move that folder away`);
  });

  it("makes a damaged result again from the checkpoint, and says that a folder was removed", async () => {
    cpSync(at("all"), at("mended"), { recursive: true });
    const result = at(`mended/${folders[0]}/result.json`);
    writeFileSync(result, readFileSync(result, "utf8").slice(0, 200));
    expect(await status("mended")).toMatchObject({ done: 3, waiting: 1 });
    expect((await sweep("run @grid.json --out @mended --index 0")).status).toBe(0);
    expect(await status("mended")).toMatchObject({ done: 4 });
    let removed = false;
    const onError: RunOptions["onError"] = (text) => {
      if (removed || !text.includes("step 0/")) return;
      removed = true;
      // In one go: a process may be writing a file in it.
      renameSync(at(`removed/${folders[2]}`), at("gone"));
    };
    const { status: code, stderr } = await sweep("run @grid.json --out @removed --index 2", { onError });
    expect(stderr).toMatch(/was removed while its run went on/);
    expect(code).toBe(1);
  });

  it("repairs a damaged plan, and keeps a plan's own file", async () => {
    cpSync(at("all"), at("planned"), { recursive: true });
    writeFileSync(at("planned/sweep.json"), "{");
    const { stderr } = await sweep("status @planned");
    expect(stderr).toMatch(/is no plan of a sweep; plan again: npx webgfn sweep plan FILE --out .* --update\n$/);
    expect((await sweep("plan @grid.json --out @planned --update")).status).toBe(0);
    expect(await status("planned")).toMatchObject({ done: 4 });
    expect((await sweep("report @planned --out @planned/sweep.json")).stderr).toContain("is the sweep's plan");
  });

  it("says what a changed file changes, and takes it where that is wanted", async () => {
    cpSync(at("all"), at("changed"), { recursive: true });
    write("changed.json", { ...TINY, steps: 40, grid: { objective: ["tb", "renyi"], learningRate: [0.001, 0.004] }, seeds: 2 });
    rmSync(at(`changed/${folders[1]}`), { recursive: true });
    // Also where the run that stood at this index is finished.
    expect((await sweep("run @changed.json --out @changed --index 3")).status).toBe(2);
    const run1 = await sweep("run @changed.json --out @changed --index 1");
    expect(run1.status).toBe(2);
    expect(run1.stderr).toContain("no longer says what");
    expect(run1.stderr).toContain("was planned with: 2 runs new, 2 runs gone");
    expect(existsSync(at(`changed/${folders[1]}`))).toBe(false);
    expect((await sweep("plan @changed.json --out @changed")).status).toBe(2);
    expect((await sweep("plan @changed.json --out @changed --update")).status).toBe(0);
    expect(await status("changed")).toMatchObject({ done: 2, waiting: 2 });
  });

  it.each([
    ["run @grid.json --out @all --index 4", "has no run 4: its plan has 4 runs, from 0 to 3"],
    ["run @grid.json --out @all --index -1", "--index must be"],
    ["run @grid.json --out @all --index 1.5", "--index must be"],
    ["run @grid.json --out @all", "webgfn sweep run needs either --index I or --all"],
    ["run @grid.json --index 0", "webgfn sweep run needs the sweep's folder; add --out DIR"],
    ["run @grid.json --out @all --index 0 --jobs 2", "--jobs needs --all"],
    ["run @grid.json --out @all --all --lease 0", "--lease must be"],
    ["plan @grid.json --most 3", "describes 4 runs, more than 3; vary less"],
    ["plan @missing.json", "missing.json cannot be read"],
    ["plan", "webgfn sweep plan needs a sweep file"],
    ["plan @circular.mjs", "circular.mjs describes no sweep: Converting circular structure to JSON"],
    ["plan @function.mjs", "function.mjs: steps is"],
    ["run @grid.json --out @grid.json --all", "grid.json is not a folder"],
    ["status @grid.json", "is not the folder of a sweep"],
    ["script slrum @grid.json --out @all", '"slrum" is not a script (did you mean slurm?)'],
    ["script slurm @grid.json --out @all --time soon", "--time must be a time as SLURM writes it"],
  ])("answers %s", async (words, message) => {
    const { stderr, status: code } = await sweep(words);
    expect(stderr).toContain(message);
    expect(code).toBeGreaterThan(0);
  });
});

describe("a sweep on a full disk", () => {
  it("says so, and goes on to the same bits when there is room", async ({ skip }) => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], { stdio: "pipe" });
      mounted = true;
    } catch {
      skip("no file system can be mounted here");
    }
    cpSync(at("all/sweep.json"), join(disk, "sweep.json"));
    writeFileSync(join(disk, "ballast"), new Uint8Array(2 ** 16));
    try {
      writeFileSync(join(disk, "ballast-2"), new Uint8Array(2 ** 20));
    } catch {
      // The disk is full now.
    }
    const full = await sweep("run @grid.json --out @disk --index 0");
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(/cannot be written: no space left on device/);
    rmSync(join(disk, "ballast"));
    rmSync(join(disk, "ballast-2"), { force: true });
    const next = await sweep("run @grid.json --out @disk --index 0");
    expect(next.status, next.stderr).toBe(0);
    expect(bits(join(disk, folders[0] as string)).equals(bits(at(`all/${folders[0]}`)))).toBe(true);
  });
});
