/** The lease of a run's folder: a lock that others take over once its heartbeats end, whatever the clocks of the machines say. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunFolder } from "@webgfn/runs/node";
import { FolderLock } from "@webgfn/runs/node/internal";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { completeConfiguration } from "webgfn";

const HOLDER = fileURLToPath(new URL("leaseholder.mjs", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "webgfn-leases-"));
afterAll(() => rmSync(root, { recursive: true }));
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
});

const SECONDS = 1.5;
/** A lock's line of a process on another machine. */
const elsewhere = (random: string, lease?: number) =>
  `4242 17 far-away/0123456789ab 11111111-2222-4333-8444-555555555555 pid:1 ${random.repeat(16)}${lease === undefined ? "" : ` ${lease}`}`;

let count = 0;
function folder(): { out: string; lock: string } {
  const out = join(root, String(count++));
  mkdirSync(out);
  return { out, lock: join(out, "run.lock") };
}

/** A process that takes the lease, with the next line that it says. */
function holder(out: string, what: string, seconds = SECONDS) {
  const child = spawn(process.execPath, [HOLDER, out, String(seconds), what], { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  const lines: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    child.emit("line");
  });
  const says = async () => {
    while (lines.length === 0) await once(child, "line");
    return lines.shift();
  };
  return { child, says };
}

async function timed<T>(promise: Promise<T>): Promise<{ value: T; seconds: number }> {
  const start = performance.now();
  return { value: await promise, seconds: (performance.now() - start) / 1000 };
}

describe("a lease", () => {
  it("is one process's, and leaves nothing behind", async () => {
    const { out } = folder();
    const lock = await FolderLock.lease(out, SECONDS);
    expect(FolderLock.holder(out)).toMatchObject({ pid: process.pid, alive: true });
    const { value, seconds } = await timed(FolderLock.lease(out, SECONDS));
    expect(value).toBeUndefined();
    expect(seconds, "the next heartbeat is enough").toBeLessThan(SECONDS);
    lock?.release();
    expect(readdirSync(out)).toEqual([]);
  });

  it("goes on while its holder computes", async () => {
    const { out } = folder();
    const busy = holder(out, "busy");
    expect(await busy.says()).toBe("held");
    for (let k = 0; k < 3; k++) expect(await FolderLock.lease(out, SECONDS)).toBeUndefined();
    expect(await busy.says()).toBe("held");
  });

  it("of a process that was killed is taken over at once", async () => {
    const { out } = folder();
    const held = holder(out, "hold", 100);
    expect(await held.says()).toBe("held");
    held.child.kill("SIGKILL");
    await once(held.child, "exit");
    const lock = await FolderLock.lease(out, SECONDS);
    expect(lock).toBeDefined();
    lock?.release();
    expect(readdirSync(out)).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("of a frozen process is taken over, and that process finds out", async () => {
    const { out, lock: path } = folder();
    const frozen = holder(out, "hold");
    expect(await frozen.says()).toBe("held");
    frozen.child.kill("SIGSTOP");
    const { value: lock, seconds } = await timed(FolderLock.lease(out, SECONDS));
    expect(lock).toBeDefined();
    expect(seconds).toBeGreaterThanOrEqual(SECONDS);
    frozen.child.kill("SIGCONT");
    frozen.child.stdin?.write("?\n");
    expect(await frozen.says()).toBe(`another process has taken over ${out}, because this one was silent for longer than its lease`);
    // Its release takes nothing away, and its heart no longer beats.
    frozen.child.stdin?.end();
    await once(frozen.child, "exit");
    expect(readFileSync(path, "utf8")).toContain(`${process.pid} `);
    lock?.requireHeld();
    lock?.release();
  });

  it.each(["before its file is there", "while it writes"])("is taken over %s: the new holder's files stay", async (when) => {
    const { out, lock: path } = folder();
    const lock = await FolderLock.lease(out, SECONDS);
    const run = RunFolder.create(out, completeConfiguration({ environment: "sets" }), lock);
    const file = join(out, "checkpoint.safetensors");
    let isOver = false;
    const tensor = {
      shape: [1],
      get data() {
        const partial = readdirSync(out).filter((name) => name.endsWith(".partial"));
        if (!isOver && (when === "before its file is there" || partial.length > 0)) {
          // What another process does while this one is frozen: it takes the lease over, removes what is half written, and finishes the run.
          isOver = true;
          writeFileSync(path, elsewhere("b", SECONDS));
          for (const name of partial) rmSync(join(out, name));
          writeFileSync(file, "another's");
        }
        return new Float32Array(1);
      },
    };
    const written = { configuration: JSON.stringify(run.configuration), step: 1, tensors: { tensor } };
    expect(() => run.writeCheckpoint(written)).toThrow(/another process has taken over|cannot be written/);
    expect(readFileSync(file, "utf8")).toBe("another's");
    expect(readdirSync(out).sort()).toEqual(["checkpoint.safetensors", "config.json", "run.lock"]);
    lock?.release();
  });

  it("on another machine is left alone while its heart beats, whatever that machine's clock says", async () => {
    const { out, lock } = folder();
    writeFileSync(lock, elsewhere("a", SECONDS));
    let beat = Date.now() / 1000 - 86_400;
    const heart = setInterval(() => utimesSync(lock, beat, beat++), 200);
    expect(await FolderLock.lease(out, SECONDS)).toBeUndefined();
    beat += 1e6;
    expect(await FolderLock.lease(out, SECONDS)).toBeUndefined();
    clearInterval(heart);
  });

  it("on another machine is taken over after its silence, whatever that machine's clock says", async () => {
    const { out, lock } = folder();
    writeFileSync(lock, elsewhere("a", SECONDS));
    utimesSync(lock, Date.now() / 1000 + 86_400, Date.now() / 1000 + 86_400);
    const { value, seconds } = await timed(FolderLock.lease(out, 60));
    expect(value).toBeDefined();
    // The holder's own promise counts.
    expect(seconds).toBeGreaterThanOrEqual(SECONDS);
    expect(seconds).toBeLessThan(20);
    value?.release();
    expect(existsSync(lock)).toBe(false);
  });

  it("is taken over by one process alone, and the others leave", async () => {
    const { out, lock } = folder();
    writeFileSync(lock, elsewhere("a", SECONDS));
    const contenders = Array.from({ length: 4 }, () => holder(out, "hold", 30));
    const answers = await Promise.all(contenders.map(({ says }) => says()));
    expect(answers.sort()).toEqual(["busy", "busy", "busy", "held"]);
  });

  it("does not wait for a lock without heartbeats", async () => {
    const { out, lock } = folder();
    writeFileSync(lock, elsewhere("a"));
    await expect(FolderLock.lease(out, SECONDS)).rejects.toThrow(/may be in use: process 4242 on another machine or container, far-away/);
  });
});
