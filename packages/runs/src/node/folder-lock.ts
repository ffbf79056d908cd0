import { createHash, randomBytes } from "node:crypto";
import { closeSync, constants, fsyncSync, linkSync, openSync, readFileSync, readlinkSync, readSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { WebgfnError } from "@webgfn/tensor";
import { shellLine } from "./shell.js";
import { temporaryName, writeAll } from "./write-file.js";

const NAME = "run.lock";
/** Bytes of a lock that are read; a lock has fewer. */
const LONGEST = 1024;
/** How often a lock that changes hands is looked at again before it is left to the others. */
const MOST_ATTEMPTS = 5;
/** Stands for what the system does not tell. */
const UNKNOWN = "-";

/** Who holds a lock: a process, and where its number means that process. */
interface Holder {
  pid: number;
  /** The clock ticks from the machine's start to the process's, since numbers are given out again. */
  began: string;
  /** The name of the machine or container, and a digest of the machine's own number: names are not unique. */
  host: string;
  /** A number that each start of the machine draws. */
  boot: string;
  /** The process namespace: numbers of another one mean other processes. */
  namespace: string;
}

/** What a lock says about its holder: it runs, it has ended, or this process cannot know. */
type Verdict = "held" | "stale" | "unknown";

/**
 * Keeps two processes from writing one run's folder. The lock is a file `run.lock` with a line that names its holder. It is written
 * under another name and then linked to its own, so that it is there whole or not at all, and only one process can make it.
 *
 * The lock of a process that has ended is taken over. Exactly one process may do so: the one that holds a lock of its own on the
 * stale line, `run.lock.HASH`. A lock from another machine, container or program is never taken over, since nobody can tell from here
 * whether its holder runs.
 */
export class FolderLock {
  readonly #path: string;
  readonly #line: string;

  private constructor(path: string, line: string) {
    this.#path = path;
    this.#line = line;
  }

  /**
   * @throws WebgfnError `file` when a process that runs holds the lock, or it cannot be told whether one does.
   * @throws the system's error when the file cannot be written.
   */
  static take(folder: string): FolderLock {
    const path = join(folder, NAME);
    const line = ownLine();
    acquire(folder, path, line);
    return new FolderLock(path, line);
  }

  /** Gives the folder back. */
  release(): void {
    removeOwn(this.#path, this.#line);
  }
}

/** Makes the file `path` with `line`, or takes it over from a process that has ended. */
function acquire(folder: string, path: string, line: string): void {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (create(path, line)) return;
    const found = read(path);
    // Released meanwhile.
    if (found === undefined) continue;
    if (verdictOn(found) !== "stale") throw refusal(folder, path, found);
    if (takeOver(folder, path, found, line)) return;
  }
  throw refusal(folder, path, read(path) ?? "");
}

/**
 * Puts `line` in the place of a stale one. While this process holds the lock on the stale line, no other process replaces it, and its
 * own holder is gone: the line that is read then is the one that is replaced.
 *
 * @returns whether it was done, and not by another process before.
 */
function takeOver(folder: string, path: string, stale: string, line: string): boolean {
  const claim = `${path}.${createHash("sha256").update(stale).digest("hex").slice(0, 16)}`;
  acquire(folder, claim, line);
  try {
    if (read(path) !== stale) return false;
    const temporary = writeTemporary(path, line);
    try {
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    return true;
  } finally {
    removeOwn(claim, line);
  }
}

function removeOwn(path: string, line: string): void {
  if (read(path) === line) rmSync(path, { force: true });
}

/** @returns whether there was no such file before. */
function create(path: string, line: string): boolean {
  const temporary = writeTemporary(path, line);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // FAT and its like have no links. A reader that comes before the line is written cannot judge the lock, and leaves it.
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS") return createWithoutLinks(path, line);
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function createWithoutLinks(path: string, line: string): boolean {
  try {
    writeNew(path, line);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function writeTemporary(path: string, line: string): string {
  const temporary = temporaryName(path);
  writeNew(temporary, line);
  return temporary;
}

/** Writes a file that must not be there before; one that cannot be written whole is removed. */
function writeNew(path: string, line: string): void {
  const file = openSync(path, "wx");
  try {
    writeAll(file, line);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** The beginning of a lock; `undefined` where there is none. A link is not followed, and reads as a lock of nobody. */
function read(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === "EMLINK") return "";
    throw error;
  }
  try {
    const bytes = new Uint8Array(LONGEST);
    return new TextDecoder().decode(bytes.subarray(0, readSync(file, bytes, 0, LONGEST, null)));
  } finally {
    closeSync(file);
  }
}

/** `PID BEGAN HOST BOOT NAMESPACE RANDOM`, which no other lock has ever been. */
function ownLine(): string {
  const { pid, began, host, boot, namespace } = self();
  return [pid, began, host, boot, namespace, randomBytes(8).toString("hex")].join(" ");
}

function self(): Holder {
  return {
    pid: process.pid,
    began: beginningOf(process.pid) ?? UNKNOWN,
    host: `${encodeURIComponent(hostname()) || UNKNOWN}/${machine()}`,
    boot: textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
    namespace: textOf(() => readlinkSync("/proc/self/ns/pid")),
  };
}

/** systemd's number of a machine, as a digest: the number itself is not to be shown to others. */
function machine(): string {
  const id = textOf(() => readFileSync("/etc/machine-id", "utf8"));
  return id === UNKNOWN ? id : createHash("sha256").update(id).digest("hex").slice(0, 12);
}

/** What the system tells, without blanks. */
function textOf(ask: () => string): string {
  try {
    return ask().replace(/[^\w.:-]/g, "") || UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

function parse(line: string): Holder | undefined {
  const [pid, began, host, boot, namespace] =
    /^([1-9]\d{0,9}) (\d+|-) ([\w.!~*'()%-]+\/[0-9a-f-]+) ([\w.:-]+) ([\w.:-]+) [0-9a-f]{16}$/.exec(line)?.slice(1) ?? [];
  if (pid === undefined || began === undefined || host === undefined || boot === undefined || namespace === undefined) return undefined;
  return { pid: Number(pid), began, host, boot, namespace };
}

function verdictOn(line: string): Verdict {
  const holder = parse(line);
  const own = self();
  if (holder === undefined || holder.host !== own.host) return "unknown";
  if (holder.boot !== own.boot) return holder.boot === UNKNOWN || own.boot === UNKNOWN ? "unknown" : "stale";
  if (holder.namespace !== own.namespace) return "unknown";
  return runs(holder) ? "held" : "stale";
}

function runs({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be signalled, but it runs.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const begins = beginningOf(pid);
  return began === UNKNOWN || begins === undefined || began === begins;
}

/** The 22nd field of Linux' /proc/PID/stat; `undefined` where there is none. */
function beginningOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the program's name in parentheses, may hold blanks.
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function refusal(folder: string, path: string, line: string): WebgfnError {
  const holder = parse(line);
  const removal = `remove the lock: ${shellLine("rm", path)}`;
  if (holder === undefined) {
    return new WebgfnError("file", `${folder} may be in use: nobody can tell who made ${path}`, {
      fix: `make sure that no webgfn writes the folder, then ${removal}`,
    });
  }
  if (verdictOn(line) !== "unknown") {
    return new WebgfnError("file", `${folder} is in use: process ${holder.pid} is writing it`, {
      fix: `wait for that process, or, if it is no webgfn, ${removal}`,
    });
  }
  const where = holder.host === self().host ? "in another container" : `on another machine or container, ${holder.host.split("/")[0]}`;
  return new WebgfnError("file", `${folder} may be in use: process ${holder.pid} ${where} locked it and cannot be looked up from here`, {
    fix: `wait for that process, or make sure that it has ended, then ${removal}`,
  });
}
