/** Folders that are full, read-only or in use, and two processes at once: clear errors, and nothing lost. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunFolder, TensorBoardLog } from "@webgfn/runs/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../cli/run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-folders-"));
// The kernels of the other command-line tests.
const args = "train hypergrid --env.side 4 --hidden 8 --batch-size 16 --replicas 2 --steps 40 --evaluate-every 10 --out".split(" ");
const [one, other] = [join(root, "one"), join(root, "other")];

const bits = (folder: string) => readFileSync(join(folder, "checkpoint.safetensors"));

/** A file system of its own, where this process may mount one. */
const disk = join(root, "disk");
const mounted = (() => {
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "pipe" });
    return true;
  } catch (error) {
    console.log(`No file system can be mounted here, so full and read-only disks are not tested: ${String(error).split("\n")[0]}`);
    return false;
  }
})();

const writable = (yes: boolean) => execFileSync("mount", ["-o", `remount,${yes ? "rw" : "ro"}`, disk]);

afterAll(() => {
  if (mounted) execFileSync("umount", [disk]);
  rmSync(root, { recursive: true });
});

let both: { status: number | null }[];
beforeAll(async () => {
  both = await Promise.all([one, other].map((out) => run([...args, out])));
});

describe("two processes", () => {
  it("train at once, with the same bits", () => {
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(bits(one).equals(bits(other))).toBe(true);
  });

  it("do not write one folder", async () => {
    const before = bits(one);
    const folder = RunFolder.open(one);
    folder.claim();
    const { status, stderr } = await run(["train", "--resume", one]);
    expect(stderr).toBe(
      `webgfn: ${one} is in use: process ${process.pid} is writing it; wait for that process, or, if it is no webgfn, remove the lock: rm ${one}/run.lock\n`,
    );
    expect(status).toBe(1);
    expect(() => RunFolder.open(one).claim()).toThrow("is in use");
    expect(bits(one).equals(before)).toBe(true);
    folder.release();
    // Whoever only reads asks nobody.
    RunFolder.open(one).claim();
  });
});

describe.skipIf(!mounted)("a disk", () => {
  const out = join(disk, "run");
  const filler = join(disk, "filler");

  it("that is full ends a run with one sentence, and once there is room it ends with the same bits", async () => {
    // Room for a few files, of one page each at least.
    writeFileSync(filler, new Uint8Array(2 ** 20 - 5 * 4096));
    const { status, stderr } = await run([...args, out]);
    expect(stderr).toMatch(/\nwebgfn: \S+ cannot be written: no space left on device; choose another --out, or make room\n$/);
    expect(status).toBe(1);
    rmSync(filler);
    expect((await run(["train", "--resume", out])).status).toBe(0);
    expect(bits(out).equals(bits(one))).toBe(true);
  });

  it("that is full leaves the checkpoint before", () => {
    const folder = RunFolder.open(out);
    const before = bits(out);
    const checkpoint = folder.readCheckpoint();
    writeFileSync(filler, new Uint8Array(2 ** 19));
    const data = new Float32Array(2 ** 17);
    const larger = { ...checkpoint, tensors: { ...checkpoint.tensors, more: { shape: [data.length], data } } };
    expect(() => folder.writeCheckpoint(larger)).toThrow("no space left on device");
    expect(bits(out).equals(before)).toBe(true);
    // What was written of it is gone, so that there is as much room as before.
    writeFileSync(join(disk, "more"), new Uint8Array(2 ** 18));
    for (const name of [filler, join(disk, "more")]) rmSync(name);
  });

  it("that is full keeps the event files of the session before", () => {
    const folder = RunFolder.open(out);
    const { evaluations } = folder.readMetrics();
    new TensorBoardLog(folder, evaluations);
    const path = join(out, "tensorboard", "seed-0");
    const events = () => readdirSync(path).map((name) => readFileSync(join(path, name)).length);
    const [before = 0] = events();
    writeFileSync(filler, new Uint8Array(2 ** 19));
    const more = join(disk, "more");
    // Until no page is left.
    expect(() => writeFileSync(more, new Uint8Array(2 ** 20))).toThrow("no space left");
    expect(() => new TensorBoardLog(folder, evaluations)).toThrow(`${out}/tensorboard cannot be written: no space left on device`);
    for (const name of [filler, more]) rmSync(name);
    expect(before).toBeGreaterThan(1000);
    expect(events()).toContain(before);
  });

  it("that is read-only is told from the start, and what it holds can be read", async () => {
    writable(false);
    try {
      for (const words of [
        [...args, join(disk, "new")],
        ["train", "--resume", out],
      ]) {
        const { status, stdout, stderr } = await run(words);
        expect(stderr).toMatch(/^webgfn: \S+ cannot be written: (\S+: )?read-only file system; choose another --out, or make room\n$/);
        expect([status, stdout]).toEqual([1, ""]);
      }
      expect(RunFolder.open(out).readCheckpoint().step).toBe(40);
    } finally {
      writable(true);
    }
  });
});
