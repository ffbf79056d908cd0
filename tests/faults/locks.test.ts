/** The lock of a run's folder: one holder at a time, taken over from processes that have ended, and from nobody else. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunFolder } from "@webgfn/runs/node";
import { afterAll, describe, expect, it } from "vitest";
import { completeConfiguration } from "webgfn";

const HOLDER = fileURLToPath(new URL("holder.mjs", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "webgfn-locks-"));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
/** A run's folder, and the path of its lock. */
function folder(): { out: string; lock: string } {
  const out = join(root, String(count++));
  mkdirSync(out);
  writeFileSync(join(out, "config.json"), JSON.stringify(completeConfiguration({ environment: "sets" })));
  return { out, lock: join(out, "run.lock") };
}

/** The line of a lock that this process holds. */
function lineOfThisProcess(): string {
  const { out, lock } = folder();
  const run = RunFolder.open(out);
  run.claim();
  const line = readFileSync(lock, "utf8");
  run.release();
  expect(existsSync(lock)).toBe(false);
  return line;
}

const line = lineOfThisProcess();
const [pid = "", began = "", host = "", boot = "", namespace = "", random = ""] = line.split(" ");
/** Where the system tells when a process began, when the machine did, and in which namespace. */
const tellsAll = [began, boot, namespace].every((field) => field !== "-");

/** Claims a folder whose lock says something, and returns the error. */
function claimed(mark: string): { message?: string; fix?: string; lock: string } {
  const { out, lock } = folder();
  writeFileSync(lock, mark);
  const run = RunFolder.open(out);
  try {
    run.claim();
  } catch (error) {
    expect(readFileSync(lock, "utf8"), "it is left as it was").toBe(mark);
    const { message, fix } = error as { message: string; fix: string };
    return { message: message.replace(out, "DIR"), fix: fix.replaceAll(out, "DIR"), lock };
  }
  expect(readFileSync(lock, "utf8").startsWith(`${process.pid} `)).toBe(true);
  run.release();
  expect(readdirSync(out), "nothing is left behind").toEqual(["config.json"]);
  return { lock };
}

describe("a lock", () => {
  it("names the process, when it began, the machine, its start and the namespace", () => {
    expect([pid, random]).toEqual([String(process.pid), expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(host).toContain("/");
    if (process.platform === "linux") expect(tellsAll).toBe(true);
    expect(lineOfThisProcess()).not.toBe(line);
  });

  it("of a process that runs is not taken", () => {
    expect(claimed(line).message).toBe(`DIR is in use: process ${process.pid} is writing it`);
  });

  it.each([
    ["a process that has ended", ["4194305", "1", host, boot, namespace]],
    ...(tellsAll
      ? [
          ["a process whose number another one has now", [String(process.ppid), "1", host, boot, namespace]] as const,
          [
            "a process from before the machine was started again",
            [pid, began, host, "00000000-0000-4000-8000-000000000000", namespace],
          ] as const,
        ]
      : []),
  ] as const)("of %s is taken over", (_, fields) => {
    expect(claimed([...fields, random].join(" ")).message).toBeUndefined();
  });

  it.each([
    [
      "another machine",
      ["4194305", "1", "node17/0123456789ab", boot, namespace],
      "process 4194305 on another machine or container, node17",
    ],
    ["another container", ["4194305", "1", host, boot, "pid:1"], "process 4194305 in another container"],
  ] as const)("of a process on %s is not taken over, since nobody can tell here whether it runs", (_, fields, words) => {
    const { message, fix } = claimed([...fields, random].join(" "));
    expect(message).toBe(`DIR may be in use: ${words} locked it and cannot be looked up from here`);
    expect(fix).toBe("wait for that process, or make sure that it has ended, then remove the lock: rm DIR/run.lock");
  });

  it.each([
    ["nothing", ""],
    ["another program's words", "12345"],
    ["escape sequences", "\x1b[2J"],
    ["a megabyte", "1".repeat(2 ** 20)],
  ])("that holds %s is not taken over", (_, mark) => {
    expect(claimed(mark)).toMatchObject({
      message: expect.stringMatching(/^DIR may be in use: nobody can tell who made [!-~]+run\.lock$/),
      fix: "make sure that no webgfn writes the folder, then remove the lock: rm DIR/run.lock",
    });
  });

  it("of a process that was killed while it took over another's is taken over", () => {
    const { out, lock } = folder();
    const gone = ["4194305", "1", host, boot, namespace, random].join(" ");
    writeFileSync(lock, gone);
    // The lock on the stale line, which a process that takes over has for a moment.
    const { stdout } = spawnSync(process.execPath, [HOLDER, out, "names"], { encoding: "utf8" });
    const claim = stdout.split("\n").find((name) => /^run\.lock\.[0-9a-f]{16}$/.test(name));
    expect(claim).toBeDefined();
    writeFileSync(lock, gone);
    writeFileSync(join(out, claim as string), ["4194304", "1", host, boot, namespace, random].join(" "));
    const run = RunFolder.open(out);
    run.claim();
    run.release();
    expect(readdirSync(out)).toEqual(["config.json"]);
  });

  it("is held by one process at a time, and never lost while it is held", async () => {
    const { out, lock } = folder();
    // Every process begins with the lock of one that has ended: they all want to take it over.
    writeFileSync(lock, ["4194305", "1", host, boot, namespace, random].join(" "));
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [HOLDER, out, "race"], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    const counts = await Promise.all(
      children.map(async (child) => {
        let text = "";
        child.stdout.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        await once(child, "close");
        return JSON.parse(text) as { taken: number; both: number; lost: number };
      }),
    );
    const sum = (key: "taken" | "both" | "lost") => counts.reduce((total, each) => total + each[key], 0);
    expect([sum("both"), sum("lost")]).toEqual([0, 0]);
    expect(sum("taken")).toBeGreaterThan(100);
  });

  const canUnshare = process.platform === "linux" && spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;
  it.skipIf(!canUnshare)("of a process in another namespace is seen from there, and not taken", async () => {
    const { out } = folder();
    const child = spawn("unshare", ["--pid", "--fork", "--mount-proc", process.execPath, HOLDER, out, "hold"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(() => RunFolder.open(out).claim()).toThrow("in another container locked it");
    child.stdin.end();
    await once(child, "close");
    const run = RunFolder.open(out);
    run.claim();
    run.release();
  });
});
